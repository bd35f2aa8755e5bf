import {
  createLoop,
  type Emitter,
  errorFields,
  type LoopReport,
  proportionalJitter,
  type Runtime,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { createJobListener } from "../jobs/job-listener.ts";
import { rescue } from "../jobs/job-sql.ts";
import type { ClaimedJob, JobEvents, JobOutcome } from "../types.ts";
import { type ExecutorOutcome, executorOutcome, recordOutcomes } from "./dual-runs.ts";
import type { ExecutorMode } from "./mode.ts";
import { followJobs, HOLD_MS, keepSwitchedOn, makeUpForMissed } from "./outbox.ts";

/** As often as workers look for jobs of dead ones: back within 15 s with a lease of 10 s. @source jobs/job-worker.ts */
const SWEEP_MS = 2_000;
const SLOW_SWEEP_MS = 15_000;
/** Four slow sweeps. */
const SWITCH_TERM_MS = 60_000;
const BACKOFF = proportionalJitter(200, 2_000);
const MAKE_UP_BATCH = 5_000;
/** Outcomes of a dual run that are kept while the database is away. */
const MAX_OUTCOMES = 1_000;
const OUTCOME_BATCH = 100;

/** What an executor does beside sending events and answering calls. */
export interface Upkeep {
  start(): void;
  /** Writes this outcome soon; drops it when a thousand wait, because a comparison must not cost the daemon its memory. */
  noteOutcome(job: ClaimedJob, outcome: JobOutcome): void;
  /** The first lease of a job runs out in so many ms unless it is renewed: jobs of dead daemons are looked for then. */
  heldFor(delayMs: number): void;
  /** Whether events that are due are announced as they are written. */
  readonly isListening: boolean;
  /** Writes the outcomes that wait, and ends. Idempotent. */
  stop(): Promise<void>;
}

export interface UpkeepOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly calls: ExecutorMode["calls"];
  readonly jobEvents: Emitter<JobEvents>;
  readonly onEventsDue: () => void;
  /** Hears how each round ends. */
  readonly report: LoopReport;
  /** See `InngestExecutorOptions`. */
  readonly isWatched?: () => boolean;
}

/**
 * Keeps the switch of the outbox on. Where there are no workers: rescues jobs of dead daemons and hears of new ones. Where
 * Inngest does jobs: makes events for those that have none. In a dual run: writes the outcomes of the workers.
 */
export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { database, runtime, calls, jobEvents, onEventsDue, report, isWatched } = options;
  const outcomes: ExecutorOutcome[] = [];
  const log = runtime.log.child({ part: "inngest" });
  // So that an event goes out as soon as its job is committed. Without LISTEN the outbox is read once a second.
  const listener = createJobListener(database, { ...runtime, log }, onEventsDue);
  let slowSweepAtMs = Number.NEGATIVE_INFINITY;

  const round = async (): Promise<number> => {
    await writeOutcomes();
    if (calls === "run") await rescueJobs();
    const nowMs = runtime.clock.monotonicMs();
    if (nowMs - slowSweepAtMs >= SLOW_SWEEP_MS) {
      slowSweepAtMs = nowMs;
      await slowSweep().catch((thrown: unknown) => {
        // The next round tries it again: without it a round writes nothing, and could not fail.
        slowSweepAtMs = Number.NEGATIVE_INFINITY;
        throw thrown;
      });
    }
    return isWatched?.() ? SLOW_SWEEP_MS : SWEEP_MS;
  };

  const rescueJobs = async () => {
    const jobs = await rescue(database);
    if (jobs.length === 0) return;
    jobEvents.emit("jobs:rescued", { count: jobs.length, jobs });
    await followJobs(
      database,
      jobs.map(({ jobId }) => jobId),
      true,
    );
    onEventsDue();
  };

  const slowSweep = async () => {
    // First, so that jobs added from now on have their row, and none slips through before those without are looked for.
    await keepSwitchedOn(database, SWITCH_TERM_MS);
    if (calls === "shadow") return;
    if (calls === "run") await listener.open();
    const madeUpCount = await makeUpForMissed(database, MAKE_UP_BATCH, HOLD_MS);
    if (madeUpCount > 0) onEventsDue();
    if (madeUpCount === MAKE_UP_BATCH) slowSweepAtMs = Number.NEGATIVE_INFINITY;
  };

  const writeOutcomes = async () => {
    while (outcomes.length > 0) {
      const batch = outcomes.slice(0, OUTCOME_BATCH);
      await recordOutcomes(database, batch);
      outcomes.splice(0, batch.length);
    }
  };

  const loop = createLoop({
    runtime,
    work: round,
    report,
    onError: (error) => jobEvents.emit("worker:failed", { code: errorFields(error).error_code }),
    backoff: BACKOFF,
    nudgeMs: 50,
  });

  return {
    start: loop.start,
    heldFor: (delayMs) => calls === "run" && loop.dueIn(delayMs),
    get isListening() {
      return listener.isListening;
    },
    noteOutcome(job, outcome) {
      const noted = executorOutcome(job, "supabase", outcome);
      if (!noted || outcomes.length >= MAX_OUTCOMES) return;
      outcomes.push(noted);
      loop.nudge();
    },
    async stop() {
      await loop.stop();
      await writeOutcomes().catch((thrown: unknown) =>
        log.warn(errorFields(thrown), "outcomes of a dual run are missing from its report: they could not be written"),
      );
      await listener.close();
    },
  };
}
