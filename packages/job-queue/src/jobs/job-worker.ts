import {
  createEmitter,
  createLoop,
  type Emitter,
  type EventSource,
  fullJitter,
  invariant,
  MINUTE_MS,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  unreported,
  withTimeout,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { ClaimedJob, HandedBack, JobEvents, JobHandlers, JobOutcome, PassReport } from "../types.ts";
import { WorkEngine } from "../work/work-engine.ts";
import { createJobListener } from "./job-listener.ts";
import { JobSource } from "./job-source.ts";
import { rescue } from "./job-sql.ts";

export interface JobWorkerOptions {
  /** With the jobs migration applied. Needs a direct or session-mode connection to hear of new jobs at once; otherwise it polls each second. */
  readonly database: Database;
  readonly runtime: Runtime;
  /** An id that no other live process uses. */
  readonly workerId: string;
  /** By type. A job of another type fails as JOB_TYPE_UNKNOWN, to be tried again. */
  readonly handlers: JobHandlers;
  /** To share one with other parts; by default it has its own. */
  readonly events?: Emitter<JobEvents>;
  /** Handlers that run at a time, 1 or more. Default 25. */
  readonly concurrency?: number;
  /** Jobs of one claim, 1 or more. Default 25. With twice as much concurrency, one batch runs while the next is fetched. @source SPEC E */
  readonly batchSize?: number;
  /** Hears of each outcome once the database has it, with what the handler returned: for a dual run. */
  readonly onOutcome?: (job: ClaimedJob, outcome: JobOutcome) => void;
  /** In ms, 300 or more. Default 10,000, so that jobs of a dead worker are back within 15 s. Renewed at each third of it. */
  readonly leaseMs?: number;
  /**
   * Whether somebody looks into the database every few seconds and tells this worker by `dueIn` and `heldFor`. Meanwhile, and where it hears
   * NOTIFY, an idle worker asks for nothing. Default: nobody does, and it asks each second.
   */
  readonly isWatched?: () => boolean;
  /**
   * Hears how its statements end: `jobs` writes outcomes and claims, `jobs-rescue` takes back jobs of dead workers (every 2 s, seldom
   * while it is watched and idle), `jobs-leases` renews.
   */
  readonly reportLoop?: ReportLoop;
}

/** Claims jobs, runs their handlers and writes their outcomes, as a loop or as one pass. */
export interface JobWorker {
  readonly events: EventSource<JobEvents>;
  /** Handlers that run now. */
  readonly running: number;
  /** Claims from now on. Idempotent; does nothing after `drain`. */
  start(): void;
  /** There may be work: claims now. */
  nudge(): void;
  /** A job is due in so many ms: claims then, now if that is 0 or less. */
  dueIn(delayMs: number): void;
  /** The first lease of a job, of whichever worker, runs out in so many ms unless it is renewed: looks for jobs of dead workers then. */
  heldFor(delayMs: number): void;
  /**
   * Rescues jobs of dead workers, claims up to `batchSize` (default: the worker's) that are due, and resolves when all of them are
   * over. Also without or beside `start`. Errors as `Sql.query`, before the first job was claimed.
   */
  runPass(options?: { readonly batchSize?: number }): Promise<PassReport>;
  /**
   * Claims no more, waits for handlers, aborts what still runs shortly before `limitMs` is over, gives back what does not end
   * then, and resolves at `limitMs` at the latest with the ids of what was given back. Leaves no timer and no listener. Idempotent.
   */
  drain(limitMs: number): Promise<HandedBack>;
}

/** How often jobs of dead workers are looked for. */
const SWEEP_MS = 2 * SECOND_MS;
/** While others say when that is needed, and this worker has nothing to do: the counts of jobs do not change then. */
const QUIET_SWEEP_MS = 10 * MINUTE_MS;
const sweepBackoff = fullJitter(200, 2 * SECOND_MS);

/**
 * Makes a worker; it claims nothing before `start` or `runPass`. Any number of workers may share one database: a job has one
 * holder in each epoch. While the database is away (`worker:failed` each time) outcomes are kept, and written when it is back.
 */
export function createJobWorker(options: JobWorkerOptions): JobWorker {
  const { database, runtime, workerId, concurrency = 25, batchSize = 25, leaseMs = 10 * SECOND_MS } = options;
  const { reportLoop = unreported, isWatched = () => false } = options;
  invariant(leaseMs >= 300, "a lease is 300 ms or more, so that there is time to renew it");
  const { clock } = runtime;
  const events = options.events ?? createEmitter<JobEvents>();
  const claims = reportLoop("jobs");
  const reports = { claims, writesOf: () => claims, leases: reportLoop("jobs-leases") };
  const isAnnounced = () => listener.isListening && isWatched();
  const source = new JobSource({ ...options, events, leaseMs, executor: "supabase", reports, isAnnounced });
  const engine = new WorkEngine({ source, runtime, concurrency, batchSize });
  const log = runtime.log.child({ part: "jobs", worker_id: workerId });
  const listener = createJobListener(database, { ...runtime, log }, () => engine.nudge());
  let hasWorked = false;
  let drained: Promise<HandedBack> | undefined;
  events.on("worker:round", ({ written, claimed }) => {
    if (hasWorked || written + claimed === 0) return;
    hasWorked = true;
    sweep.dueIn(SWEEP_MS);
  });

  const sweepOnce = async () => {
    const jobs = await rescue(database);
    if (jobs.length > 0) events.emit("jobs:rescued", { count: jobs.length, jobs });
  };
  const sweep = createLoop({
    runtime,
    async work() {
      const isBusy = hasWorked;
      hasWorked = false;
      await sweepOnce();
      await listener.open();
      return isBusy || !isAnnounced() ? SWEEP_MS : QUIET_SWEEP_MS;
    },
    report: reportLoop("jobs-rescue"),
    onError: (error) => source.emitFailed(error),
    backoff: sweepBackoff,
    nudgeMs: 0,
  });

  const drain = async (limitMs: number): Promise<HandedBack> => {
    const stopped = Promise.allSettled([sweep.stop(), listener.close()]);
    const endMs = clock.monotonicMs() + limitMs;
    const given = await engine.drain(limitMs);
    await withTimeout(clock, Math.max(0, endMs - clock.monotonicMs()), stopped);
    return { jobIds: given.map(({ id }) => id) };
  };

  return {
    events,
    get running() {
      return engine.running;
    },
    start() {
      if (drained) return;
      engine.start();
      sweep.start();
    },
    nudge: () => engine.nudge(),
    dueIn: (delayMs) => engine.dueIn(delayMs),
    heldFor: (delayMs) => sweep.dueIn(delayMs),
    async runPass({ batchSize: size = batchSize } = {}) {
      await sweepOnce();
      const [report] = (await engine.runPass(size)).values();
      return report ?? { claimed: 0, completed: 0, failed: 0, dead: 0, lost: 0 };
    },
    drain: (limitMs) => (drained ??= drain(limitMs)),
  };
}
