-- What sweeps do with jobs: put back those of dead workers, keep the counts small and right.

-- Puts jobs whose lease has expired back to their place in the queue, or makes them dead if that was their last attempt.
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
      from expired where j.id = expired.id
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

-- Folds the changes of counts into few rows. One caller at a time; for the others there is nothing to do.
create or replace function shoal.job_fold_counts() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (select count(*) from shoal.job_count_changes) < 500
    or not pg_try_advisory_xact_lock(hashtext('shoal.job_fold_counts')) then
    return;
  end if;
  with folded as (delete from shoal.job_count_changes returning *)
  insert into shoal.job_count_changes (at, pending, running, completed, dead, processed)
  select case when at < clock_timestamp() - interval '2 hours' then '-infinity' else date_trunc('minute', at) end as minute,
    sum(pending), sum(running), sum(completed), sum(dead), sum(processed)
  from folded group by minute;
end
$$;

-- Corrects the counts after changes of `status` that were made by hand, and gives the jobs that are over by them the time
-- since when, which the archive needs.
create or replace function shoal.job_recount() returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update shoal.jobs set finished_at = updated_at, lease_expires_at = null
  where status in ('completed', 'dead') and finished_at is null
    and coalesce(lease_expires_at, '-infinity') < clock_timestamp();
  insert into shoal.job_count_changes (pending, running, completed, dead)
  select j.pending - t.pending, j.running - t.running, j.completed - t.completed, j.dead - t.dead
  from (
    select count(*) filter (where status = 'pending') as pending, count(*) filter (where status = 'running') as running,
      count(*) filter (where status = 'completed') as completed, count(*) filter (where status = 'dead') as dead
    from shoal.jobs
  ) j, (
    select coalesce(sum(pending), 0) as pending, coalesce(sum(running), 0) as running,
      coalesce(sum(completed), 0) as completed, coalesce(sum(dead), 0) as dead
    from shoal.job_count_changes
  ) t
$$;

-- Moves jobs that have been over for p_older_than_days into the archive, at most p_limit; returns their number.
create or replace function shoal.job_archive(p_older_than_days double precision, p_limit integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
    delete from shoal.jobs where id in (select id from old) returning *
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

call shoal.seal_schema();
