import type { Clock, Timer } from "@shoal/kernel";

/** How long a partner is missing from the room before it counts as gone. @source docs/app-contract.md */
export const ABSENCE_MS = 3000;

/** Watches by presence whether the partner comes to the room, or has gone without a `leave`. */
export class PartnerWatch {
  readonly #clock: Clock;
  readonly #listener: { onPartnerPresent(): void; onPartnerLeft(): void };
  #absence: Timer | undefined;
  #hasMet = false;

  constructor(clock: Clock, listener: { onPartnerPresent(): void; onPartnerLeft(): void }) {
    this.#clock = clock;
    this.#listener = listener;
  }

  update(isThere: boolean): void {
    if (isThere) {
      this.forget();
      this.#hasMet = true;
      this.#listener.onPartnerPresent();
      // A partner that has not come yet is the business of NO_SHOW_MS.
    } else if (this.#hasMet) this.#absence ??= this.#clock.after(ABSENCE_MS, () => this.#listener.onPartnerLeft());
  }

  /** Forgets an absence: called when our own channel is lost, which shows nothing of the partner. Idempotent. */
  forget(): void {
    this.#absence?.cancel();
    this.#absence = undefined;
  }
}
