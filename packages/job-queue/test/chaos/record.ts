import type { Database } from "@shoal/store";
import type { Changed, HistoryEvent, JobRow } from "./history.ts";
import type { MessageEvent } from "./message-history.ts";

export const QUEUE = "chaos";

/**
 * Has the database write down what happens to the jobs and messages, by triggers, so that a change is on record exactly
 * when it is committed. A row's changes have the order of their `seq`, which is drawn while the row is locked.
 */
const RECORD_SQL = `
create schema chaos;

create table chaos.changes (
  seq bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  writer text not null default session_user,
  job_id bigint not null,
  before jsonb,
  after jsonb
);

create function chaos.row_of(job shoal.jobs) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'status', job.status, 'epoch', job.epoch, 'workerId', job.worker_id, 'attempts', job.attempts,
    'maxAttempts', job.max_attempts, 'leaseExpiresAt', extract(epoch from job.lease_expires_at)::float8 * 1000)
$$;

create function chaos.record_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (old.status, old.epoch, old.worker_id, old.attempts)
    is not distinct from (new.status, new.epoch, new.worker_id, new.attempts) then
    return null;
  end if;
  insert into chaos.changes (job_id, before, after) values (
    case tg_op when 'INSERT' then new.id else old.id end,
    case tg_op when 'INSERT' then null else chaos.row_of(old) end,
    case tg_op when 'DELETE' then null else chaos.row_of(new) end);
  return null;
end $$;

create trigger record_change after insert or update or delete on shoal.jobs
  for each row execute function chaos.record_change();

create table chaos.messages (
  seq bigint generated always as identity primary key,
  transaction bigint not null default txid_current(),
  kind text not null,
  key text not null,
  is_poison boolean not null,
  read_count integer not null
);

create function chaos.record_message() returns trigger language plpgsql as $$
declare message record := case tg_op when 'DELETE' then old else new end;
begin
  insert into chaos.messages (kind, key, is_poison, read_count)
    values (tg_argv[0], message.message->>'n', (message.message->>'isPoison')::boolean, message.read_ct);
  return null;
end $$;

create trigger record_sent after insert on pgmq.q_${QUEUE}
  for each row execute function chaos.record_message('sent');
create trigger record_gone after delete on pgmq.q_${QUEUE}
  for each row execute function chaos.record_message('gone');
create trigger record_archived after insert on pgmq.a_${QUEUE}
  for each row execute function chaos.record_message('archived');
create trigger record_dead after insert on pgmq.q_${QUEUE}_dlq
  for each row execute function chaos.record_message('dead');

-- What handlers do. A subject is a job's id or a message's number, the epoch of a message the count of its reads.
create table chaos.runs (
  seq bigint generated always as identity primary key,
  writer text not null default session_user,
  kind text not null,
  subject text not null,
  epoch integer not null,
  key text not null
);
create table chaos.effects (key text primary key, kind text not null, subject text not null);
`;

/** Begins the record, on an empty table of jobs and existing queues. */
export async function startRecord(database: Database<string>): Promise<void> {
  await database.script(RECORD_SQL);
}

/** A handler's work on the outside: once per key, however often it is tried. */
export const EFFECT_SQL = `
with ran as (insert into chaos.runs (kind, subject, epoch, key) values ($1, $2, $3, $4))
insert into chaos.effects (kind, subject, key) values ($1, $2, $4) on conflict do nothing`;

/** What the database has recorded of the jobs. */
export async function readJobRecord(database: Database<string>): Promise<HistoryEvent[]> {
  const changes = await database.query<{ jobId: string; atMs: number; writer: string; before: JobRow; after: JobRow }>(
    `select job_id::text as "jobId", extract(epoch from at)::float8 * 1000 as "atMs", writer, before, after
     from chaos.changes order by seq`,
  );
  const runs = await database.query<{ jobId: string; epoch: number; writer: string; key: string }>(
    `select subject as "jobId", epoch, writer, key from chaos.runs where kind = 'job' order by seq`,
  );
  const effects = await database.query<{ jobId: string; key: string }>(
    `select subject as "jobId", key from chaos.effects where kind = 'job'`,
  );
  return [
    ...changes.map((change): Changed => ({ kind: "changed", ...change })),
    ...runs.map((run): HistoryEvent => ({ kind: "ran", ...run })),
    ...effects.map((effect): HistoryEvent => ({ kind: "effect", ...effect })),
  ];
}

/** What the database has recorded of the messages. */
export async function readMessageRecord(database: Database<string>): Promise<MessageEvent[]> {
  const moves = await database.query<{
    kind: "sent" | "gone" | "archived" | "dead";
    key: string;
    transaction: string;
    readCount: number;
    isPoison: boolean;
  }>(
    `select kind, key, transaction::text, read_count as "readCount", is_poison as "isPoison"
     from chaos.messages order by seq`,
  );
  const runs = await database.query<{ key: string; readCount: number; idempotencyKey: string }>(
    `select subject as key, epoch as "readCount", key as "idempotencyKey"
     from chaos.runs where kind = 'message' order by seq`,
  );
  const effects = await database.query<{ key: string; idempotencyKey: string }>(
    `select subject as key, key as "idempotencyKey" from chaos.effects where kind = 'message'`,
  );
  return [
    ...moves,
    ...runs.map((run): MessageEvent => ({ kind: "ran", ...run })),
    ...effects.map((effect): MessageEvent => ({ kind: "effect", ...effect })),
  ];
}
