import type { Clock, Timer } from "@shoal/kernel";

/** Sends that wait for their time, in the order they were given: one that is due earlier than the one before waits for it. */
export class DelayedSends {
  readonly #clock: Clock;
  #held: { readonly dueMs: number; readonly send: () => void }[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Calls `send` after `delayMs`; at once, if that is 0 and nothing waits. */
  add(delayMs: number, send: () => void): void {
    if (delayMs === 0 && this.#held.length === 0) return send();
    const lastDueMs = this.#held.at(-1)?.dueMs ?? 0;
    this.#held.push({ dueMs: Math.max(lastDueMs, this.#clock.monotonicMs() + delayMs), send });
    if (!this.#timer) this.#schedule();
  }

  /** Drops what waits. Idempotent. */
  drop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held = [];
  }

  #schedule(): void {
    const [first] = this.#held;
    this.#timer = first && this.#clock.after(first.dueMs - this.#clock.monotonicMs(), () => this.#sendDue());
  }

  #sendDue(): void {
    const nowMs = this.#clock.monotonicMs();
    const firstLate = this.#held.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#held.splice(0, firstLate < 0 ? this.#held.length : firstLate);
    this.#schedule();
    for (const { send } of due) send();
  }
}
