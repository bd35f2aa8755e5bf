import { type Runtime, SECOND_MS, type Timer, unreachable } from "@shoal/kernel";
import { type EventsHoldEffect, type EventsHoldEvent, eventsHoldTransition, notHolding } from "./events-hold.state.ts";
import type { SlotHolder } from "./socket.ts";

export interface EventsHoldParts {
  readonly runtime: Runtime;
  /** Asks the server by HTTP; never rejects. */
  readonly probe: () => Promise<"over" | "under" | "unknown">;
  readonly onHold: () => void;
  readonly onRelease: () => void;
  /** The holder may join again. */
  readonly resume: (holder: SlotHolder) => void;
}

/** What is delivered while the limit is exceeded closes its channel in the same moment; this much longer is fine. */
const TRY_MS = 2 * SECOND_MS;

/** Keeps those who were closed for too many messages until the project is below its limit. The state is assigned in `#apply`. */
export class EventsHold {
  readonly #parts: EventsHoldParts;
  #state = notHolding;
  #timer: Timer | undefined;
  /** Closed for it, and not yet asking to come back. */
  readonly #struck = new WeakSet<SlotHolder>();
  readonly #parked = new Set<SlotHolder>();
  #trier: SlotHolder | null = null;
  #isClosed = false;

  constructor(parts: EventsHoldParts) {
    this.#parts = parts;
  }

  /** The server said so: by closing this holder's channel, or by HTTP. */
  over(holder?: SlotHolder): void {
    if (holder) this.#struck.add(holder);
    this.#apply({ kind: "over" });
  }

  /** Whether the holder was closed for it and comes back when it clears; otherwise its own wait is the right one. */
  park(holder: SlotHolder): boolean {
    if (!this.#struck.delete(holder) || this.#state.status === "open" || this.#isClosed) return false;
    this.#parked.add(holder);
    return true;
  }

  /** The holder joined. */
  joined(holder: SlotHolder): void {
    if (this.#trier !== holder) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.runtime.clock.after(TRY_MS, () => this.#apply({ kind: "tried", outcome: "fine" }));
  }

  /** The holder let go, or went for another reason. Idempotent. */
  forget(holder: SlotHolder): void {
    this.#parked.delete(holder);
    if (this.#trier === holder) this.#apply({ kind: "tried", outcome: "gone" });
  }

  /** No probe and no timer any more. */
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
    this.#trier = null;
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
    // Nobody waits for the answer but sends, and only a send can find out.
    if (!holder) return this.#apply({ kind: "tried", outcome: "fine" });
    this.#trier = holder;
    this.#parked.delete(holder);
    this.#parts.resume(holder);
  }

  #resumeAll(): void {
    // Whoever hears of one that comes back may let go of another.
    for (const holder of this.#byRank()) if (this.#parked.delete(holder)) this.#parts.resume(holder);
  }

  /** Who comes back first; the places in line are decided again by the dispatcher. */
  #byRank(): SlotHolder[] {
    return [...this.#parked].sort((a, b) => a.rank - b.rank);
  }
}
