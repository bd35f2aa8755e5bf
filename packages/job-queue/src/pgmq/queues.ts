import { invariant } from "@shoal/kernel";
import { type Statement, statement } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import { payloadAsJson } from "../jobs/check-job.ts";
import type { EnqueueSql, Json } from "../types.ts";
import { checkQueueNames, dlqOf } from "./names.ts";
import { toQueueError } from "./queue-errors.ts";

/** How full a queue is, by the clock of the database. */
export interface QueueDepth {
  readonly queue: string;
  /** Messages in it, including those being worked on. */
  readonly length: number;
  /** Messages that may be read now. */
  readonly visible: number;
  /** Age of the oldest one, in ms, to the second; null when the queue is empty. */
  readonly oldestMs: number | null;
  /** Messages in `<queue>_dlq`. */
  readonly dlqLength: number;
}

/** pgmq keeps the delay as an int. @source pgmq 1.5.1, send */
const MAX_DELAY_SECONDS = 2 ** 31 - 1;

const CREATE_SQL = statement("queue_create", "select pgmq.create(name) from unnest($1::text[]) as name");

/**
 * Makes the queues and their `<queue>_dlq` where they do not exist. Idempotent, and safe from many processes at
 * once. Other errors as `Sql.query`.
 *
 * @throws QUEUE_INVALID a name is not one that pgmq takes; none was made
 * @throws QUEUE_PGMQ_MISSING the database has no pgmq: `installPgmq` first
 */
export async function ensureQueues(sql: EnqueueSql, names: readonly string[]): Promise<void> {
  const wanted = withDeadLetters(names);
  const existing = await existingQueues(sql, wanted);
  // In one order, because pgmq locks each name until the end of the transaction.
  const missing = [...new Set(wanted)].filter((name) => !existing.has(name)).toSorted();
  if (missing.length > 0) await asked(sql, CREATE_SQL, [missing]);
}

const ANNOUNCE_SQL = statement("queue_announce", "select shoal.queue_announce($1::text[])");

/**
 * Has the arrival of messages in these queues announced to consumers, by a trigger of each queue's table. Idempotent. A queue whose table this
 * role may not change, or that is busy for a second, is left as it is: `shoal.pulse` names it. Errors as `Sql.query`.
 */
export async function announceQueues(sql: EnqueueSql, names: readonly string[]): Promise<void> {
  checkQueueNames(names);
  await sql.query(ANNOUNCE_SQL, [names]);
}

const SEND_SQL = statement("queue_send", "select id from pgmq.send($1::text, ($2::text)::jsonb, $3::int) as id");

/**
 * Sends a message and returns its id, as a decimal number. With a transaction it is sent when that commits. Not
 * idempotent. Other errors as `Sql.query`.
 *
 * @param options `delaySeconds`: before it can be read, whole seconds, 0 or more; 0 by default
 * @throws JOB_INVALID the payload is not JSON, or the delay not such a number
 * @throws JOB_PAYLOAD_TOO_LARGE more than 1 MB as JSON
 * @throws QUEUE_INVALID, QUEUE_UNKNOWN, QUEUE_PGMQ_MISSING
 */
export async function sendMessage(
  sql: EnqueueSql,
  queue: string,
  payload: Json,
  { delaySeconds = 0 }: { readonly delaySeconds?: number } = {},
): Promise<string> {
  checkQueueNames([queue]);
  if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS) {
    throw new JobQueueError("JOB_INVALID", "delaySeconds is a whole number of seconds, 0 or more.", {
      details: { field: "delaySeconds" },
    });
  }
  const [row] = await asked<{ id: string }>(sql, SEND_SQL, [queue, payloadAsJson(payload), delaySeconds], queue);
  invariant(row, "pgmq returns the id of what it was sent");
  return row.id;
}

/** How full the queues named in `$1` are; one that does not exist has no row. Only those: metrics_all() counts the rows of every queue of the project. */
export const DEPTHS_TEXT = `select m.queue_name as queue, m.queue_length as length, m.queue_visible_length as visible,
     m.oldest_msg_age_sec as oldest_seconds
   from unnest($1::text[]) as asked(name) cross join lateral pgmq.metrics(asked.name) m
   where to_regclass(format('pgmq.%I', 'q_' || asked.name)) is not null`;

export interface DepthRow {
  readonly queue: string;
  readonly length: string | number;
  readonly visible: string | number;
  readonly oldest_seconds: number | null;
}

/** Returns the names of queues and of their `<queue>_dlq`. @throws QUEUE_INVALID */
export function withDeadLetters(names: readonly string[]): string[] {
  checkQueueNames(names);
  return names.flatMap((name) => [name, dlqOf(name)]);
}

export function depthsOf(names: readonly string[], rows: readonly DepthRow[]): QueueDepth[] {
  const byName = new Map(rows.map((row) => [row.queue, row]));
  return names.flatMap((queue) => {
    const row = byName.get(queue);
    if (!row) return [];
    const oldestMs = row.oldest_seconds === null ? null : row.oldest_seconds * 1000;
    const dlqLength = Number(byName.get(dlqOf(queue))?.length ?? 0);
    return [{ queue, length: Number(row.length), visible: Number(row.visible), oldestMs, dlqLength }];
  });
}

/**
 * Puts dead letters back into their queue, the oldest first, as new messages that count their reads from 0 but keep the
 * idempotency key. Returns how many. All or nothing; a message is never in both. Other errors as `Sql.query`.
 *
 * @param limit dead letters at most, 1 or more
 * @throws QUEUE_INVALID, QUEUE_UNKNOWN (also without a `<queue>_dlq`), QUEUE_PGMQ_MISSING
 */
export async function redriveDlq(sql: EnqueueSql, queue: string, limit: number): Promise<number> {
  checkQueueNames([queue]);
  invariant(Number.isInteger(limit) && limit >= 1, "the limit of a redrive is a whole number, 1 or more");
  const [row] = await asked<{ count: number }>(sql, REDRIVE_SQL, [queue, dlqOf(queue), limit], queue);
  return row?.count ?? 0;
}

/** Each step reads from the one before, so a message leaves one queue only when it is in the other. */
const REDRIVE_SQL = statement(
  "queue_redrive",
  `
  with taken as materialized (
    select r.msg_id, r.message, r.headers from pgmq.read($2::text, 30, $3::int) r order by r.msg_id
  ), sent as materialized (
    select taken.msg_id as dlq_id from taken cross join lateral pgmq.send($1::text, taken.message, taken.headers)
  ), gone as materialized (
    select d.id as dlq_id from pgmq.delete($2::text, array(select dlq_id from sent)) as d(id)
  ), noted as (
    update shoal.queue_dead_letters l set redriven_at = clock_timestamp()
    from gone where l.queue = $1::text and l.dlq_message_id = gone.dlq_id
  )
  select count(*)::int as count from gone`,
);

const EXISTING_SQL = statement(
  "queue_existing",
  "select name from unnest($1::text[]) as name where to_regclass(format('pgmq.%I', 'q_' || name)) is not null",
);

/** Which of the names are queues, also on a database without pgmq. */
export async function existingQueues(sql: EnqueueSql, names: readonly string[]): Promise<Set<string>> {
  const rows = await sql.query<{ name: string }>(EXISTING_SQL, [names]);
  return new Set(rows.map((row) => row.name));
}

async function asked<Row extends object>(
  sql: EnqueueSql,
  text: Statement,
  params: NonNullable<Parameters<EnqueueSql["query"]>[1]>,
  queue?: string,
): Promise<Row[]> {
  try {
    return await sql.query<Row>(text, params);
  } catch (thrown) {
    throw toQueueError(thrown, queue);
  }
}
