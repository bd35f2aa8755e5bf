-- Acts on all jobs that match a filter, or on all dead letters of a queue: more than one transaction should change.
--
-- An act is a row here, and a job of the type `shoal_act` that carries it out in batches. Each batch is one transaction, which also moves the
-- position of the act: a job is passed once, whatever dies in between, and whoever claims the job of the act goes on from there.

create table if not exists shoal.job_acts (
  id bigint generated always as identity primary key,
  -- Who asked, as in the audit.
  actor text not null check (actor <> ''),
  action text not null check (action in ('retry', 'cancel', 'redrive', 'delete')),
  -- Of the dead letters of this pgmq queue; null: of jobs.
  queue text,
  -- status, type, error_code, created_before: those that are given.
  filter jsonb not null,
  -- Nothing that came after it was asked for is touched.
  last_id bigint not null,
  -- All up to this id have been passed.
  position bigint not null default 0,
  -- How many matched when it was asked for, counted up to 100,001.
  expected integer not null,
  acted bigint not null default 0,
  -- Stayed as they were: a job of the same unique key waits or runs.
  skipped bigint not null default 0,
  asked_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  is_stopped boolean not null default false,
  job_id bigint,
  audit_id bigint
);

-- Who asks twice has one act.
create unique index if not exists job_acts_open_idx on shoal.job_acts (action, coalesce(queue, ''), filter) where ended_at is null;
create index if not exists job_acts_ended_idx on shoal.job_acts (ended_at) where ended_at is not null;

comment on table shoal.job_acts is 'What operators had done to all jobs, or dead letters, that match a filter, and how far it is.';
comment on table shoal.job_audit is 'Failed attempts and rescues of jobs, and what operators did to jobs, queues and matches; never a payload.';

-- Returns the SQL that is true of a job `j` on which such an act has something to do. Jobs that carry acts out are left alone: an act is stopped.
create or replace function shoal.job_act_condition(p_action text, p_filter jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' and ', 'j.type <> ''shoal_act''',
    format('j.status = any (%L)', case
      when p_filter ? 'status' then array[p_filter ->> 'status']
      when p_action = 'retry' then '{pending,dead}' when p_action = 'cancel' then '{pending,running}' else '{dead}' end),
    -- One that is due already is as a retry would have it.
    case when p_action = 'retry' then '(j.status = ''dead'' or j.run_at > clock_timestamp())' end,
    'j.type = ' || quote_literal(p_filter ->> 'type'),
    'j.created_at < ' || quote_literal((p_filter ->> 'created_before')::timestamptz),
    'starts_with(j.last_error, ' || quote_literal((p_filter ->> 'error_code') || ':') || ')')
$$;

-- Returns the SQL that reads the dead letters `q` of a queue that match.
create or replace function shoal.letter_act_source(p_queue text, p_filter jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' and ', format('pgmq.%I q where true', 'q_' || p_queue || '_dlq'),
    'q.enqueued_at < ' || quote_literal((p_filter ->> 'created_before')::timestamptz),
    case when p_filter ? 'error_code' then format(
      'exists (select from shoal.queue_dead_letters l where l.queue = %L and l.dlq_message_id = q.msg_id and l.error_code = %L)',
      p_queue, p_filter ->> 'error_code') end)
$$;

-- Counts what an act would find, up to 100,001.
create or replace function shoal.job_act_count(p_action text, p_queue text, p_filter jsonb) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  execute format('select count(*)::int from (select from %s limit 100001) few', case
    when p_queue is null then 'shoal.jobs j where ' || shoal.job_act_condition(p_action, p_filter)
    else shoal.letter_act_source(p_queue, p_filter) end) into v_count;
  return v_count;
end
$$;

-- Says in the audit how far an act is: one record, which has who asked, for what, and how many it was.
create or replace function shoal.job_act_words(p_act shoal.job_acts) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select left(format('all that match %s: %s done, %s left as they were%s', p_act.filter, p_act.acted, p_act.skipped,
    case when p_act.is_stopped then '; stopped' when p_act.ended_at is null then '; under way' else '' end), 1000)
$$;

-- Begins an act, or finds the same one that is under way. The record in the audit and the job commit with it.
create or replace function shoal.job_act_start(p_actor text, p_action text, p_queue text, p_filter jsonb)
returns table (id bigint, is_new boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_act shoal.job_acts;
  v_last_id bigint;
begin
  if p_queue is null then
    select max(j.id) into v_last_id from shoal.jobs j;
  else
    execute format('select max(msg_id) from pgmq.%I', 'q_' || p_queue || '_dlq') into v_last_id;
  end if;
  insert into shoal.job_acts as a (actor, action, queue, filter, last_id, expected)
  values (p_actor, p_action, p_queue, p_filter, coalesce(v_last_id, 0), shoal.job_act_count(p_action, p_queue, p_filter))
  on conflict (action, coalesce(queue, ''), filter) where ended_at is null do nothing
  returning a.* into v_act;
  if v_act.id is null then
    return query select a.id, false from shoal.job_acts a
      where a.ended_at is null and a.action = p_action and coalesce(a.queue, '') = coalesce(p_queue, '') and a.filter = p_filter;
    return;
  end if;
  insert into shoal.job_audit (actor, action, outcome, job_type, queue, message)
  values (p_actor, p_action || '_all', 'done', p_filter ->> 'type', p_queue, shoal.job_act_words(v_act))
  returning job_audit.id into v_act.audit_id;
  -- Each death of a worker is an attempt, and none of them is the act's fault.
  v_act.job_id := shoal.enqueue('shoal_act', jsonb_build_object('act_id', v_act.id::text), priority => 50, max_attempts => 100);
  update shoal.job_acts a set audit_id = v_act.audit_id, job_id = v_act.job_id where a.id = v_act.id;
  return query select v_act.id, true;
end
$$;

-- Makes dead jobs pending with all their attempts, and pending ones due. Returns how many; of two jobs of a unique key one stays dead.
create or replace function shoal.jobs_revive(p_ids bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_id bigint;
  v_revived integer;
  v_pending integer;
begin
  with was as materialized (
    select j.id, j.status from shoal.jobs j where j.id = any (p_ids) and (j.status = 'pending' or j.status = 'dead' and j.unique_key is null)
  ), changed as (
    update shoal.jobs j
    set status = 'pending', attempts = case j.status when 'dead' then 0 else j.attempts end, run_at = least(j.run_at, clock_timestamp()),
      finished_at = null, updated_at = clock_timestamp()
    from was where j.id = was.id
    returning was.status
  )
  select count(*), count(*) filter (where status = 'pending') into v_revived, v_pending from changed;
  for v_id in select j.id from shoal.jobs j where j.id = any (p_ids) and j.status = 'dead' and j.unique_key is not null order by j.id loop
    begin
      update shoal.jobs j
      set status = 'pending', attempts = 0, run_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
      where j.id = v_id;
      v_revived := v_revived + 1;
    exception when unique_violation then null;
    end;
  end loop;
  if v_revived > v_pending then
    insert into shoal.job_count_changes (pending, dead) values (v_revived - v_pending, v_pending - v_revived);
  end if;
  if v_revived > 0 then
    perform pg_notify('shoal_jobs', '');
  end if;
  return v_revived;
end
$$;

-- Moves pending and running jobs into the archive, as cancelled. Returns how many.
create or replace function shoal.jobs_cancel(p_ids bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_cancelled integer;
begin
  with gone as (
    delete from shoal.jobs j where j.id = any (p_ids) and j.status in ('pending', 'running') returning *
  )
  insert into shoal.jobs_archive (id, type, status, payload, run_at, attempts, max_attempts, priority, last_error, created_at,
    updated_at, unique_key, epoch, worker_id, started_at, finished_at)
  select id, type, 'dead', payload, run_at, attempts, max_attempts, priority, 'JOB_CANCELLED: cancelled by hand', created_at,
    clock_timestamp(), unique_key, epoch, worker_id, started_at, clock_timestamp()
  from gone;
  get diagnostics v_cancelled = row_count;
  return v_cancelled;
end
$$;

-- Puts dead letters back into their queue, as new messages, or deletes them and why they died. Returns how many there were. A message is never
-- in both queues, and never in none.
create or replace function shoal.letters_act(p_queue text, p_action text, p_ids bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_dlq constant text := p_queue || '_dlq';
  v_ids bigint[];
begin
  execute format('select array_agg(locked.msg_id) from (
      select q.msg_id from pgmq.%I q where q.msg_id = any ($1) order by q.msg_id for update) locked', 'q_' || v_dlq)
    into v_ids using p_ids;
  if v_ids is null then
    return 0;
  end if;
  if p_action = 'redrive' then
    execute format('select count(*) from (select q.message, q.headers from pgmq.%I q where q.msg_id = any ($1) order by q.msg_id) letter
        cross join lateral pgmq.send($2, letter.message, letter.headers)', 'q_' || v_dlq)
      using v_ids, p_queue;
    update shoal.queue_dead_letters l set redriven_at = clock_timestamp() where l.queue = p_queue and l.dlq_message_id = any (v_ids);
  else
    delete from shoal.queue_dead_letters l where l.queue = p_queue and l.dlq_message_id = any (v_ids);
  end if;
  perform pgmq.delete(v_dlq, v_ids);
  return cardinality(v_ids);
end
$$;

-- Does the next batch of an act, at most p_limit, and returns the act as it is then; nothing for one that does not exist.
create or replace function shoal.job_act_step(p_id bigint, p_limit integer) returns setof shoal.job_acts
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_act shoal.job_acts;
  v_ids bigint[];
  v_done integer := 0;
begin
  select * into v_act from shoal.job_acts a where a.id = p_id for update;
  if v_act.ended_at is not null or v_act.id is null then
    return query select v_act.* where v_act.id is not null;
    return;
  end if;
  if v_act.queue is null then
    execute format('select array_agg(locked.id) from (
        select j.id from shoal.jobs j where j.id > $1 and j.id <= $2 and %s order by j.id limit $3 for update) locked',
        shoal.job_act_condition(v_act.action, v_act.filter))
      into v_ids using v_act.position, v_act.last_id, p_limit;
    v_done := case when v_ids is null then 0 when v_act.action = 'cancel' then shoal.jobs_cancel(v_ids) else shoal.jobs_revive(v_ids) end;
  else
    execute format('select array_agg(locked.msg_id) from (
        select q.msg_id from %s and q.msg_id > $1 and q.msg_id <= $2 order by q.msg_id limit $3 for update of q) locked',
        shoal.letter_act_source(v_act.queue, v_act.filter))
      into v_ids using v_act.position, v_act.last_id, p_limit;
    v_done := case when v_ids is null then 0 else shoal.letters_act(v_act.queue, v_act.action, v_ids) end;
  end if;
  v_act.acted := v_act.acted + v_done;
  v_act.skipped := v_act.skipped + coalesce(cardinality(v_ids), 0) - v_done;
  v_act.position := (select max(id) from unnest(v_ids) id);
  if coalesce(cardinality(v_ids), 0) < p_limit then
    v_act.position := v_act.last_id;
    v_act.ended_at := clock_timestamp();
  end if;
  return query
  update shoal.job_acts a
  set acted = v_act.acted, skipped = v_act.skipped, position = v_act.position, ended_at = v_act.ended_at, updated_at = clock_timestamp()
  where a.id = p_id returning a.*;
  update shoal.job_audit r set message = shoal.job_act_words(v_act) where r.id = v_act.audit_id;
end
$$;

-- Stops an act after the batch under way; what is done stays done. Returns it; nothing for one that does not exist.
create or replace function shoal.job_act_stop(p_id bigint, p_actor text) returns setof shoal.job_acts
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_act shoal.job_acts;
begin
  select * into v_act from shoal.job_acts a where a.id = p_id for update;
  if v_act.id is null then
    return;
  end if;
  if v_act.ended_at is null then
    v_act.ended_at := clock_timestamp();
    v_act.is_stopped := true;
    update shoal.job_acts a set ended_at = v_act.ended_at, is_stopped = true, updated_at = clock_timestamp() where a.id = p_id;
    update shoal.job_audit r set message = shoal.job_act_words(v_act) where r.id = v_act.audit_id;
    insert into shoal.job_audit (actor, action, outcome, job_id, queue, message)
    values (p_actor, 'stop_act', 'done', v_act.job_id, v_act.queue, format('act %s, %s_all', v_act.id, v_act.action));
  end if;
  return next v_act;
end
$$;

call shoal.seal_schema();
