import type { Clock, Timer } from "@shoal/kernel";

export interface HeartbeatWatchParts {
  readonly clock: Clock;
  /** How long an unanswered heartbeat is waited for. */
  readonly limitMs: number;
  /** Whether the server owes the answer to a join: if it refuses one, it says nothing at all for 5 s. */
  readonly isAwaitingJoin: () => boolean;
  /** When the last frame of any kind came, by the clock's monotonic time. */
  readonly lastHeardAtMs: () => number;
  readonly onSilent: () => void;
}

/** After our own process stood still: time enough to read what has come meanwhile. */
const SECOND_LOOK_MS = 250;

/**
 * Finds a peer that takes frames and answers none. The library itself needs up to two heartbeats for that.
 * @source @supabase/phoenix 0.4.5 socket.js, heartbeatTimeout
 */
export class HeartbeatWatch {
  readonly #parts: HeartbeatWatchParts;
  #sentAtMs = 0;
  #timer: Timer | undefined;

  constructor(parts: HeartbeatWatchParts) {
    this.#parts = parts;
  }

  sent(): void {
    this.#sentAtMs = this.#parts.clock.monotonicMs();
    this.#wait(this.#parts.limitMs, () => this.#wait(SECOND_LOOK_MS, () => this.#look()));
  }

  /** Answered, or the socket is over. Idempotent. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    const { limitMs, isAwaitingJoin, lastHeardAtMs, onSilent } = this.#parts;
    if (isAwaitingJoin()) return this.#wait(limitMs, () => this.#look());
    // It talks, if not about the heartbeat: the library gives that until the next one is due.
    if (lastHeardAtMs() > this.#sentAtMs) return;
    onSilent();
  }

  #wait(delayMs: number, then: () => void): void {
    this.stop();
    this.#timer = this.#parts.clock.after(delayMs, then);
  }
}
