-- Functions that read few pages also by a plan that was made while there were a few rows.
--
-- A session keeps a plan until its tables are analyzed again. One made when a table had three rows joins it to a list by walking an
-- index from end to end, once, or reads the table itself. That costs nothing then; with 100,000 rows it was all of them for each call.
--
-- The planner walks an index without a condition only for its order, for a join by `=`. So rows that a list names are joined by
-- `id = any (array[...])`, which has no order: what is left is a look-up for each of them. And nothing here may read a table itself
-- (enable_seqscan).

-- Writes what became of jobs, as before.
create or replace function shoal.job_write_outcomes(
  p_worker text, p_completed bigint[], p_completed_epochs integer[], p_failed jsonb,
  out lost bigint[], out completed integer, out retried integer, out released integer, out dead integer
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  now_at timestamptz := clock_timestamp();
begin
  update shoal.jobs j
  set status = 'completed', lease_expires_at = null, finished_at = now_at, updated_at = now_at
  from unnest(p_completed, p_completed_epochs) as done (id, epoch)
  where j.id = any (array[done.id]) and j.epoch = done.epoch and j.worker_id = p_worker and j.lease_expires_at is not null;
  get diagnostics completed = row_count;
  if completed < cardinality(p_completed) then
    lost := array(
      select done.id from unnest(p_completed, p_completed_epochs) as done (id, epoch)
      where not exists (
        select from shoal.jobs j where j.id = any (array[done.id]) and j.epoch = done.epoch and j.worker_id = p_worker
      )
    );
  end if;

  retried := 0;
  released := 0;
  dead := 0;
  if p_failed is null then
    return;
  end if;
  with failed as materialized (
    select * from jsonb_to_recordset(p_failed) as f (
      id bigint, epoch integer, is_released boolean, code text, message text, retry_in_ms double precision,
      duration_ms integer, actor text)
  ), changed as (
    update shoal.jobs j
    set status = case when f.is_released or f.retry_in_ms is not null then 'pending' else 'dead' end,
      -- A released job keeps its place in the queue.
      run_at = case when f.retry_in_ms is null then j.run_at else now_at + f.retry_in_ms * interval '1 millisecond' end,
      attempts = case when f.is_released then greatest(j.attempts - 1, 0) else j.attempts end,
      last_error = case when f.is_released then j.last_error else f.code || ': ' || f.message end,
      lease_expires_at = null,
      finished_at = case when f.is_released or f.retry_in_ms is not null then null else now_at end,
      updated_at = now_at
    from failed f
    where j.id = any (array[f.id]) and j.epoch = f.epoch and j.worker_id = p_worker and j.lease_expires_at is not null
    returning j.id, j.type, j.status, j.attempts, j.epoch, f.is_released, f.code, f.message, f.duration_ms, f.actor
  ), audited as (
    insert into shoal.job_audit
      (actor, action, outcome, job_id, job_type, worker_id, attempt, epoch, code, message, duration_ms)
    select c.actor, 'attempt', case c.status when 'dead' then 'dead' else 'failed' end, c.id, c.type, p_worker,
      c.attempts, c.epoch, c.code, c.message, c.duration_ms
    from changed c where c.is_released is not true
  )
  select count(*) filter (where c.status = 'pending' and c.is_released is not true),
    count(*) filter (where c.is_released), count(*) filter (where c.status = 'dead')
  into retried, released, dead from changed c;
  lost := lost || array(
    select f.id from jsonb_to_recordset(p_failed) as f (id bigint, epoch integer)
    where not exists (
      select from shoal.jobs j where j.id = any (array[f.id]) and j.epoch = f.epoch and j.worker_id = p_worker
    )
  );
  if released > 0 then
    perform pg_notify('shoal_jobs', '');
  end if;
end
$$;

-- Extends leases, as before.
create or replace function shoal.job_renew(
  p_worker text, p_lease_ms double precision, p_ids bigint[], p_epochs integer[]
) returns setof bigint
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  with held as materialized (
    select j.id from unnest(p_ids, p_epochs) as mine (id, epoch)
    join shoal.jobs j on j.id = any (array[mine.id]) and j.epoch = mine.epoch and j.worker_id = p_worker
    where j.lease_expires_at is not null
  ), free as materialized (
    select j.id from held join shoal.jobs j on j.id = any (array[held.id])
    where j.worker_id = p_worker and j.lease_expires_at is not null
    for update of j skip locked
  ), extended as (
    update shoal.jobs j set lease_expires_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from free where j.id = any (array[free.id])
  )
  select held.id from held;
end
$$;

-- Claims that very job, as before.
create or replace function shoal.job_claim_one(
  p_worker text, p_lease_ms double precision, p_id bigint, p_due_for_ms double precision
) returns setof shoal.claimed_job
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  now_at timestamptz := clock_timestamp();
begin
  return query
  -- Not by the status itself, for which the planner would take the index of all pending jobs.
  with due as materialized (
    select j.id from shoal.jobs j
    where j.id = p_id and j.status || '' = 'pending' and j.run_at <= now_at - p_due_for_ms * interval '1 millisecond'
    for update skip locked
  )
  update shoal.jobs j
  set status = 'running', attempts = least(j.attempts, 2147483646) + 1, epoch = least(j.epoch, 2147483646) + 1,
    worker_id = p_worker, lease_expires_at = now_at + p_lease_ms * interval '1 millisecond', started_at = now_at,
    finished_at = null, updated_at = now_at
  from due where j.id = any (array[due.id])
  returning j.id, j.type::text, j.payload::jsonb, j.attempts, j.max_attempts, j.epoch,
    date_part('epoch', now_at - j.run_at) * 1000, j.unique_key;
  if found then
    insert into shoal.job_count_changes (pending, running) values (-1, 1);
  end if;
end
$$;

-- Rescues, as before.
create or replace function shoal.job_rescue(p_limit integer)
returns table (id bigint, type text, epoch integer, attempt integer, "workerId" text, "isDead" boolean)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  now_at timestamptz := clock_timestamp();
  saved_count integer := 0;
  dead_count integer := 0;
begin
  for id, type, epoch, attempt, "workerId", "isDead" in
    with expired as materialized (
      select j.id, j.worker_id from shoal.jobs j
      where j.status = 'running' and coalesce(j.lease_expires_at, '-infinity') <= now_at
      order by j.id limit p_limit for update skip locked
    ), saved as (
      update shoal.jobs j
      set status = case when j.attempts >= j.max_attempts then 'dead' else 'pending' end,
        finished_at = case when j.attempts >= j.max_attempts then now_at end,
        last_error = 'JOB_WORKER_LOST: the worker that held it did not renew its lease in time',
        worker_id = null, lease_expires_at = null, updated_at = now_at
      from expired where j.id = any (array[expired.id])
      returning j.id, j.type::text as type, j.epoch, j.attempts, expired.worker_id, j.status = 'dead' as is_dead
    ), audited as (
      insert into shoal.job_audit (actor, action, outcome, job_id, job_type, worker_id, attempt, epoch, code)
      select 'worker', 'rescue', case when is_dead then 'dead' else 'failed' end, id, type, worker_id, attempts, epoch,
        'JOB_WORKER_LOST'
      from saved
    )
    select * from saved
  loop
    saved_count := saved_count + 1;
    dead_count := dead_count + "isDead"::integer;
    return next;
  end loop;
  if saved_count > 0 then
    insert into shoal.job_count_changes (pending, running, dead) values (saved_count - dead_count, - saved_count, dead_count);
    perform pg_notify('shoal_jobs', '');
  end if;
  perform shoal.job_fold_counts();
end
$$;

-- Archives, as before.
create or replace function shoal.job_archive(p_older_than_days double precision, p_limit integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  before timestamptz := clock_timestamp() - p_older_than_days * interval '1 day';
  moved integer;
begin
  with completed as materialized (
    select id from shoal.jobs where status = 'completed' and finished_at < before
    order by finished_at limit p_limit for update skip locked
  ), dead as materialized (
    select id from shoal.jobs where status = 'dead' and finished_at < before
    order by id limit p_limit for update skip locked
  ), old as (
    select id from completed union all select id from dead limit p_limit
  ), gone as (
    delete from shoal.jobs where id = any (array(select id from old)) returning *
  )
  insert into shoal.jobs_archive (id, type, status, payload, run_at, attempts, max_attempts, priority, last_error, created_at,
    updated_at, unique_key, epoch, worker_id, started_at, finished_at)
  select id, type, status, payload, run_at, attempts, max_attempts, priority, last_error, created_at, updated_at, unique_key,
    epoch, worker_id, started_at, finished_at
  from gone;
  get diagnostics moved = row_count;
  return moved;
end
$$;

-- These find rows by their ids as they are; they only must not read the table.
alter function shoal.job_insert(jsonb) set enable_seqscan = off;
alter function shoal.job_retry(bigint) set enable_seqscan = off;
alter function shoal.job_cancel(bigint) set enable_seqscan = off;
alter function shoal.job_redrive(text, integer) set enable_seqscan = off;

call shoal.seal_schema();
