import { type Emitter, type Runtime, type Timer, uniform, unreachable } from "@shoal/kernel";
import { classify, type Evidence, type Failure } from "./classify.ts";
import type { ChannelListener, Driver, DriverChannel, DriverSocket, JoinRequest } from "./driver.ts";
import type { PoolOptions } from "./options.ts";
import { RankQueue } from "./rank-queue.ts";
import { type SocketEffect, type SocketEvent, type SocketState, socketTransition } from "./socket.state.ts";
import type { PoolEvents } from "./types.ts";

/** A channel, as its socket and the placement see it. The lowest rank joins first. */
export interface SlotHolder {
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly rank: number;
  /** The join may be sent now. */
  startJoin(): void;
  socketLost(failure: Failure): void;
  /** A handshake failed. */
  serverUnreachable(failure: Failure): void;
  /** A channel that lost its socket with all the others may come back as soon as the server does. */
  allSocketsLost(): void;
}

/** Decides when sockets open and what becomes of their channels. */
export interface SocketOwner {
  opened(): void;
  handshakeFailed(socket: PoolSocket, failure: Failure): void;
  lost(socket: PoolSocket, failure: Failure, closeCode: number): void;
  closed(socket: PoolSocket): void;
  idle(socket: PoolSocket): void;
}

export interface SocketParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly driver: Driver;
  readonly events: Emitter<PoolEvents>;
  readonly owner: SocketOwner;
}

/**
 * A round trip for each join would make a start of 90 on one socket take 90 of them: 4.5 s at 50 ms; with 3 it is 31, 1.6 s.
 * The server refuses one after the other, and takes 5 s for each: 3 refusals keep a socket silent for 15 s, and a
 * heartbeat without an answer ends it, with all its channels, after 20 s at the earliest (the default 25 s less jitter).
 */
export const MAX_JOINS_IN_FLIGHT = 3;
/** Close code of a handshake that never became a socket. @source RFC 6455 7.4.1 */
const NO_CLOSE_FRAME = 1006;

/**
 * One socket: its handshake, its slots and its lane.
 *
 * The server works on the joins of a socket one after the other, and a refusal takes it 5 s. So a join of a private topic,
 * which a policy may refuse alone, is in flight alone. Public topics, where what refuses one refuses all, are sent several at
 * a time while they succeed.
 */
export class PoolSocket {
  readonly id: string;
  readonly #parts: SocketParts;
  #state: SocketState = { status: "planned" };
  #driverSocket: DriverSocket | null = null;
  /** Grows with each handshake, so that late callbacks of an earlier one are dropped. */
  #handshake = 0;
  #timer: Timer | undefined;
  readonly #members = new Set<SlotHolder>();
  /** Members whose join was not sent yet. */
  readonly #lane = new RankQueue<SlotHolder>();
  /** Members whose join was sent and not answered yet. */
  readonly #joining = new Set<SlotHolder>();
  /**
   * How many joins of public topics may be in flight: one more with each that succeeds, one again after any other end, and
   * when none is left to join.
   */
  #window = 1;
  #closing: Promise<void> | null = null;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    this.id = parts.runtime.ids.uuid();
  }

  get status(): SocketState["status"] {
    return this.#state.status;
  }

  get members(): readonly SlotHolder[] {
    return [...this.#members].sort((a, b) => a.rank - b.rank);
  }

  /** Members whose join was not sent yet, the most urgent first. */
  get waiting(): readonly SlotHolder[] {
    return [...this.#lane];
  }

  get waitingCount(): number {
    return this.#lane.size;
  }

  /** How many in the lane have at most this rank. */
  waitingUpTo(rank: number): number {
    return this.#lane.countUpTo(rank);
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** The first in the lane, if a join can be sent now. */
  get head(): SlotHolder | null {
    return this.#canJoin ? this.#lane.first : null;
  }

  /** The rank of the head; Infinity when no join can be sent. */
  get headRank(): number {
    return this.#canJoin ? this.#lane.firstRank : Number.POSITIVE_INFINITY;
  }

  /** The rank of the first in the lane, whether or not a join can be sent. */
  get laneRank(): number {
    return this.#lane.firstRank;
  }

  get #canJoin(): boolean {
    if (this.#state.status !== "open") return false;
    const [inFlight] = this.#joining;
    if (!inFlight) return true;
    const next = this.#lane.first;
    return this.#joining.size < this.#window && !inFlight.isPrivate && next !== null && !next.isPrivate;
  }

  dial(): void {
    this.#apply({ kind: "dial" });
  }

  add(holder: SlotHolder): void {
    if (this.isEmpty && this.#state.status === "open") this.#stopTimer();
    this.#members.add(holder);
    this.#lane.add(holder, holder.rank);
  }

  remove(holder: SlotHolder): void {
    if (!this.#members.delete(holder)) return;
    this.#lane.delete(holder);
    if (this.#joining.delete(holder)) this.#window = 1;
    if (this.isEmpty && this.#state.status === "open") this.#closeWhenIdle();
  }

  /** Lets the first in the lane join. */
  startNext(): void {
    const holder = this.head;
    if (!holder) return;
    this.#lane.delete(holder);
    this.#joining.add(holder);
    holder.startJoin();
  }

  /** Its join is on its way. */
  isJoining(holder: SlotHolder): boolean {
    return this.#joining.has(holder);
  }

  joined(holder: SlotHolder): void {
    if (!this.#joining.delete(holder)) return;
    // What succeeded in this burst tells nothing about the next one, which may come hours later.
    const isBurstOver = this.#joining.size === 0 && this.#lane.size === 0;
    this.#window = isBurstOver ? 1 : Math.min(this.#window + 1, MAX_JOINS_IN_FLIGHT);
  }

  join(request: JoinRequest, listener: ChannelListener): DriverChannel | null {
    return this.#driverSocket?.join(request, listener) ?? null;
  }

  /** Ends a socket that is open and delivers nothing; its channels rejoin. Ignored unless it is open. */
  declareStale(silentMs: number): void {
    if (this.#state.status !== "open") return;
    this.#parts.events.emit("socket:stale", { socketId: this.id, silentMs });
    this.#down({ where: "close", text: "heartbeat timeout: broadcasts do not come through", silentMs });
  }

  /** Closes and resolves when closed, in about 2 s at most. Idempotent. */
  close(): Promise<void> {
    this.#apply({ kind: "close" });
    return this.#closing ?? Promise.resolve();
  }

  #apply(event: SocketEvent): void {
    const { clock } = this.#parts.runtime;
    const step = socketTransition(this.#state, event, clock.monotonicMs());
    if (step.state !== this.#state) this.#stopTimer();
    this.#state = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: SocketEffect): void {
    const { events, owner } = this.#parts;
    switch (effect.kind) {
      case "dial":
        return this.#dial();
      case "hang-up":
        return this.#hangUp();
      case "report-open":
        events.emit("socket:open", { socketId: this.id, handshakeMs: effect.handshakeMs });
        if (this.isEmpty) this.#closeWhenIdle();
        return owner.opened();
      case "report-handshake-failed":
        this.#emitClosed(effect.closeCode, effect.failure);
        return owner.handshakeFailed(this, effect.failure);
      case "report-lost":
        this.#emitClosed(effect.closeCode, effect.failure);
        return owner.lost(this, effect.failure, effect.closeCode);
      case "report-closed":
        if (effect.wasOpened) this.#emitClosed(1000, null);
        return owner.closed(this);
      default:
        return unreachable(effect);
    }
  }

  #dial(): void {
    const { driver, events, runtime, options } = this.#parts;
    events.emit("socket:opening", { socketId: this.id });
    // A listener may have closed the pool.
    if (this.#state.status !== "connecting") return;
    this.#handshake += 1;
    const handshake = this.#handshake;
    const isCurrent = () => handshake === this.#handshake;
    this.#timer = runtime.clock.after(options.connectTimeoutMs, () =>
      this.#down({ where: "handshake", text: `handshake timed out after ${options.connectTimeoutMs} ms` }),
    );
    this.#driverSocket = driver.open({
      onOpen: () => {
        if (isCurrent()) this.#apply({ kind: "opened" });
      },
      onClosed: (evidence) => {
        if (!isCurrent()) return;
        const { silentMs } = evidence;
        const isStale = silentMs !== undefined && classify(evidence).name === "socketSilent";
        if (isStale) events.emit("socket:stale", { socketId: this.id, silentMs });
        this.#down(evidence);
      },
      onHeartbeat: (roundTripMs) => {
        if (isCurrent()) events.emit("heartbeat:answered", { socketId: this.id, roundTripMs });
      },
      onPresenceDropped: (topic, count) => {
        if (isCurrent()) events.emit("presence:dropped", { topic, count });
      },
      onMessageDropped: (topic) => {
        if (isCurrent()) events.emit("message:dropped", { topic });
      },
    });
  }

  #down(evidence: Evidence): void {
    this.#apply({ kind: "down", failure: classify(evidence), closeCode: evidence.closeCode ?? NO_CLOSE_FRAME });
  }

  #hangUp(): void {
    this.#handshake += 1;
    const closed = this.#driverSocket?.close() ?? Promise.resolve();
    this.#driverSocket = null;
    if (this.#state.status === "closing") this.#closing = closed.then(() => this.#apply({ kind: "ended" }));
  }

  #closeWhenIdle(): void {
    const { clock, rng } = this.#parts.runtime;
    // Spreads the closing of sockets that a draining fleet leaves empty at once.
    const delayMs = this.#parts.options.idleSocketMs * uniform(rng, 1, 1.1);
    this.#timer = clock.after(delayMs, () => {
      if (this.isEmpty) this.#parts.owner.idle(this);
    });
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #emitClosed(code: number, failure: Failure | null): void {
    this.#parts.events.emit("socket:closed", { socketId: this.id, code, errorClass: failure?.errorClass ?? null });
  }
}
