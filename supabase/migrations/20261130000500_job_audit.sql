-- The audit of jobs: what was done to them, and by whom.

-- One row for each failed attempt, each rescue from a dead worker and each action of a person or a cron call. A successful
-- execution has no row here: the job's own row is its record (see the view shoal.job_executions).
create table if not exists shoal.job_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- worker, inngest, api, cron or cli.
  actor text not null check (actor <> ''),
  -- attempt and rescue are written by the queue itself; enqueue, retry, cancel, redrive, pass, cron by people and cron calls.
  action text not null check (action ~ '^[a-z][a-z_]{0,31}$'),
  -- Without a foreign key: the row stays when the job is archived and deleted.
  job_id bigint,
  job_type text,
  -- The pgmq queue, where the action was about one.
  queue text,
  worker_id text,
  attempt integer,
  epoch integer,
  -- Of an attempt or a rescue: failed (to be tried again) or dead. Of the other actions: done.
  outcome text not null check (outcome in ('failed', 'dead', 'done')),
  code text,
  -- Text for people; never a payload.
  message text,
  duration_ms integer check (duration_ms >= 0)
);

create index if not exists job_audit_job_idx on shoal.job_audit (job_id) where job_id is not null;
create index if not exists job_audit_at_idx on shoal.job_audit (at);

comment on table shoal.job_audit is 'Failed attempts, rescues and manual actions of the job queue; never a payload.';

-- Every execution: a successful one by the job's own row, here or in the archive, a failed one by its record.
create or replace view shoal.job_executions as
  select id as job_id, type as job_type, attempts as attempt, worker_id, epoch, 'completed'::text as outcome,
    null::text as code, null::text as message,
    least(extract(epoch from finished_at - started_at) * 1000, 2147483647)::integer as duration_ms, finished_at as at
  from shoal.jobs where status = 'completed'
  union all
  select id, type, attempts, worker_id, epoch, 'completed', null, null,
    least(extract(epoch from finished_at - started_at) * 1000, 2147483647)::integer, finished_at
  from shoal.jobs_archive where status = 'completed'
  union all
  select job_id, job_type, attempt, worker_id, epoch, outcome, code, message, duration_ms, at
  from shoal.job_audit where action in ('attempt', 'rescue');

comment on view shoal.job_executions is 'Every execution of a job: worker, attempt, time, duration and outcome.';

call shoal.seal_schema();
