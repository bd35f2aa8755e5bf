import { type Sql, statement } from "@shoal/store";
import type { ExecutorMode } from "./mode.ts";

/** An event about to be sent. */
export interface OutgoingEvent {
  readonly eventId: string;
  readonly jobId: string;
  readonly type: string;
  readonly priority: number;
  /** Epoch ms by the clock of the database. */
  readonly dueAtMs: number;
}

/** How long a batch belongs to its sender. After that others may send it, as when its sender has died. */
export const HOLD_MS = 30_000;

type Verdict = "send" | "later" | "over";

// In one statement: the rows due, what becomes of each, and the events to send. A row to be sent is put off by a hold, so
// that others do not send it meanwhile and that it comes back by itself if this process dies. `skip locked`: each sender takes
// other rows.
const TAKE = statement(
  "outbox_take",
  `
with due as materialized (
  select o.job_id, o.event_id, j.type, j.status, j.priority, j.run_at,
    case
      when j.id is null or (not $4 and j.status in ('completed', 'dead')) or ($4 and o.sent_count >= 3) then 'over'
      when j.status = 'pending' and j.run_at > clock_timestamp() then 'later'
      when j.status = 'running' and not $4 then 'later'
      else 'send'
    end as verdict
  from (
    select job_id, event_id, sent_count from shoal.job_outbox
    where send_at <= clock_timestamp() order by send_at limit $1 for update skip locked
  ) o
  left join shoal.jobs j on j.id = o.job_id
), over as (
  delete from shoal.job_outbox o using due where o.job_id = due.job_id and due.verdict = 'over'
), put_off as (
  update shoal.job_outbox o
  set send_at = case
    when due.verdict = 'send' then clock_timestamp() + $2 * interval '1 ms'
    when due.status = 'pending' then due.run_at
    else clock_timestamp() + $3 * interval '1 ms'
  end
  from due where o.job_id = due.job_id and due.verdict <> 'over'
)
select job_id::text as "jobId", event_id::text as "eventId", type, priority,
  extract(epoch from run_at)::float8 * 1000 as "dueAtMs", verdict
from due order by priority desc, run_at, job_id`,
);

/**
 * Takes up to `limit` due rows: drops those whose job is over, puts off those whose job is at work or not due after all,
 * and returns the events of the others, held for `holdMs`. A shadow runs whatever the status of its job, and is given up
 * after three events. `isFull`: there may be more.
 */
export async function takeEvents(
  sql: Sql,
  { limit, holdMs, watchMs, calls }: { limit: number; holdMs: number; watchMs: number; calls: ExecutorMode["calls"] },
): Promise<{ readonly events: OutgoingEvent[]; readonly isFull: boolean }> {
  const params = [limit, holdMs, watchMs, calls === "shadow"];
  const rows = await sql.query<OutgoingEvent & { verdict: Verdict }>(TAKE, params);
  const events = rows.filter((row) => row.verdict === "send").map(({ verdict: _verdict, ...event }) => event);
  return { events, isFull: rows.length === limit };
}

// An accepted event is watched: if its job is not over by then, another one follows, each time after twice the wait. The
// event's id tells whether the row still is what was sent: a call may have been faster than the answer to the sender.
const ACCEPTED = statement(
  "outbox_accepted",
  `
update shoal.job_outbox o
set event_id = gen_random_uuid(),
  sent_count = least(o.sent_count, 2147483646) + 1,
  send_at = clock_timestamp() + least($3 * power(2, least(o.sent_count, 20)), 3600000) * interval '1 ms'
from unnest($1::text[], $2::text[]) as sent(job_id, event_id)
where o.job_id = sent.job_id::bigint and o.event_id = sent.event_id::uuid`,
);

/** Notes that Inngest has taken these events. Idempotent. */
export async function markAccepted(sql: Sql, events: readonly OutgoingEvent[], watchMs: number): Promise<void> {
  await sql.query(ACCEPTED, [...idsOf(events), watchMs]);
}

const PUT_BACK = statement(
  "outbox_put_back",
  `
update shoal.job_outbox o set send_at = clock_timestamp()
from unnest($1::text[], $2::text[]) as kept(job_id, event_id)
where o.job_id = kept.job_id::bigint and o.event_id = kept.event_id::uuid`,
);

/** Has the same events sent again, because Inngest may not have them. Idempotent. */
export async function putBack(sql: Sql, events: readonly OutgoingEvent[]): Promise<void> {
  await sql.query(PUT_BACK, idsOf(events));
}

function idsOf(events: readonly OutgoingEvent[]): [string[], string[]] {
  return [events.map((event) => event.jobId), events.map((event) => event.eventId)];
}

const FOLLOW = statement(
  "outbox_follow",
  `
with job as (
  select id, status, run_at from shoal.jobs where id = any($1::text[]::bigint[])
), over as (
  delete from shoal.job_outbox o
  where o.job_id = any($1::text[]::bigint[])
    and not exists (select from job where job.id = o.job_id and job.status in ('pending', 'running'))
)
insert into shoal.job_outbox as o (job_id, send_at)
select id, run_at from job where status = 'pending' and ($2 or run_at > clock_timestamp()) order by id
on conflict (job_id) do update set event_id = gen_random_uuid(), send_at = excluded.send_at, sent_count = 0`,
);

/**
 * Updates the outbox after a call or a rescue: deletes rows of jobs that are over, and gives pending ones a new event for the
 * time when they are due. `isUsedUp` false: the job was not run, so an event for a due one is still on its way. Idempotent.
 */
export async function followJobs(sql: Sql, jobIds: readonly string[], isUsedUp: boolean): Promise<void> {
  if (jobIds.length > 0) await sql.query(FOLLOW, [jobIds, isUsedUp]);
}

const FORGET = statement("outbox_forget", "delete from shoal.job_outbox where job_id = any($1::text[]::bigint[])");

/** Sends no more events for these jobs. Idempotent. */
export async function forgetJobs(sql: Sql, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length > 0) await sql.query(FORGET, [jobIds]);
}

// `send_at` beyond the hold of a sender, and no event sent: the job was brought forward.
const MAKE_UP = statement(
  "outbox_make_up",
  `
insert into shoal.job_outbox as o (job_id, send_at)
select j.id, j.run_at
from shoal.jobs j left join shoal.job_outbox o on o.job_id = j.id
where j.status = 'pending' and (o.job_id is null
  or (o.sent_count = 0 and o.send_at > greatest(j.run_at, clock_timestamp()) + $2 * interval '1 ms'))
limit $1
on conflict (job_id) do update set send_at = least(o.send_at, excluded.send_at)
returning 1`,
);

/**
 * Makes rows for pending jobs that have none, or one that is too late: added while the switch was off, retried or brought
 * forward by hand. Returns their number. Idempotent.
 */
export async function makeUpForMissed(sql: Sql, limit: number, holdMs: number): Promise<number> {
  return (await sql.query(MAKE_UP, [limit, holdMs])).length;
}

const KEEP_ON = statement(
  "outbox_keep_on",
  "update shoal.inngest_switch set events_until = greatest(events_until, clock_timestamp() + $1 * interval '1 ms')",
);

/** Has jobs get their row as they are added, for `forMs` from now. Idempotent. */
export async function keepSwitchedOn(sql: Sql, forMs: number): Promise<void> {
  await sql.query(KEEP_ON, [forMs]);
}
