import type { EpochMs } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { Json } from "../types.ts";
import type { CheckedSchedule } from "./check-schedules.ts";
import type { MissedPolicy } from "./types.ts";

/** A schedule that is due, locked by this transaction. */
export interface DueRow {
  readonly name: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly jitter_ms: number;
  readonly missed: MissedPolicy;
  readonly job_type: string;
  readonly payload: Json;
  readonly priority: number;
  readonly max_attempts: number | null;
  readonly tick_ms: EpochMs;
  readonly due_ms: EpochMs;
  readonly now_ms: EpochMs;
}

/** Where a schedule goes on. `next` is null when no tick will come. */
export interface Advance {
  readonly name: string;
  readonly lastTickMs: EpochMs;
  readonly next: NextTick | null;
}

/** A tick to come, and what its jitter adds to it. */
export interface NextTick {
  readonly tickMs: EpochMs;
  readonly delayMs: number;
}

const NOW_SQL = statement("schedule_now", "select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms");

/** What the clock of the database shows, in ms since the Unix epoch. */
export async function databaseNow(sql: Sql): Promise<EpochMs> {
  const [row] = await sql.query<{ now_ms: number }>(NOW_SQL);
  return row?.now_ms ?? Number.NaN;
}

const LOCK_SQL = statement("schedule_lock", "select pg_advisory_xact_lock(hashtextextended('shoal:schedules', 0))");

/** Until the transaction ends: replicas that start together write their definitions one after the other. */
export async function lockDefinitions(tx: Sql): Promise<void> {
  await tx.query(LOCK_SQL);
}

/**
 * A schedule that exists keeps its next tick, also one that has passed: it may have to be made up for. With
 * another cron text or zone, or after it was out of use, it begins anew.
 */
const WRITE_SQL = statement(
  "schedule_write",
  `
insert into shoal.job_schedules as held
  (name, cron, time_zone, jitter_ms, missed, job_type, payload, priority, max_attempts, next_run_at, due_at)
select name, cron, time_zone, jitter_ms, missed, job_type, payload, priority, max_attempts, next_run_at,
  next_run_at + delay_ms * interval '1 millisecond'
from jsonb_to_recordset(($1::text)::jsonb) as given (name text, cron text, time_zone text, jitter_ms int, missed text,
  job_type text, payload jsonb, priority smallint, max_attempts int, next_run_at timestamptz, delay_ms float8)
order by name
on conflict (name) do update set
  cron = excluded.cron, time_zone = excluded.time_zone, jitter_ms = excluded.jitter_ms, missed = excluded.missed,
  job_type = excluded.job_type, payload = excluded.payload, priority = excluded.priority,
  max_attempts = excluded.max_attempts, enabled = true, updated_at = clock_timestamp(),
  next_run_at = case when held.enabled and (held.cron, held.time_zone) = (excluded.cron, excluded.time_zone)
    then coalesce(held.next_run_at, excluded.next_run_at) else excluded.next_run_at end,
  due_at = case when held.enabled and (held.cron, held.time_zone, held.jitter_ms) = (excluded.cron, excluded.time_zone, excluded.jitter_ms)
    then coalesce(held.due_at, excluded.due_at)
    when held.enabled and (held.cron, held.time_zone) = (excluded.cron, excluded.time_zone)
    then coalesce(held.next_run_at + (excluded.due_at - excluded.next_run_at), excluded.due_at)
    else excluded.due_at end
where (held.cron, held.time_zone, held.jitter_ms, held.missed, held.job_type, held.payload, held.priority,
    held.max_attempts, held.enabled, held.next_run_at is null)
  is distinct from (excluded.cron, excluded.time_zone, excluded.jitter_ms, excluded.missed, excluded.job_type,
    excluded.payload, excluded.priority, excluded.max_attempts, true, false)`,
);

const DISABLE_SQL = statement(
  "schedule_disable",
  `
update shoal.job_schedules set enabled = false, next_run_at = null, due_at = null, updated_at = clock_timestamp()
where enabled and name <> all ($1::text[])`,
);

/** Makes the table hold these definitions. `next` gives the first tick of one that begins. */
export async function writeDefinitions(
  tx: Sql,
  schedules: readonly CheckedSchedule[],
  next: (schedule: CheckedSchedule) => NextTick | null,
): Promise<void> {
  const rows = schedules.map((schedule) => {
    const tick = next(schedule);
    return {
      name: schedule.name,
      cron: schedule.cron,
      time_zone: schedule.timeZone,
      jitter_ms: schedule.jitterMs,
      missed: schedule.missed,
      job_type: schedule.job.type,
      payload: schedule.job.payload ?? {},
      priority: schedule.job.priority ?? 0,
      max_attempts: schedule.job.maxAttempts ?? null,
      next_run_at: tick && isoOf(tick.tickMs),
      delay_ms: tick?.delayMs ?? 0,
    };
  });
  await tx.query(WRITE_SQL, [JSON.stringify(rows)]);
  await tx.query(DISABLE_SQL, [schedules.map(({ name }) => name)]);
}

/** Skips locked rows: by the time the lock is free, the schedule has moved on. */
const DUE_SQL = statement(
  "schedule_due",
  `
select name, cron, time_zone, jitter_ms, missed, job_type, payload, priority::int as priority, max_attempts,
  (extract(epoch from next_run_at) * 1000)::float8 as tick_ms, (extract(epoch from due_at) * 1000)::float8 as due_ms,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
from shoal.job_schedules
where enabled and due_at <= clock_timestamp()
order by name
for update skip locked`,
);

/** The schedules that are due, locked until the transaction ends. */
export function lockDue(tx: Sql): Promise<DueRow[]> {
  return tx.query<DueRow>(DUE_SQL);
}

const ADVANCE_SQL = statement(
  "schedule_advance",
  `
update shoal.job_schedules held
set last_tick_at = given.last_tick_at, next_run_at = given.next_run_at,
  due_at = given.next_run_at + given.delay_ms * interval '1 millisecond', updated_at = clock_timestamp()
from jsonb_to_recordset(($1::text)::jsonb) as given (name text, last_tick_at timestamptz, next_run_at timestamptz, delay_ms float8)
where held.name = given.name`,
);

/** Moves locked schedules on. */
export async function advance(tx: Sql, advances: readonly Advance[]): Promise<void> {
  const rows = advances.map(({ name, lastTickMs, next }) => ({
    name,
    last_tick_at: isoOf(lastTickMs),
    next_run_at: next && isoOf(next.tickMs),
    delay_ms: next?.delayMs ?? 0,
  }));
  await tx.query(ADVANCE_SQL, [JSON.stringify(rows)]);
}

const NEXT_SQL = statement(
  "schedule_next",
  `
select (extract(epoch from min(due_at) - clock_timestamp()) * 1000)::float8 as wait_ms
from shoal.job_schedules where enabled`,
);

/** How long until the next one is due, in ms; negative when one is, undefined when none will be. */
export async function nextWait(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.query<{ wait_ms: number | null }>(NEXT_SQL);
  return row?.wait_ms ?? undefined;
}

export function isoOf(atMs: EpochMs): string {
  return new Date(atMs).toISOString();
}
