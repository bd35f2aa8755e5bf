import { type Clock, type EpochMs, type Rng, sleep, uniform } from "@shoal/kernel";
import type { RealtimeChannel } from "@supabase/supabase-js";
import { presenceWaitMs } from "./presence-limit.ts";

/** The part of a lobby entry that changes. */
export type Shown = { readonly status: "waiting" } | { readonly status: "matched"; readonly match_id: string };

export interface StatusParts {
  readonly channel: RealtimeChannel;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly user: { readonly user_id: string; readonly name: string };
  readonly signal: AbortSignal;
  /** Called when a `waiting` is sent. */
  readonly onWaiting: () => void;
}

/**
 * Shows a person's entry in the lobby, on one channel. Only the latest status counts. Calls keep within the server's limit,
 * and a `waiting` is sent only if the `matched` that may follow fits in too, because that one cannot wait.
 */
export class Status {
  readonly #parts: StatusParts;
  readonly #calls: EpochMs[] = [];
  #wanted: Shown | undefined;
  #isRunning = false;

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  show(shown: Shown): void {
    this.#wanted = shown;
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Rejects only by the signal: the channel and its entry are gone.
    this.#run().catch(() => {});
  }

  async #run(): Promise<void> {
    const { clock, rng, signal } = this.#parts;
    while (this.#wanted) {
      const spare = this.#wanted.status === "waiting" ? 1 : 0;
      const waitMs = presenceWaitMs(this.#calls, spare, clock.monotonicMs());
      if (waitMs > 0) {
        await sleep(clock, waitMs, signal);
        // Meanwhile something else may be wanted.
        continue;
      }
      const sent = this.#wanted;
      const isShown = await this.#track(sent);
      if (signal.aborted) return;
      if (!isShown) await sleep(clock, uniform(rng, 500, 1500), signal);
      else if (this.#wanted === sent) this.#wanted = undefined;
    }
    this.#isRunning = false;
  }

  async #track(shown: Shown): Promise<boolean> {
    const { channel, clock, user } = this.#parts;
    this.#calls.push(clock.monotonicMs());
    if (shown.status === "waiting") this.#parts.onWaiting();
    const answer = await channel.track({ ...user, ...shown, since: new Date(clock.now()).toISOString() });
    return answer === "ok";
  }
}
