import type { LoopReport, Runtime } from "@shoal/kernel";
import type { ClaimedWork } from "./attempt.ts";
import type { InFlight } from "./in-flight.ts";
import type { Lane } from "./lane.ts";
import { type OutcomeBatch, OutcomeWriter } from "./outcome-writer.ts";
import { Pause } from "./pause.ts";
import type { Turn, WorkSource } from "./work-source.ts";

/** Outcomes of one lane on their way to the database. */
interface Writing<Work extends ClaimedWork> {
  readonly lane: Lane<Work>;
  readonly writer: OutcomeWriter<Work>;
  readonly pause: Pause;
  readonly report: LoopReport;
  isUnderWay: boolean;
}

/** Those of them that one statement writes. */
export interface Write<Work extends ClaimedWork> {
  readonly writing: Writing<Work>;
  readonly batch: OutcomeBatch<Work>;
}

export interface WritingsOptions<Work extends ClaimedWork> {
  readonly source: WorkSource<Work>;
  readonly runtime: Runtime;
  readonly lanes: readonly Lane<Work>[];
  readonly batchSize: number;
  /** Keeps writes back as well where they go with claims. */
  readonly claimPause: Pause;
  /** The wait for a whole batch is over, or a pause. */
  readonly onDue: () => void;
  /** The database has the outcome, or the work is not ours any more. */
  readonly onWritten: (item: InFlight<Work>, isLost: boolean) => void;
}

/** The outcomes of all lanes on their way to the database: each lane is written, paused and reported apart. */
export class Writings<Work extends ClaimedWork> {
  readonly #options: WritingsOptions<Work>;
  readonly #byLane: ReadonlyMap<string, Writing<Work>>;

  constructor(options: WritingsOptions<Work>) {
    const { source, runtime, lanes, batchSize, claimPause, onDue } = options;
    const { maxWriteCount: maxCount, lingerMs, writesWithClaims } = source.traits;
    this.#options = options;
    this.#byLane = new Map(
      lanes.map((lane) => {
        const writer = new OutcomeWriter<Work>({ clock: runtime.clock, batchSize, maxCount, lingerMs, onDue });
        const pause = writesWithClaims ? claimPause : new Pause(runtime, onDue);
        const report = source.reports.writesOf(lane.name);
        return [lane.name, { lane, writer, pause, report, isUnderWay: false }];
      }),
    );
  }

  get isEmpty(): boolean {
    for (const { writer } of this.#byLane.values()) if (!writer.isEmpty) return false;
    return true;
  }

  add(item: InFlight<Work>): void {
    this.#byLane.get(item.lane)?.writer.add(item);
  }

  /** Takes what is to be written now; undefined while there is nothing, or a whole batch is waited for where more is expected. */
  next(isMoreExpected: (lane: Lane<Work>) => boolean): Write<Work> | undefined {
    for (const writing of this.#byLane.values()) {
      const batch = this.#isFree(writing) ? writing.writer.take(isMoreExpected(writing.lane)) : undefined;
      if (batch) return { writing, batch };
    }
    return undefined;
  }

  /** Whether another statement of this lane may be sent. Where writes go with claims, the loop bounds both together. */
  #isFree({ isUnderWay, pause }: Writing<Work>): boolean {
    return this.#options.source.traits.writesWithClaims || !(isUnderWay || pause.isOn);
  }

  sending({ writing, batch }: Write<Work>): void {
    writing.isUnderWay = true;
    for (const item of batch.items) item.phase = "writing";
  }

  wrote({ writing, batch }: Write<Work>, { lostIds, unwritten = [] }: Turn<Work>): void {
    if (unwritten.length === 0) {
      writing.pause.forget();
      writing.report.succeeded();
    }
    for (const { items, error } of unwritten) {
      this.#keep(writing, items, batch.isAlone || items.length === 1, error);
      this.#options.source.emitFailed(error, [writing.lane.name]);
    }
    // What was not written is `done` again by now.
    for (const item of batch.items)
      if (item.phase === "writing") this.#options.onWritten(item, lostIds.has(item.work.id));
  }

  /** `isOnlyWrite`: nothing else was asked of the statement that failed. */
  failed({ writing, batch: { items, isAlone } }: Write<Work>, isOnlyWrite: boolean, error: unknown): void {
    this.#keep(writing, items, isAlone || (items.length === 1 && isOnlyWrite), error);
  }

  /** The statement has ended, whatever came of it. */
  ended({ writing }: Write<Work>): void {
    writing.isUnderWay = false;
  }

  endPauses(): void {
    for (const { pause } of this.#byLane.values()) pause.cancel();
  }

  /** Leaves no timer. */
  close(): void {
    this.endPauses();
    for (const { writer } of this.#byLane.values()) writer.stopLingering();
  }

  /** The same is written again, because it may have been written or not. What is refused by itself is lost, and comes back by its lease. */
  #keep(writing: Writing<Work>, items: readonly InFlight<Work>[], isAlone: boolean, error: unknown): void {
    const isRefused = this.#options.source.isRefused(error);
    const kept = items.filter(({ phase }) => phase === "writing");
    if (isRefused && isAlone) {
      // A refusal is an answer: the database is there again.
      writing.report.succeeded();
      for (const item of kept) this.#options.onWritten(item, true);
      return;
    }
    for (const item of kept) {
      item.phase = "done";
      item.mayBeWritten ||= !isRefused;
    }
    writing.writer.putBack(kept, isRefused || isAlone);
    if (isRefused) return;
    writing.pause.begin();
    writing.report.failed(error);
  }
}
