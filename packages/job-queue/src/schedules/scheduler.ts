import {
  createEmitter,
  createLoop,
  type EpochMs,
  errorFields,
  fullJitter,
  MINUTE_MS,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  uniform,
  unreported,
} from "@shoal/kernel";
import type { Database, Sql } from "@shoal/store";
import { enqueueAll } from "../jobs/enqueue.ts";
import type { JobHandlers, NewJob, ScheduleEvents } from "../types.ts";
import { checkSchedules } from "./check-schedules.ts";
import { judge, type Verdict } from "./due.ts";
import { readRhythm } from "./rhythm.ts";
import {
  advance,
  type DueRow,
  databaseNow,
  isoOf,
  lockDefinitions,
  lockDue,
  type NextTick,
  nextWait,
  writeDefinitions,
} from "./schedule-sql.ts";
import type { ScheduleDefinition, Scheduler } from "./types.ts";

export interface SchedulerOptions {
  /** With the migrations of jobs and schedules applied by the time of `start`. */
  readonly database: Database;
  readonly runtime: Runtime;
  /** All definitions. One that is in the database and not here is put out of use, and kept. */
  readonly schedules: readonly ScheduleDefinition[];
  /** Of definitions without one of their own. Default `UTC`. */
  readonly timeZone?: string;
  /** The handlers of this process: their numbers of attempts and checks of payloads apply to the jobs of schedules. */
  readonly handlers?: JobHandlers;
  /** Hears how each round ends, as `scheduler`. */
  readonly reportLoop?: ReportLoop;
  /** Whether somebody looks into the database every few seconds and calls `dueIn`. Default: nobody does. */
  readonly isWatched?: () => boolean;
  /** Whether another process does what is due: this one looks a second later, and finds it done as a rule. Default: none does. */
  readonly isLeftToOthers?: () => boolean;
}

/** A schedule that was due, and what was done for it. */
interface Fired {
  readonly row: DueRow;
  readonly verdict: Verdict;
}

/** Short, so that work goes on soon after the database is back; with jitter, so that replicas do not ask at the same moment. */
const failureBackoff = fullJitter(500, 10 * SECOND_MS);

/** Longest sleep: another replica may have written other definitions. */
const LONGEST_WAIT_MS = MINUTE_MS;
/** The same while others say when a schedule is due. */
const QUIET_WAIT_MS = 10 * MINUTE_MS;
/** How long others have for what is left to them. */
const LEFT_MS = SECOND_MS;
/** Shortest sleep: what is due and was not taken is locked by another replica. */
const SHORTEST_WAIT_MS = 50;

/**
 * Makes a scheduler; `start` sets it going. While the database is away it tries again by itself and reports
 * `schedule:failed`.
 *
 * @throws SCHEDULE_INVALID a definition is wrong; nothing has been changed
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { database, runtime, schedules, timeZone = "UTC", handlers, reportLoop = unreported } = options;
  const { isWatched = () => false, isLeftToOthers = () => false } = options;
  const leftMs = () => (isLeftToOthers() ? LEFT_MS : 0);
  const checked = checkSchedules(schedules, timeZone, handlers);
  const log = runtime.log.child({ part: "scheduler" });
  const events = createEmitter<ScheduleEvents>();
  let written: Promise<void> | undefined;

  const jittered = (tickMs: EpochMs | null, jitterMs: number): NextTick | null =>
    tickMs === null ? null : { tickMs, delayMs: Math.floor(uniform(runtime.rng, 0, jitterMs)) };

  const write = () =>
    database.transaction(async (tx) => {
      await lockDefinitions(tx);
      const nowMs = await databaseNow(tx);
      await writeDefinitions(tx, checked, ({ rhythm, jitterMs }) => jittered(rhythm.nextAfter(nowMs), jitterMs));
    });

  /** Once per process, and again after it failed. */
  const ensureWritten = (): Promise<void> => {
    written ??= write().catch((thrown) => {
      written = undefined;
      throw thrown;
    });
    return written;
  };

  const fireDue = async (tx: Sql): Promise<Fired[]> => {
    const fired = (await lockDue(tx)).map((row) => ({ row, verdict: judgeRow(row) }));
    const jobs = fired.flatMap(({ row, verdict }) => verdict.fire.map((tickMs) => jobOf(row, tickMs)));
    if (jobs.length > 0) await enqueueAll(tx, jobs);
    const advances = fired.map(({ row: { name, jitter_ms }, verdict: { lastTickMs, nextTickMs } }) => {
      return { name, lastTickMs, next: jittered(nextTickMs, jitter_ms) };
    });
    if (advances.length > 0) await advance(tx, advances);
    return fired;
  };

  const judgeRow = (row: DueRow): Verdict => {
    try {
      const schedule = { missed: row.missed, jitterMs: row.jitter_ms, nextTickMs: row.tick_ms };
      return judge(readRhythm(row.cron, row.time_zone), schedule, row.now_ms);
    } catch (thrown) {
      // The row was changed by hand: it must not hold up the others, and the next start repairs it.
      log.error(
        { schedule: row.name, ...errorFields(thrown) },
        "a schedule is paused because its row in shoal.job_schedules cannot be read: restart a daemon to write it anew",
      );
      events.emit("schedule:failed", { code: "SCHEDULE_INVALID" });
      return { fire: [], missedCount: 0, lastTickMs: row.tick_ms, nextTickMs: null };
    }
  };

  const runDue = async (): Promise<string[]> => {
    await ensureWritten();
    const fired = await database.transaction(fireDue);
    fired.forEach(report);
    return fired.filter(({ verdict }) => verdict.fire.length > 0).map(({ row }) => row.name);
  };

  const report = ({ row: { name, now_ms, due_ms }, verdict: { fire, missedCount } }: Fired) => {
    if (missedCount > 0) events.emit("schedule:missed", { name, count: missedCount });
    const lateMs = Math.max(0, now_ms - due_ms);
    for (const tickMs of fire) events.emit("schedule:fired", { name, tickAt: isoOf(tickMs), lateMs });
  };

  const loop = createLoop({
    runtime,
    backoff: failureBackoff,
    nudgeMs: 0,
    report: reportLoop("scheduler"),
    async work() {
      await ensureWritten();
      const longestMs = isWatched() ? QUIET_WAIT_MS : LONGEST_WAIT_MS;
      const untilDue = async () => ((await nextWait(database)) ?? longestMs) + leftMs();
      let waitMs = await untilDue();
      if (waitMs <= 0) {
        await runDue();
        waitMs = await untilDue();
      }
      return Math.min(longestMs, Math.max(SHORTEST_WAIT_MS, Math.ceil(waitMs)));
    },
    onError(thrown) {
      const fields = errorFields(thrown);
      log.debug(fields, "a round of the scheduler failed; it is tried again");
      events.emit("schedule:failed", { code: fields.error_code });
    },
  });

  const dueIn = (delayMs: number) => loop.dueIn(delayMs + leftMs());
  return { events, start: loop.start, dueIn, runDue, close: loop.stop };
}

/** The key makes a tick one job while that job is not over; that a tick fires once is ensured by the row. */
function jobOf({ name, job_type, payload, priority, max_attempts }: DueRow, tickMs: EpochMs): NewJob {
  return {
    type: job_type,
    payload,
    priority,
    ...(max_attempts !== null && { maxAttempts: max_attempts }),
    uniqueKey: `schedule:${name}:${isoOf(tickMs)}`,
  };
}
