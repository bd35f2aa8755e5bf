import { type Clock, MINUTE_MS, SECOND_MS, type Timer } from "@shoal/kernel";
import type { Core } from "./core.ts";
import type { Socket } from "./socket.ts";
import { closeExpired } from "./token-refresh.ts";

/** A socket that sent nothing for this long is closed. @source REALTIME-FRAMES.md, idle: 60 to 66 s */
const IDLE_LIMIT_MS = 60 * SECOND_MS;
const SWEEP_INTERVAL_MS = 500;
const NORMAL_CLOSURE = 1000;
/** How often sockets without a channel are killed. @source supabase/realtime 2.129.8, NO_CHANNEL_TIMEOUT_IN_MS */
const NO_CHANNEL_SWEEP_MS = 10 * MINUTE_MS;
const ABNORMAL_CLOSURE = 1006;

/**
 * Ends what time has ended: silent sockets, sockets that have no channel any more, and channels whose token ran out. One
 * timer for the whole server, which runs only while there are sockets.
 */
export class Housekeeping {
  readonly #core: Core;
  readonly #clock: Clock;
  readonly #lastHeardMs = new Map<Socket, number>();
  readonly #startedAtMs: number;
  #noChannelSweepCount = 0;
  #earliestExpiryMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#clock = core.runtime.clock;
    this.#startedAtMs = this.#clock.monotonicMs();
  }

  get sockets(): IterableIterator<Socket> {
    return this.#lastHeardMs.keys();
  }

  get socketCount(): number {
    return this.#lastHeardMs.size;
  }

  heard(socket: Socket): void {
    this.#lastHeardMs.set(socket, this.#clock.monotonicMs());
    if (this.#timer) return;
    // The sweeps while nobody was there are over.
    this.#noChannelSweepCount = this.#noChannelSweepsDue();
    this.#schedule();
  }

  forget(socket: Socket): void {
    this.#lastHeardMs.delete(socket);
    if (this.#lastHeardMs.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A channel stands under a token that runs out at `expiresAtMs`. */
  expectExpiry(expiresAtMs: number): void {
    this.#earliestExpiryMs = Math.min(this.#earliestExpiryMs, expiresAtMs);
  }

  #schedule(): void {
    this.#timer = this.#clock.after(SWEEP_INTERVAL_MS, () => {
      this.#schedule();
      this.#sweep();
    });
  }

  #sweep(): void {
    const idleSinceMs = this.#clock.monotonicMs() - IDLE_LIMIT_MS;
    for (const [socket, heardMs] of this.#lastHeardMs) if (heardMs < idleSinceMs) socket.close(NORMAL_CLOSURE);
    this.#killWithoutChannel();
    const nowMs = this.#clock.now();
    if (nowMs < this.#earliestExpiryMs) return;
    this.#earliestExpiryMs = Number.POSITIVE_INFINITY;
    for (const socket of this.sockets)
      this.expectExpiry(closeExpired(this.#core, [...socket.channels.values()], nowMs));
  }

  // Every ten minutes since the start, whoever is there then. A socket that never asked to join is left alone.
  #killWithoutChannel(): void {
    const dueCount = this.#noChannelSweepsDue();
    if (dueCount === this.#noChannelSweepCount) return;
    this.#noChannelSweepCount = dueCount;
    for (const socket of [...this.sockets]) {
      const isLeft = socket.hasAskedToJoin && !socket.isBusy && socket.channels.size === 0;
      if (isLeft) socket.closeNow(ABNORMAL_CLOSURE);
    }
  }

  #noChannelSweepsDue(): number {
    return Math.floor((this.#clock.monotonicMs() - this.#startedAtMs) / NO_CHANNEL_SWEEP_MS);
  }
}
