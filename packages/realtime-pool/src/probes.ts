import { type Clock, SECOND_MS, type Timer } from "@shoal/kernel";
import type { SlotHolder } from "./socket.ts";

interface Probe {
  /** What its answer stands for: a family, or a suspect topic. @source standing.ts */
  readonly unknown: string;
  isLate: boolean;
  timer: Timer | undefined;
}

/** More would open sockets for nothing when many topics are untried; fewer would let four refusals stop all the others. */
export const MAX_PROBES = 4;
/** A join that will succeed is answered in ms, a refusal takes 5 s: after this another of the family may try. @source REALTIME.md 1 */
const LATE_AFTER_MS = SECOND_MS;

/** The joins under way whose answer others wait for: a few at a time, and one for each unknown until it is late. */
export class Probes {
  readonly #clock: Clock;
  readonly #late: () => void;
  readonly #probes = new Map<SlotHolder, Probe>();

  constructor(clock: Clock, late: () => void) {
    this.#clock = clock;
    this.#late = late;
  }

  get size(): number {
    return this.#probes.size;
  }

  has(holder: SlotHolder): boolean {
    return this.#probes.has(holder);
  }

  get hasRoom(): boolean {
    return this.#probes.size < MAX_PROBES;
  }

  mayStart(unknown: string): boolean {
    if (!this.hasRoom) return false;
    for (const probe of this.#probes.values()) if (probe.unknown === unknown && !probe.isLate) return false;
    return true;
  }

  start(holder: SlotHolder, unknown: string): void {
    this.#probes.set(holder, { unknown, isLate: false, timer: undefined });
  }

  /** Its join is on its way. */
  sent(holder: SlotHolder): void {
    const probe = this.#probes.get(holder);
    if (!probe) return;
    probe.timer?.cancel();
    probe.timer = this.#clock.after(LATE_AFTER_MS, () => {
      probe.isLate = true;
      this.#late();
    });
  }

  /** Answered, or given up. False when it was none. */
  end(holder: SlotHolder): boolean {
    this.#probes.get(holder)?.timer?.cancel();
    return this.#probes.delete(holder);
  }

  stop(): void {
    for (const holder of [...this.#probes.keys()]) this.end(holder);
  }
}
