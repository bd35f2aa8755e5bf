import { type Runtime, SECOND_MS, type Timer, unreachable } from "@shoal/kernel";
import { type EventsHoldEffect, type EventsHoldEvent, eventsHoldTransition, notHolding } from "./events-hold.state.ts";
import type { SlotHolder } from "./socket.ts";

export interface EventsHoldParts {
  readonly runtime: Runtime;
  /** Asks the server by HTTP; never rejects. */
  readonly probe: () => Promise<"over" | "under" | "unknown">;
  readonly onHold: () => void;
  readonly onRelease: () => void;
  /** Lets the holder join again. */
  readonly resume: (holder: SlotHolder) => void;
}

/** A delivery above the limit closes its channel at once; a channel that stays joined for this long is below it. */
const TRY_MS = 2 * SECOND_MS;

/** Holds the channels that were closed for too many messages until the project is below its limit. The state is assigned in `#apply`. */
export class EventsHold {
  readonly #parts: EventsHoldParts;
  #state = notHolding;
  #timer: Timer | undefined;
  /** Closed for too many messages, and not parked yet. */
  readonly #closedByLimit = new WeakSet<SlotHolder>();
  readonly #parked = new Set<SlotHolder>();
  #testChannel: SlotHolder | null = null;
  #isClosed = false;

  constructor(parts: EventsHoldParts) {
    this.#parts = parts;
  }

  /** The server said that the limit is exceeded: by closing this holder's channel, or by HTTP. */
  over(holder?: SlotHolder): void {
    if (holder) this.#closedByLimit.add(holder);
    this.#apply({ kind: "over" });
  }

  /** Parks a holder that was closed by the limit until it clears. False: its own backoff decides. */
  park(holder: SlotHolder): boolean {
    if (!this.#closedByLimit.delete(holder) || this.#state.status === "open" || this.#isClosed) return false;
    this.#parked.add(holder);
    return true;
  }

  /** The holder joined. */
  joined(holder: SlotHolder): void {
    if (this.#testChannel !== holder) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.runtime.clock.after(TRY_MS, () => this.#apply({ kind: "tried", outcome: "fine" }));
  }

  /** The holder was released, or was lost for another reason. Idempotent. */
  forget(holder: SlotHolder): void {
    this.#parked.delete(holder);
    if (this.#testChannel === holder) this.#apply({ kind: "tried", outcome: "gone" });
  }

  /** Ends probes and timers. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#parked.clear();
  }

  #apply(event: EventsHoldEvent): void {
    if (this.#isClosed) return;
    const { clock, rng } = this.#parts.runtime;
    const step = eventsHoldTransition(this.#state, event, { nowMs: clock.monotonicMs(), rng });
    if (step.state === this.#state) return;
    this.#state = step.state;
    this.#timer?.cancel();
    this.#testChannel = null;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: EventsHoldEffect): void {
    const { runtime, onHold, onRelease } = this.#parts;
    switch (effect.kind) {
      case "hold":
        return onHold();
      case "release":
        onRelease();
        return this.#resumeAll();
      case "probe":
        return void this.#probe();
      case "try":
        return this.#try();
      case "look":
        this.#timer = runtime.clock.after(effect.delayMs, () => this.#apply({ kind: "due" }));
        return;
      default:
        return unreachable(effect);
    }
  }

  async #probe(): Promise<void> {
    this.#apply({ kind: "answered", answer: await this.#parts.probe() });
  }

  #try(): void {
    const holder = this.#byRank()[0];
    // With no channel parked only sends wait, and only a send can find out.
    if (!holder) return this.#apply({ kind: "tried", outcome: "fine" });
    this.#testChannel = holder;
    this.#parked.delete(holder);
    this.#parts.resume(holder);
  }

  #resumeAll(): void {
    // A listener that hears of one that comes back may release another.
    for (const holder of this.#byRank()) if (this.#parked.delete(holder)) this.#parts.resume(holder);
  }

  /** The most urgent first; the dispatcher decides their places in line again. */
  #byRank(): SlotHolder[] {
    return [...this.#parked].sort((a, b) => a.rank - b.rank);
  }
}
