-- Executor modes with Inngest: an outbox of events, until when it is filled, and the outcomes of both executors of a dual run.

-- Until when jobs get a row in the outbox. Daemons whose mode needs Inngest move it on. When the last of them has ended it
-- expires by itself, so that no events pile up that no daemon sends. A daemon that starts again adds what was missed.
create table if not exists shoal.inngest_switch (
  id boolean primary key default true check (id),
  events_until timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into shoal.inngest_switch default values on conflict do nothing;

-- One row per job that Inngest is to know of, from the transaction of the job to the end of the job. `send_at` is when its
-- next event is due: at first when the job is due; while an event is on its way, when it is to be taken for lost.
create table if not exists shoal.job_outbox (
  job_id bigint primary key,
  -- The id of the next event. Inngest drops a second one of the same id, so it stays until one was accepted.
  event_id uuid not null default gen_random_uuid(),
  send_at timestamptz not null,
  -- Events that Inngest accepted.
  sent_count integer not null default 0
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index if not exists job_outbox_send_at_idx on shoal.job_outbox (send_at);

-- Runs with the rights of its owner: a role that may add jobs need not be allowed to write the outbox.
create or replace function shoal.jobs_after_insert_outbox() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from shoal.inngest_switch where events_until > clock_timestamp()) then
    insert into shoal.job_outbox (job_id, send_at)
    select id, run_at from added where status = 'pending'
    on conflict (job_id) do nothing;
  end if;
  return null;
end
$$;

create or replace trigger jobs_after_insert_outbox after insert on shoal.jobs
  referencing new table as added for each statement execute function shoal.jobs_after_insert_outbox();

-- The outcomes of both executors of a dual run, at their first attempt. Without a foreign key: a row stays when its job is
-- archived.
create table if not exists shoal.job_dual_runs (
  job_id bigint not null,
  executor text not null check (executor in ('supabase', 'inngest')),
  type text not null,
  outcome text not null check (outcome in ('completed', 'failed')),
  -- Of a failure.
  code text,
  -- Up to 64 KB; a larger one is compared by its hash only.
  result jsonb,
  result_hash text,
  duration_ms integer not null check (duration_ms >= 0),
  at timestamptz not null default clock_timestamp(),
  primary key (job_id, executor)
);

create index if not exists job_dual_runs_at_idx on shoal.job_dual_runs (at);

comment on table shoal.job_outbox is 'Events for Inngest, one row per job that is not over; empty where no executor mode needs them.';
comment on table shoal.job_dual_runs is 'DUAL_RUN_MODE: outcome and result of both executors, for comparison. For testing only.';

call shoal.seal_schema();
