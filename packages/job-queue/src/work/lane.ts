import type { ClaimedWork } from "./attempt.ts";
import type { LaneLoad } from "./claim-plan.ts";
import type { InFlight } from "./in-flight.ts";

/** How much the last duration counts in the average. */
const NEWEST_SHARE = 0.2;

/** Array.shift moves all that follow; here they are moved once for so many. */
const SHIFTED_TOGETHER = 128;

/** Work of one lane: what waits for a handler, how much runs, and the outcomes that are to be written. */
export class Lane<Work extends ClaimedWork> implements LaneLoad {
  readonly name: string;
  running = 0;
  unwritten = 0;
  averageMs: number | undefined;
  /** The last claim brought as much as was asked for. */
  hasMore = false;
  readonly #waiting: InFlight<Work>[] = [];
  #begunCount = 0;

  constructor(name: string) {
    this.name = name;
  }

  get waiting(): number {
    return this.#waiting.length - this.#begunCount;
  }

  push(item: InFlight<Work>): void {
    this.#waiting.push(item);
  }

  /** The one that has waited longest. */
  shift(): InFlight<Work> | undefined {
    const item = this.#waiting[this.#begunCount];
    this.#begunCount += 1;
    if (this.#begunCount >= SHIFTED_TOGETHER || this.#begunCount >= this.#waiting.length) {
      this.#waiting.splice(0, this.#begunCount);
      this.#begunCount = 0;
    }
    return item;
  }

  noteDuration(durationMs: number): void {
    this.averageMs =
      this.averageMs === undefined ? durationMs : this.averageMs + (durationMs - this.averageMs) * NEWEST_SHARE;
  }
}
