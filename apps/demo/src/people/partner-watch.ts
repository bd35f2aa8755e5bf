import type { Clock, Timer } from "@shoal/kernel";

/** Absence from the room after which a partner counts as gone, in ms. @source docs/app-contract.md */
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
      // NO_SHOW_MS bounds the wait for a partner that has not come yet.
    } else if (this.#hasMet) this.#absence ??= this.#clock.after(ABSENCE_MS, () => this.#listener.onPartnerLeft());
  }

  /** Forgets an absence. Called when the person's own channel is lost, as the partner cannot be seen then. Idempotent. */
  forget(): void {
    this.#absence?.cancel();
    this.#absence = undefined;
  }
}
