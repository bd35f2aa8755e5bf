-- What workers do with jobs: write outcomes, claim, renew leases.
--
-- Planner settings. The functions that workers call leave the planner one way: along the indexes, with one plan for all
-- parameters. A plan made while the table was small would otherwise be kept when it has a million rows. The functions called
-- by them run under the same settings.
--
-- A job that is held has a lease. Rows are recognized by the lease and not by their status, because for the status the planner
-- would take an index that seems to be empty, and read all of it for each row.

-- A claimed job; also, with nothing but an id, one that was lost to another worker.
do $$
begin
  create type shoal.claimed_job as (
    id bigint, type text, payload jsonb, attempt integer, "maxAttempts" integer, epoch integer, "waitMs" double precision,
    "uniqueKey" text
  );
exception when duplicate_object then null;
end
$$;

-- Returns the highest priority below p_above that a pending job has, or that is one of p_known; null if there is none. One step
-- of the walk over the priorities, highest first, which begins with p_above = 101. The search between two known priorities
-- reads none of their index entries.
create or replace function shoal.job_priority_below(p_above smallint, p_known smallint[] default '{}') returns smallint
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select coalesce((
      select j.priority from shoal.jobs j
      where j.status = 'pending' and j.priority < p_above and j.priority > coalesce(known.priority, -101)
      order by j.priority desc limit 1
    ), known.priority)
    from (select max(k) as priority from unnest(p_known) k where k < p_above) known
  );
end
$$;

-- Returns in how many ms the next pending job will be due; null if none will. The priorities of a cursor are taken as known.
create or replace function shoal.job_next_due_ms(p_cursor jsonb default null) returns double precision
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  now_at timestamptz := clock_timestamp();
  known smallint[] := array(select k.priority from jsonb_to_recordset(p_cursor) as k (priority smallint));
  level smallint := 101;
  next_at timestamptz;
begin
  loop
    level := shoal.job_priority_below(level, known);
    exit when level is null;
    next_at := least(next_at, (
      select j.run_at from shoal.jobs j
      where j.status = 'pending' and j.priority = level and j.run_at > now_at
      order by j.run_at limit 1
    ));
  end loop;
  return extract(epoch from next_at - now_at) * 1000;
end
$$;

-- Writes what became of jobs. `lost` has the ids of those that this worker did not hold any more; their rows stay as they are.
-- An outcome that was written before, without getting an answer, changes nothing and is not lost.
--
-- `p_failed`: objects of id, epoch, is_released, or of id, epoch, code, message, retry_in_ms (null: dead), duration_ms, actor.
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
  where j.id = done.id and j.epoch = done.epoch and j.worker_id = p_worker and j.lease_expires_at is not null;
  get diagnostics completed = row_count;
  if completed < cardinality(p_completed) then
    lost := array(
      select done.id from unnest(p_completed, p_completed_epochs) as done (id, epoch)
      where not exists (
        select from shoal.jobs j where j.id = done.id and j.epoch = done.epoch and j.worker_id = p_worker
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
    where j.id = f.id and j.epoch = f.epoch and j.worker_id = p_worker and j.lease_expires_at is not null
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
    where not exists (select from shoal.jobs j where j.id = f.id and j.epoch = f.epoch and j.worker_id = p_worker)
  );
  if released > 0 then
    perform pg_notify('shoal_jobs', '');
  end if;
end
$$;

-- Locks pending jobs that are due at p_at, at most p_limit, in the order of claims; jobs that are locked already are skipped.
create or replace function shoal.job_lock_due(
  p_limit integer, p_at timestamptz, p_cursor jsonb, p_is_full boolean,
  out tids tid[], out ids bigint[], out run_ats timestamptz[], out priorities smallint[]
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  known smallint[] := array(select k.priority from jsonb_to_recordset(p_cursor) as k (priority smallint));
  level smallint := 101;
  found_count integer := 0;
  due record;
begin
  loop
    level := shoal.job_priority_below(level, known);
    exit when level is null;
    select tids || array_agg(d.tid) as tids, ids || array_agg(d.id) as ids, run_ats || array_agg(d.run_at) as run_ats,
      priorities || array_agg(level) as priorities, found_count + count(*)::integer as count
    into due
    from (
      select coalesce(max(k.run_at), '-infinity') as run_at, coalesce(max(k.id), 0) as id
      from jsonb_to_recordset(p_cursor) as k (priority smallint, run_at timestamptz, id bigint)
      where k.priority = level and not p_is_full
    ) seen
    cross join lateral (
      select j.ctid as tid, j.id, j.run_at from shoal.jobs j
      where j.status = 'pending' and j.priority = level and j.run_at <= p_at and (j.run_at, j.id) > (seen.run_at, seen.id)
      order by j.run_at, j.id
      limit p_limit - found_count for update skip locked
    ) d;
    continue when due.count = found_count;
    tids := due.tids;
    ids := due.ids;
    run_ats := due.run_ats;
    priorities := due.priorities;
    found_count := due.count;
    exit when found_count >= p_limit;
  end loop;
end
$$;

-- Returns the cursor after a claim: for each priority up to where the queue has been read. Priorities above the last one that
-- was claimed from were read to their end, those below it not at all. A job that was due a moment ago may appear a moment
-- later, when its transaction commits, so the end is a second ago.
create or replace function shoal.job_next_cursor(
  p_cursor jsonb, p_limit integer, p_at timestamptz, p_ids bigint[], p_run_ats timestamptz[], p_priorities smallint[]
) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  commit_time constant interval := '1 second';
  last constant integer := cardinality(p_ids);
  last_priority constant smallint := case when last = p_limit then p_priorities[last] else -101 end;
begin
  return (
    select jsonb_agg(jsonb_build_object(
      'priority', seen.priority,
      'run_at', case when seen.priority > last_priority then p_at - commit_time
        when seen.priority = last_priority then p_run_ats[last] else seen.run_at end,
      -- As text: a client may read numbers as doubles.
      'id', case when seen.priority > last_priority then 9223372036854775807
        when seen.priority = last_priority then p_ids[last] else seen.id end::text))
    from (
      select each.priority, max(each.run_at) as run_at, max(each.id) as id
      from (
        select k.priority, k.run_at, k.id
        from jsonb_to_recordset(p_cursor) as k (priority smallint, run_at timestamptz, id bigint)
        union all
        select distinct p, '-infinity'::timestamptz, 0 from unnest(p_priorities) p
      ) each
      group by each.priority
    ) seen
  );
end
$$;

-- Writes the outcomes of jobs, and claims as many due ones as the worker then has room for: what a worker does over and over,
-- in one round trip. Returns the claimed jobs; a row with nothing but an id for each outcome of a job that this worker did not
-- hold any more; and, if p_limit is not 0, a row without an id, whose "waitMs" says in how many ms the next job will be due
-- where fewer than p_limit were, and whose payload is the cursor for the next call.
--
-- The head of the queue consists of what was claimed: index entries of dead rows, which stay until a vacuum, and all the longer
-- while an old transaction is open. The cursor says for each priority up to where this worker has read the queue, so that a
-- claim need not read all of them again. Few jobs come in behind it: from transactions that took long, released, rescued or
-- dated back. So a worker must read the whole queue from time to time (p_is_full).
create or replace function shoal.job_complete_and_claim(
  p_worker text, p_lease_ms double precision, p_limit integer,
  p_completed bigint[], p_completed_epochs integer[], p_failed jsonb, p_cursor jsonb, p_is_full boolean
) returns setof shoal.claimed_job
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  large_claim constant integer := 100;
  now_at timestamptz;
  written record;
  due record;
  cursor_now jsonb;
  over_count integer := 0;
  pending_count integer := 0;
  completed_count integer := 0;
  dead_count integer := 0;
  claimed_count integer := 0;
begin
  if cardinality(p_completed) > 0 or p_failed is not null then
    written := shoal.job_write_outcomes(p_worker, p_completed, p_completed_epochs, p_failed);
    if written.lost is not null then
      return query
      select l, null::text, null::jsonb, null::integer, null::integer, null::integer, null::float8, null::text
      from unnest(written.lost) l;
    end if;
    completed_count := written.completed;
    dead_count := written.dead;
    pending_count := written.retried + written.released;
    over_count := completed_count + dead_count + pending_count;
  end if;

  if p_limit > 0 then
    -- Large claims go two at a time: more would step over each other's locked rows, several for each one they get. Small
    -- claims are over too soon to wait for, and where each commit takes its time they would be kept back for no gain.
    if p_limit >= large_claim
      and not pg_try_advisory_xact_lock(hashtext('shoal.job_claim'), 0)
      and not pg_try_advisory_xact_lock(hashtext('shoal.job_claim'), 1) then
      perform pg_advisory_xact_lock(hashtext('shoal.job_claim'), pg_backend_pid() % 2);
    end if;
    now_at := clock_timestamp();
    due := shoal.job_lock_due(p_limit, now_at, p_cursor, p_is_full);
    claimed_count := coalesce(cardinality(due.ids), 0);
    if claimed_count > 0 then
      return query
      update shoal.jobs j
      set status = 'running', attempts = j.attempts + 1, epoch = j.epoch + 1, worker_id = p_worker,
        lease_expires_at = now_at + p_lease_ms * interval '1 millisecond', started_at = now_at, finished_at = null,
        updated_at = now_at
      -- A locked row stays at its place, so it need not be found in an index a second time; and places come in order.
      from unnest(due.tids) as claimed (tid)
      where j.ctid = claimed.tid
      returning j.id, j.type::text, j.payload::jsonb, j.attempts, j.max_attempts, j.epoch,
        date_part('epoch', now_at - j.run_at) * 1000, j.unique_key;
    end if;
    cursor_now := shoal.job_next_cursor(p_cursor, p_limit, now_at, due.ids, due.run_ats, due.priorities);
    return query
    select null::bigint, null::text, cursor_now, null::integer, null::integer, null::integer,
      case when claimed_count < p_limit then shoal.job_next_due_ms(cursor_now) end, null::text;
  end if;

  if over_count + claimed_count > 0 then
    insert into shoal.job_count_changes (pending, running, completed, dead, processed)
    values (pending_count - claimed_count, claimed_count - over_count, completed_count, dead_count, completed_count);
  end if;
end
$$;

-- Claims that very job, if it has been due for so long and no worker holds it.
create or replace function shoal.job_claim_one(
  p_worker text, p_lease_ms double precision, p_id bigint, p_due_for_ms double precision
) returns setof shoal.claimed_job
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  now_at timestamptz := clock_timestamp();
begin
  return query
  with due as materialized (
    select j.id from shoal.jobs j
    where j.id = p_id and j.status = 'pending' and j.run_at <= now_at - p_due_for_ms * interval '1 millisecond'
    for update skip locked
  )
  update shoal.jobs j
  set status = 'running', attempts = j.attempts + 1, epoch = j.epoch + 1, worker_id = p_worker,
    lease_expires_at = now_at + p_lease_ms * interval '1 millisecond', started_at = now_at, finished_at = null,
    updated_at = now_at
  from due where j.id = due.id
  returning j.id, j.type::text, j.payload::jsonb, j.attempts, j.max_attempts, j.epoch,
    date_part('epoch', now_at - j.run_at) * 1000, j.unique_key;
  if found then
    insert into shoal.job_count_changes (pending, running) values (-1, 1);
  end if;
end
$$;

-- Extends the leases of the jobs that this worker still holds, and returns their ids. A row that is locked (its outcome is being
-- written, or a person reads it) is returned without being extended: one locked row must not cost all others their lease.
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
    join shoal.jobs j on j.id = mine.id and j.epoch = mine.epoch and j.worker_id = p_worker
    where j.lease_expires_at is not null
  ), free as materialized (
    select j.id from held join shoal.jobs j on j.id = held.id
    where j.worker_id = p_worker and j.lease_expires_at is not null
    for update of j skip locked
  ), extended as (
    update shoal.jobs j set lease_expires_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from free where j.id = free.id
  )
  select held.id from held;
end
$$;

call shoal.seal_schema();
