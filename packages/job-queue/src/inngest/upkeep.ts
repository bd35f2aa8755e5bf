import {
  createLoop,
  type Emitter,
  errorFields,
  isFleetError,
  type LoopReport,
  proportionalJitter,
  type Runtime,
} from "@shoal/kernel";
import type { Database, Listener } from "@shoal/store";
import { rescue } from "../jobs/job-sql.ts";
import type { ClaimedJob, JobEvents, JobOutcome } from "../types.ts";
import { type LegOutcome, legOutcome, recordLegs } from "./dual-runs.ts";
import type { ExecutorMode } from "./mode.ts";
import { followJobs, HOLD_MS, keepSwitchedOn, makeUpForMissed } from "./outbox.ts";

/** As often as the workers look for what dead ones left: back within 15 s with a lease of 10 s. @source jobs/job-worker.ts */
const SWEEP_MS = 2_000;
const SLOW_SWEEP_MS = 15_000;
/** Four slow sweeps. */
const SWITCH_TERM_MS = 60_000;
const BACKOFF = proportionalJitter(200, 2_000);
const MAKE_UP_BATCH = 5_000;
/** Of a dual run, while the database is away. */
const MOST_OUTCOMES = 1_000;
const OUTCOME_BATCH = 100;

/** What goes on beside sending and calls. */
export interface Upkeep {
  start(): void;
  /** To be written soon; dropped when a thousand wait, because a comparison must not cost the daemon its memory. */
  noteOutcome(job: ClaimedJob, outcome: JobOutcome): void;
  /** Writes what is noted, and ends. Idempotent. */
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
}

/**
 * Keeps the switch of the outbox on. Where there are no workers: rescues what dead daemons held, and hears of new jobs. Where Inngest is to do jobs: those of
 * which it was never told get their event. In a dual run: writes what the workers came to.
 */
export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { database, runtime, calls, jobEvents, onEventsDue, report } = options;
  const outcomes: LegOutcome[] = [];
  let listening: Promise<Listener | null> | undefined;
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
    return SWEEP_MS;
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
    // First of all: what is added from here on has its row, so that nothing slips through before the look below.
    await keepSwitchedOn(database, SWITCH_TERM_MS);
    if (calls === "shadow") return;
    if (calls === "run") await listen();
    const madeUpCount = await makeUpForMissed(database, MAKE_UP_BATCH, HOLD_MS);
    if (madeUpCount > 0) onEventsDue();
    if (madeUpCount === MAKE_UP_BATCH) slowSweepAtMs = Number.NEGATIVE_INFINITY;
  };

  /** So that an event goes out as soon as its job is in. Without it, the outbox is looked at once a second. */
  const listen = async () => {
    listening ??= database.listen("shoal_jobs", onEventsDue, onEventsDue).catch((thrown: unknown) => {
      if (!isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED")) listening = undefined;
      return null;
    });
    await listening;
  };

  const writeOutcomes = async () => {
    while (outcomes.length > 0) {
      const batch = outcomes.slice(0, OUTCOME_BATCH);
      await recordLegs(database, batch);
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
    noteOutcome(job, outcome) {
      const noted = legOutcome(job, "supabase", outcome);
      if (!noted || outcomes.length >= MOST_OUTCOMES) return;
      outcomes.push(noted);
      loop.nudge();
    },
    async stop() {
      await loop.stop();
      await writeOutcomes().catch((thrown: unknown) => runtime.log.warn(errorFields(thrown), "dual run not written"));
      await (await listening)?.close();
    },
  };
}
