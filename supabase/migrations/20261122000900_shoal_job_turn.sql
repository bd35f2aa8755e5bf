-- As in 20261122000400_shoal_jobs.sql, where it is explained, but for two things that spare the server a seventh of its work
-- where four workers have their hands full: large claims go two at a time, and the rows that were locked are claimed by
-- their places and not looked up a second time by their ids.
create or replace function shoal.job_turn(
  p_worker text, p_lease_ms double precision, p_limit integer,
  p_completed bigint[], p_completed_epochs integer[], p_failed jsonb, p_cursor jsonb, p_is_full boolean
) returns table (
  id bigint, type text, payload jsonb, attempt integer, "maxAttempts" integer, epoch integer, "waitMs" double precision,
  "uniqueKey" text
)
language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  now_at timestamptz := clock_timestamp();
  commit_time constant interval := '1 second';
  large_claim constant integer := 100;
  cursor_now jsonb;
  tids tid[];
  ids bigint[];
  run_ats timestamptz[];
  priorities smallint[];
  completed_count integer := 0;
  retried_count integer := 0;
  released_count integer := 0;
  dead_count integer := 0;
  claimed_count integer := 0;
begin
  if cardinality(p_completed) > 0 then
    update shoal.jobs j
    set status = 'completed', lease_expires_at = null, finished_at = now_at, updated_at = now_at
    from unnest(p_completed, p_completed_epochs) as done (id, epoch)
    where j.id = done.id and j.epoch = done.epoch and j.worker_id = p_worker and j.lease_expires_at is not null;
    get diagnostics completed_count = row_count;
    if completed_count < cardinality(p_completed) then
      return query
      select done.id, null::text, null::jsonb, null::integer, null::integer, null::integer, null::float8, null::text
      from unnest(p_completed, p_completed_epochs) as done (id, epoch)
      where not exists (
        select from shoal.jobs j where j.id = done.id and j.epoch = done.epoch and j.worker_id = p_worker
      );
    end if;
  end if;

  if p_failed is not null then
    with failed as materialized (
      select * from jsonb_to_recordset(p_failed) as f (
        id bigint, epoch integer, is_released boolean, code text, message text, retry_in_ms double precision,
        duration_ms integer, actor text)
    ), changed as (
      update shoal.jobs j
      set status = case when f.is_released or f.retry_in_ms is not null then 'pending' else 'dead' end,
        -- Given back, it keeps its place in the line.
        run_at = case when f.retry_in_ms is null then j.run_at else now_at + f.retry_in_ms * interval '1 millisecond' end,
        attempts = case when f.is_released then greatest(j.attempts - 1, 0) else j.attempts end,
        last_error = case when f.is_released then j.last_error else f.code || ': ' || f.message end,
        lease_expires_at = null,
        finished_at = case when f.is_released or f.retry_in_ms is not null then null else now_at end,
        updated_at = now_at
      from failed f
      where j.id = f.id and j.epoch = f.epoch and j.worker_id = p_worker and j.lease_expires_at is not null
      returning j.id, j.type, j.status, j.attempts, j.epoch, f.is_released, f.code, f.message, f.duration_ms, f.actor
    ), noted as (
      insert into shoal.job_audit
        (actor, action, outcome, job_id, job_type, worker_id, attempt, epoch, code, message, duration_ms)
      select c.actor, 'attempt', case c.status when 'dead' then 'dead' else 'failed' end, c.id, c.type, p_worker,
        c.attempts, c.epoch, c.code, c.message, c.duration_ms
      from changed c where c.is_released is not true
    )
    select count(*) filter (where c.status = 'pending' and c.is_released is not true),
      count(*) filter (where c.is_released), count(*) filter (where c.status = 'dead')
    into retried_count, released_count, dead_count from changed c;
    return query
    select f.id, null::text, null::jsonb, null::integer, null::integer, null::integer, null::float8, null::text
    from jsonb_to_recordset(p_failed) as f (id bigint, epoch integer)
    where not exists (select from shoal.jobs j where j.id = f.id and j.epoch = f.epoch and j.worker_id = p_worker);
    if released_count > 0 then
      perform pg_notify('shoal_jobs', '');
    end if;
  end if;

  if p_limit > 0 then
    -- More at a time would step over each other's locked rows, several for each one they get. Small claims are over too soon
    -- to stand in line, and where each commit takes its time they would be kept from the line for no gain.
    if p_limit >= large_claim
      and not pg_try_advisory_xact_lock(hashtext('shoal.job_turn'), 0)
      and not pg_try_advisory_xact_lock(hashtext('shoal.job_turn'), 1) then
      perform pg_advisory_xact_lock(hashtext('shoal.job_turn'), pg_backend_pid() % 2);
    end if;
    now_at := clock_timestamp();
    with recursive known as materialized (
      select k.priority, case when p_is_full then '-infinity' else k.run_at end as run_at, case when p_is_full then 0 else k.id end as id
      from jsonb_to_recordset(coalesce(p_cursor, '[]')) as k (priority smallint, run_at timestamptz, id bigint)
    ), level (priority) as (
      -- Between two known levels there may be a new one; a look into that gap meets nothing of the known ones.
      select greatest(max(k.priority), (
        select j.priority from shoal.jobs j
        where j.status = 'pending' and j.priority > coalesce(max(k.priority), -101) order by j.priority desc limit 1
      ))
      from known k
      union all
      select greatest(below.priority, (
        select j.priority from shoal.jobs j
        where j.status = 'pending' and j.priority < level.priority and j.priority > coalesce(below.priority, -101)
        order by j.priority desc limit 1
      ))
      from level
      cross join lateral (select max(k.priority) as priority from known k where k.priority < level.priority) below
      where level.priority is not null
    )
    select array_agg(due.tid), array_agg(due.id), array_agg(due.run_at), array_agg(due.priority)
    into tids, ids, run_ats, priorities
    from (
      select waiting.tid, waiting.id, waiting.run_at, level.priority
      from level
      cross join lateral (
        select coalesce(max(k.run_at), '-infinity') as run_at, coalesce(max(k.id), 0) as id
        from known k where k.priority = level.priority
      ) seen
      cross join lateral (
        select j.ctid as tid, j.id, j.run_at from shoal.jobs j
        where j.status = 'pending' and j.priority = level.priority and j.run_at <= now_at
          and (j.run_at, j.id) > (seen.run_at, seen.id)
        order by j.run_at, j.id
        limit p_limit for update skip locked
      ) waiting
      limit p_limit
    ) due;

    claimed_count := coalesce(cardinality(ids), 0);
    if claimed_count > 0 then
      return query
      update shoal.jobs j
      set status = 'running', attempts = j.attempts + 1, epoch = j.epoch + 1, worker_id = p_worker,
        lease_expires_at = now_at + p_lease_ms * interval '1 millisecond', started_at = now_at, finished_at = null,
        updated_at = now_at
      -- We hold their locks, so they are where they were; and they come in the order of the line.
      from unnest(tids) as due (tid)
      where j.ctid = due.tid
      returning j.id, j.type::text, j.payload::jsonb, j.attempts, j.max_attempts, j.epoch,
        date_part('epoch', now_at - j.run_at) * 1000, j.unique_key;
    end if;

    -- Levels above the last one that was claimed from were seen to their end, those below it not at all. What is due a
    -- moment ago may be there a moment from now: its transaction has yet to commit.
    select jsonb_agg(jsonb_build_object(
      'priority', seen.priority,
      'run_at', case when claimed_count < p_limit or seen.priority > priorities[claimed_count] then now_at - commit_time
        when seen.priority = priorities[claimed_count] then run_ats[claimed_count] else seen.run_at end,
      -- As text: a client may read numbers as doubles.
      'id', case when claimed_count < p_limit or seen.priority > priorities[claimed_count] then 9223372036854775807
        when seen.priority = priorities[claimed_count] then ids[claimed_count] else seen.id end::text))
    into cursor_now
    from (
      select each.priority, max(each.run_at) as run_at, max(each.id) as id
      from (
        select k.priority, k.run_at, k.id
        from jsonb_to_recordset(coalesce(p_cursor, '[]')) as k (priority smallint, run_at timestamptz, id bigint)
        union all
        select distinct p, '-infinity'::timestamptz, 0 from unnest(priorities) p
      ) each
      group by each.priority
    ) seen;
    return query
    select null::bigint, null::text, cursor_now, null::integer, null::integer, null::integer,
      case when claimed_count < p_limit then shoal.job_next_due_ms(cursor_now) end, null::text;
  end if;

  if completed_count + retried_count + released_count + dead_count + claimed_count > 0 then
    insert into shoal.job_tally (pending, running, completed, dead, processed)
    values (retried_count + released_count - claimed_count,
      claimed_count - completed_count - retried_count - released_count - dead_count,
      completed_count, dead_count, completed_count);
  end if;
end
$$;
