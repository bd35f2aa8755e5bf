-- What people do with jobs: count, retry, cancel and redrive them.

-- Counts jobs by status: exactly up to 10,000, and beyond by the sum of changes, which is the same unless rows were changed
-- by hand.
create or replace function shoal.job_counts() returns table (
  pending bigint, running bigint, completed bigint, dead bigint, "oldestPendingMs" double precision, "processedLastHour" bigint
)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  enough constant integer := 10000;
  now_at timestamptz := clock_timestamp();
  sums record;
  level smallint := 101;
  oldest_at timestamptz;
begin
  select coalesce(sum(t.pending), 0) as pending, coalesce(sum(t.running), 0) as running,
    coalesce(sum(t.completed), 0) as completed, coalesce(sum(t.dead), 0) as dead,
    coalesce(sum(t.processed) filter (where t.at > now_at - interval '1 hour'), 0) as processed
  into sums from shoal.job_count_changes t;
  select count(*) into pending from (select from shoal.jobs where status = 'pending' limit enough + 1) few;
  select count(*) into running from (select from shoal.jobs where status = 'running' limit enough + 1) few;
  select count(*) into completed from (select from shoal.jobs where status = 'completed' limit enough + 1) few;
  select count(*) into dead from (select from shoal.jobs where status = 'dead' limit enough + 1) few;
  select count(*) into "processedLastHour" from (
    select from shoal.jobs where status = 'completed' and finished_at > now_at - interval '1 hour' limit enough + 1
  ) few;
  pending := case when pending > enough then greatest(pending, sums.pending) else pending end;
  running := case when running > enough then greatest(running, sums.running) else running end;
  completed := case when completed > enough then greatest(completed, sums.completed) else completed end;
  dead := case when dead > enough then greatest(dead, sums.dead) else dead end;
  "processedLastHour" := case when "processedLastHour" > enough
    then greatest("processedLastHour", sums.processed) else "processedLastHour" end;
  loop
    level := shoal.job_priority_below(level);
    exit when level is null;
    oldest_at := least(oldest_at, (
      select j.run_at from shoal.jobs j
      where j.status = 'pending' and j.priority = level and j.run_at <= now_at
      order by j.run_at limit 1
    ));
  end loop;
  "oldestPendingMs" := extract(epoch from now_at - oldest_at) * 1000;
  return next;
end
$$;

-- Makes a pending or dead job due now; a dead one gets all its attempts again. Returns the status it has then, which is the old
-- one if it was neither; null if there is no such job.
create or replace function shoal.job_retry(p_id bigint) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  was text;
begin
  select j.status into was from shoal.jobs j where j.id = p_id for update;
  if was is null or was not in ('pending', 'dead') then
    return was;
  end if;
  update shoal.jobs
  set status = 'pending', run_at = least(run_at, clock_timestamp()), finished_at = null, updated_at = clock_timestamp(),
    attempts = case was when 'dead' then 0 else attempts end
  where id = p_id;
  if was = 'dead' then
    insert into shoal.job_count_changes (pending, dead) values (1, -1);
  end if;
  perform pg_notify('shoal_jobs', '');
  return 'pending';
end
$$;

-- Takes a pending job out of the queue, or a running one from its worker, into the archive. Returns 'cancelled', or the job's
-- status if it is over already; null if there is no such job.
create or replace function shoal.job_cancel(p_id bigint) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  with gone as (
    delete from shoal.jobs where id = p_id and status in ('pending', 'running') returning *
  )
  insert into shoal.jobs_archive (id, type, status, payload, run_at, attempts, max_attempts, priority, last_error, created_at,
    updated_at, unique_key, epoch, worker_id, started_at, finished_at)
  select id, type, 'dead', payload, run_at, attempts, max_attempts, priority, 'JOB_CANCELLED: cancelled by hand', created_at,
    clock_timestamp(), unique_key, epoch, worker_id, started_at, clock_timestamp()
  from gone;
  if found then
    return 'cancelled';
  end if;
  return (select j.status from shoal.jobs j where j.id = p_id);
end
$$;

-- Gives dead jobs all their attempts again, the oldest first. A job whose unique key is taken meanwhile stays dead.
create or replace function shoal.job_redrive(p_type text, p_limit integer) returns setof bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  job record;
  driven integer := 0;
begin
  for job in
    select j.id from shoal.jobs j where j.status = 'dead' and (p_type is null or j.type = p_type)
    order by j.id limit p_limit for update skip locked
  loop
    begin
      update shoal.jobs
      set status = 'pending', attempts = 0, run_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
      where id = job.id;
      driven := driven + 1;
      return next job.id;
    exception when unique_violation then
      null;
    end;
  end loop;
  if driven > 0 then
    insert into shoal.job_count_changes (pending, dead) values (driven, - driven);
    perform pg_notify('shoal_jobs', '');
  end if;
end
$$;

call shoal.seal_schema();
