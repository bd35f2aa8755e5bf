-- What was done to jobs and by whom. Every statement may run twice, so that this file can be applied by the daemon and by
-- the Supabase CLI, in any order.

-- One row for each failed attempt, each rescue from a dead worker and each deed of a person or a cron call. A successful
-- execution has no row here: the job's own row is its record (see the view shoal.job_executions).
create table if not exists shoal.job_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- worker, inngest, api, cron or cli.
  actor text not null check (actor <> ''),
  -- attempt and rescue are the queue's own; enqueue, retry, cancel, redrive, pass, cron are deeds.
  action text not null check (action ~ '^[a-z][a-z_]{0,31}$'),
  -- Without a foreign key: the row stays when the job is archived and gone.
  job_id bigint,
  job_type text,
  -- A pgmq queue, where the deed was about one.
  queue text,
  worker_id text,
  attempt integer,
  epoch integer,
  -- Of an attempt or a rescue: failed (to be tried again) or dead. Of a deed: done.
  outcome text not null check (outcome in ('failed', 'dead', 'done')),
  code text,
  -- Words for people; never a payload.
  message text,
  duration_ms integer check (duration_ms >= 0)
);

create index if not exists job_audit_job_idx on shoal.job_audit (job_id) where job_id is not null;
create index if not exists job_audit_at_idx on shoal.job_audit (at);

comment on table shoal.job_audit is 'Failed attempts, rescues and manual deeds of the job queue; never a payload.';

-- Every execution there was: a successful one by the job's own row, here or in the archive, a failed one by its record.
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

comment on view shoal.job_executions is 'Every execution of a job: who, which attempt, when, for how long, and what came of it.';

-- Closed to API clients, also where a project opens the schema to them.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on shoal.job_audit, shoal.job_executions from %I', api_role);
  end loop;
end
$$;
