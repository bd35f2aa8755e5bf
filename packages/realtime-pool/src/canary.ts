import { type Clock, type Emitter, every, type Ids, isFleetError, type Timer } from "@shoal/kernel";
import type { PoolEvents, PooledChannel } from "./types.ts";

/** The socket a channel sits on. */
export interface CanarySocket {
  readonly id: string;
  declareStale(silentMs: number): void;
}

export interface CanaryParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly intervalMs: number;
  readonly events: Emitter<PoolEvents>;
  /** Joins a topic that hears its own broadcasts. */
  readonly acquire: (topic: string, signal: AbortSignal) => Promise<PooledChannel>;
  readonly socketOf: (channel: PooledChannel) => CanarySocket | null;
}

interface Call {
  readonly number: number;
  /** Null while it waits for the budget: what was never sent cannot be lost. */
  readonly sentAtMs: number | null;
  /** Calls in a row before this one that were not heard either. */
  readonly lost: number;
}

const EVENT = "canary";
const LOST_TO_CLOSE = 2;

/**
 * Sends itself a broadcast each interval on a channel of its own. Heartbeats prove that a socket is alive; this proves that
 * messages are delivered on it. The channel sits where the pool puts it, and exists only while another channel is held. A
 * server that refuses it for good is not asked again.
 */
export class Canary {
  readonly #parts: CanaryParts;
  readonly #topic: string;
  #timer: Timer | null = null;
  #stop = new AbortController();
  #channel: PooledChannel | null = null;
  #isAcquiring = false;
  #isRefused = false;
  #calls = 0;
  #open: Call | null = null;

  constructor(parts: CanaryParts) {
    this.#parts = parts;
    this.#topic = `shoal:canary:${parts.ids.uuid()}`;
  }

  /** Whether this is the canary's channel. */
  isOwn(topic: string): boolean {
    return topic === this.#topic;
  }

  /** Idempotent; without effect once the server has refused it for good. */
  start(): void {
    if (this.#timer || this.#isRefused) return;
    this.#stop = new AbortController();
    const { clock, intervalMs } = this.#parts;
    this.#timer = every(
      clock,
      intervalMs,
      () => this.#beat(),
      () => {},
    );
  }

  /** Releases its channel and leaves no timer. Idempotent; may be started again. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#stop.abort(new Error("the canary was stopped"));
    void this.#channel?.release();
    this.#channel = null;
    this.#open = null;
  }

  /** Stops when no other channel is held: there is nothing to watch over. */
  stopIfAlone(channels: Iterable<{ readonly topic: string }>): void {
    for (const { topic } of channels) if (topic !== this.#topic) return;
    this.stop();
  }

  #beat(): void {
    const channel = this.#channel;
    if (!channel || channel.status === "failed" || channel.status === "released") return this.#acquire();
    if (channel.status !== "joined") {
      this.#open = null;
      return;
    }
    if (this.#open?.sentAtMs === null) return;
    const lost = this.#open ? this.#lost(channel, this.#open.sentAtMs, this.#open.lost) : 0;
    if (lost < LOST_TO_CLOSE) this.#call(channel, lost);
  }

  #acquire(): void {
    if (this.#isAcquiring) return;
    this.#isAcquiring = true;
    const { signal } = this.#stop;
    this.#parts
      .acquire(this.#topic, signal)
      .then(
        (channel) => {
          if (signal.aborted) return void channel.release();
          this.#channel = channel;
          channel.onBroadcast(EVENT, (payload) => this.#heard(channel, payload["number"]));
        },
        (error: unknown) => {
          // A project that takes private channels only will not take this one later either; anything else may pass.
          this.#isRefused ||= !signal.aborted && isFleetError(error, "POOL_JOIN_REFUSED") && !error.retryable;
          if (this.#isRefused) this.stop();
        },
      )
      .finally(() => {
        this.#isAcquiring = false;
      });
  }

  #call(channel: PooledChannel, lost: number): void {
    this.#calls += 1;
    const number = this.#calls;
    this.#open = { number, sentAtMs: null, lost };
    channel.send(EVENT, { number }).then(
      () => this.#sent(number, { number, sentAtMs: this.#parts.clock.monotonicMs(), lost }),
      () => this.#sent(number, null),
    );
  }

  #sent(number: number, call: Call | null): void {
    if (this.#open?.number === number) this.#open = call;
  }

  #heard(channel: PooledChannel, number: unknown): void {
    const call = this.#open;
    if (!call || call.number !== number) return;
    this.#open = null;
    const socketId = this.#parts.socketOf(channel)?.id;
    const nowMs = this.#parts.clock.monotonicMs();
    const roundTripMs = nowMs - (call.sentAtMs ?? nowMs);
    if (socketId !== undefined) this.#parts.events.emit("canary:answered", { socketId, roundTripMs });
  }

  /** Counts one more lost call. Returns how many in a row were lost. */
  #lost(channel: PooledChannel, sentAtMs: number, before: number): number {
    const { clock, intervalMs, events, socketOf } = this.#parts;
    const lost = before + 1;
    const silentMs = Math.round(clock.monotonicMs() - sentAtMs + before * intervalMs);
    const socket = socketOf(channel);
    this.#open = null;
    if (!socket) return 0;
    events.emit("canary:lost", { socketId: socket.id, silentMs });
    if (lost >= LOST_TO_CLOSE) socket.declareStale(silentMs);
    return lost;
  }
}
