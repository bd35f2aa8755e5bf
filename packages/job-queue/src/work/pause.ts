import { type Alarm, backoffDelayMs, createAlarm, fullJitter, type Runtime, SECOND_MS } from "@shoal/kernel";

const failureBackoff = fullJitter(100, 2 * SECOND_MS);

/** Keeps statements back for a while after one that failed. */
export class Pause {
  readonly #runtime: Runtime;
  readonly #over: Alarm;
  #failureCount = 0;

  constructor(runtime: Runtime, onOver: () => void) {
    this.#runtime = runtime;
    this.#over = createAlarm(runtime.clock, onOver);
  }

  get isOn(): boolean {
    return this.#over.isSet;
  }

  begin(): void {
    this.#failureCount += 1;
    if (!this.isOn) this.#over.set(backoffDelayMs(failureBackoff, this.#failureCount, this.#runtime.rng));
  }

  forget(): void {
    this.#failureCount = 0;
  }

  cancel(): void {
    this.#over.cancel();
  }
}
