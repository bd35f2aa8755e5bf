import type { Clock, Timer } from "@shoal/kernel";

/** One timer, which is set, moved and cancelled again and again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #onRing: () => void;
  #timer: Timer | undefined;
  #atMs = Infinity;

  constructor(clock: Clock, onRing: () => void) {
    this.#clock = clock;
    this.#onRing = onRing;
  }

  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** Rings in `delayMs`, and no more when it would have before. */
  set(delayMs: number): void {
    this.cancel();
    this.#atMs = this.#clock.monotonicMs() + delayMs;
    this.#timer = this.#clock.after(delayMs, () => {
      this.cancel();
      this.#onRing();
    });
  }

  /** Rings in `delayMs`, unless it does so earlier. */
  setIfEarlier(delayMs: number): void {
    if (this.#clock.monotonicMs() + delayMs < this.#atMs) this.set(delayMs);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#atMs = Infinity;
  }
}
