import { type Alarm, type Clock, createAlarm } from "@shoal/kernel";
import type { ClaimedWork } from "./attempt.ts";
import type { InFlight } from "./in-flight.ts";

/** Outcomes for one statement. */
export interface OutcomeBatch<Work extends ClaimedWork> {
  readonly items: readonly InFlight<Work>[];
  /** One outcome by itself, because it was refused together with others. */
  readonly isAlone: boolean;
}

export interface OutcomeWriterOptions {
  readonly clock: Clock;
  /** Outcomes that are worth a statement while more are to come. */
  readonly batchSize: number;
  readonly maxCount: number;
  readonly lingerMs: number;
  /** The wait for a whole batch is over. */
  readonly onDue: () => void;
}

/**
 * Gathers the outcomes of one lane into batches: the fence costs less for each outcome the more there are, and more than a
 * batch would cost the readers of the table, who step over all that is held here. @source `bun run bench queue`
 */
export class OutcomeWriter<Work extends ClaimedWork> {
  readonly #options: OutcomeWriterOptions;
  #items: InFlight<Work>[] = [];
  /** So many at the head go one by one: one of them was refused, and must not keep the others from being written. */
  #suspectCount = 0;
  readonly #lingering: Alarm;
  #isDue = false;

  constructor(options: OutcomeWriterOptions) {
    this.#options = options;
    this.#lingering = createAlarm(options.clock, () => {
      this.#isDue = true;
      options.onDue();
    });
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  add(item: InFlight<Work>): void {
    this.#items.push(item);
  }

  /** What is to be written now, without what was lost meanwhile; undefined when there is nothing, or while a batch is waited for. */
  take(isMoreExpected: boolean): OutcomeBatch<Work> | undefined {
    while (this.#items.length > 0) {
      const isAlone = this.#suspectCount > 0;
      if (!isAlone && this.#isWorthWaiting(isMoreExpected)) return undefined;
      this.stopLingering();
      if (isAlone) this.#suspectCount -= 1;
      const items = this.#items.splice(0, isAlone ? 1 : this.#options.maxCount).filter(({ phase }) => phase === "done");
      if (items.length > 0) return { items, isAlone };
    }
    return undefined;
  }

  /** To be written again, before all others. */
  putBack(items: readonly InFlight<Work>[], areSuspect: boolean): void {
    this.#items = [...items, ...this.#items];
    if (areSuspect) this.#suspectCount += items.length;
  }

  stopLingering(): void {
    this.#lingering.cancel();
    this.#isDue = false;
  }

  #isWorthWaiting(isMoreExpected: boolean): boolean {
    const { batchSize, lingerMs } = this.#options;
    if (lingerMs === 0 || !isMoreExpected || this.#isDue || this.#items.length >= batchSize) return false;
    if (!this.#lingering.isSet) this.#lingering.set(lingerMs);
    return true;
  }
}
