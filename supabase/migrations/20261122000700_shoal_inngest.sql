-- What the executor modes with Inngest need: an outbox of events, a switch, and what both legs of a dual run came to. Every
-- statement may run twice, so that this file can be applied by the daemon and by the Supabase CLI, in any order.

-- Until when jobs get a row in the outbox. Daemons whose mode needs Inngest move it on; when the last of them is gone it
-- runs out by itself, so that nothing is piled up that nobody would ever send. Who comes back makes up for what was missed.
create table if not exists shoal.inngest_switch (
  id boolean primary key default true check (id),
  events_until timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into shoal.inngest_switch default values on conflict do nothing;

-- One row per job that Inngest is to know of, from the transaction of the job to the end of the job. `send_at` is when its
-- next event is due: at first when the job is due; while one is on its way, when we would no longer believe in it.
create table if not exists shoal.job_outbox (
  job_id bigint primary key,
  -- The id of the next event. Inngest drops a second one of the same id, so it stays until one was accepted.
  event_id uuid not null default gen_random_uuid(),
  send_at timestamptz not null,
  -- Events that Inngest accepted.
  sent_count integer not null default 0
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index if not exists job_outbox_send_at_idx on shoal.job_outbox (send_at);

-- With the rights of its owner: whoever may add a job need not be allowed to write here.
create or replace function shoal.note_new_jobs() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from shoal.inngest_switch where events_until > clock_timestamp()) then
    insert into shoal.job_outbox (job_id, send_at)
    select id, run_at from added where status = 'pending'
    on conflict (job_id) do nothing;
  end if;
  return null;
end
$$;
revoke all on function shoal.note_new_jobs() from public;

create or replace trigger jobs_outbox
  after insert on shoal.jobs
  referencing new table as added
  for each statement execute function shoal.note_new_jobs();

-- What each leg of a dual run came to, at its first attempt. Without a foreign key: it stays when the job is archived.
create table if not exists shoal.job_dual_runs (
  job_id bigint not null,
  leg text not null check (leg in ('supabase', 'inngest')),
  type text not null,
  outcome text not null check (outcome in ('completed', 'failed')),
  -- Of a failure.
  code text,
  -- Up to 64 KB; a larger one is told apart by its hash only.
  result jsonb,
  result_hash text,
  duration_ms integer not null check (duration_ms >= 0),
  at timestamptz not null default clock_timestamp(),
  primary key (job_id, leg)
);

create index if not exists job_dual_runs_at_idx on shoal.job_dual_runs (at);

comment on table shoal.job_outbox is 'Events for Inngest, one row per job that is not over; empty where no executor mode needs them.';
comment on table shoal.job_dual_runs is 'DUAL_RUN_MODE: outcome and result of both legs, for comparison. For testing only.';

-- Closed to API clients, also where a project opens the schema to them.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on shoal.inngest_switch, shoal.job_outbox, shoal.job_dual_runs from %I', api_role);
  end loop;
end
$$;
