import type { Clock, Timer } from "@shoal/kernel";

/** A partner missing from the room for so long is gone. @source README.md, the contract of the default app */
export const ABSENCE_MS = 3000;

/** Whether the partner is in the room, by its presence: who comes, and who has gone without a word. */
export class PartnerWatch {
  readonly #clock: Clock;
  readonly #listener: { onPartnerPresent(): void; onPartnerLeft(): void };
  #absence: Timer | undefined;
  #hasMet = false;

  constructor(clock: Clock, listener: { onPartnerPresent(): void; onPartnerLeft(): void }) {
    this.#clock = clock;
    this.#listener = listener;
  }

  look(isThere: boolean): void {
    if (isThere) {
      this.forget();
      this.#hasMet = true;
      this.#listener.onPartnerPresent();
      // Who has never been there is waited for, and given up, by whoever made the match.
    } else if (this.#hasMet) this.#absence ??= this.#clock.after(ABSENCE_MS, () => this.#listener.onPartnerLeft());
  }

  /** Who is not in the room oneself cannot tell who is. Idempotent. */
  forget(): void {
    this.#absence?.cancel();
    this.#absence = undefined;
  }
}
