-- Schedules: the jobs that the daemon enqueues by the clock.

-- The daemon writes its definitions here at its start. The first replica to find that `due_at` has passed moves the row on and
-- enqueues the job, in one transaction.
create table if not exists shoal.job_schedules (
  name text primary key check (name ~ '^[a-z0-9_.:-]{1,64}$'),
  cron text not null,
  time_zone text not null,
  jitter_ms integer not null default 0 check (jitter_ms between 0 and 3600000),
  -- What happens with ticks that no replica was there for: all are skipped, the last one is made up for, or all are.
  missed text not null check (missed in ('skip', 'once', 'all')),
  -- Of the job, by the rules of shoal.jobs.
  job_type shoal.job_type not null,
  payload shoal.job_payload not null default '{}',
  priority smallint not null default 0 check (priority between -100 and 100),
  max_attempts integer check (max_attempts between 1 and 100),
  -- False once the daemon's definitions no longer name it.
  enabled boolean not null default true,
  -- The next tick, and when it is due: later by its jitter, drawn once. Null: there is none.
  next_run_at timestamptz check (isfinite(next_run_at)),
  due_at timestamptz check (isfinite(due_at)),
  -- The last tick that came, whether its job was enqueued or not.
  last_tick_at timestamptz,
  updated_at timestamptz not null default now()
);

comment on table shoal.job_schedules is 'Jobs that the daemon enqueues by the clock; it writes its definitions here at its start.';

call shoal.seal_schema();
