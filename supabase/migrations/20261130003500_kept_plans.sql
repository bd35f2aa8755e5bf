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

-- Matchmaking. A condition on the status of tickets is written `status || ''` where they are named by their ids: for the bare
-- status the planner would take the index of those that are open, or wait, and read all of it.

-- Ends matches, as before.
create or replace function shoal.match_end_locked(
  p_match_ids uuid[], p_reason text, p_leavers text[], p_can_return boolean, p_max_unconfirmed integer
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  -- The largest p_max_unconfirmed that the matchmaker takes.
  v_most constant integer := 1000;
begin
  perform 1 from shoal.match_tickets t
  where t.id = any (array(
      select k.id from unnest(p_match_ids) as given (id)
      cross join lateral (
        select o.id from shoal.match_tickets o where o.match_id = given.id and o.status in ('reserved', 'matched') offset 0
      ) k
    ))
    and t.match_id = any (p_match_ids) and t.status || '' in ('reserved', 'matched')
  order by t.id for no key update;

  return query
  with ended as (
    update shoal.matches m set status = 'ended', ended_at = now(), ended_reason = p_reason
    where m.match_id = any (p_match_ids) and m.status <> 'ended'
    returning m.match_id, m.replica_id, m.live_at is null as was_pending
  ), emptied as (
    update shoal.match_seats s set is_open = false
    from ended e where s.match_id = any (array[e.match_id])
    returning s.match_id, s.participant_id, s.ticket_id, s.confirmed_at is not null as has_confirmed, s.is_unreached
  ), judged as (
    select s.ticket_id, e.was_pending, least(t.unconfirmed, v_most) + missed.by_one as unconfirmed, is_leaver,
      case
        when is_leaver then p_reason
        when not e.was_pending then case when cardinality(p_leavers) > 0 then 'partner_left' else p_reason end
        when missed.by_one = 1 and least(t.unconfirmed, v_most) + 1 >= p_max_unconfirmed then 'unconfirmed'
      end as closed_reason
    from emptied s
    join ended e on e.match_id = s.match_id
    join shoal.match_tickets t on t.id = any (array[s.ticket_id]) and t.match_id = s.match_id
      and t.status || '' in ('reserved', 'matched')
    cross join lateral (select s.participant_id = any (p_leavers) as is_leaver) leaver
    cross join lateral (
      select case
        when p_max_unconfirmed is not null and e.was_pending and not s.has_confirmed and not s.is_unreached then 1 else 0
      end as by_one
    ) missed
  ), moved as (
    update shoal.match_tickets t set
      status = case when j.closed_reason is null then 'waiting' else 'closed' end,
      match_id = case when j.closed_reason is null then null else t.match_id end,
      closed_reason = j.closed_reason,
      closed_at = case when j.closed_reason is null then null else now() end,
      can_return = p_can_return and j.is_leaver and j.was_pending,
      unconfirmed = j.unconfirmed
    from judged j where t.id = any (array[j.ticket_id])
    returning t.id, t.user_id, t.closed_reason
  )
  select case when p_max_unconfirmed is null then 'match:ended' else 'match:expired' end, null::uuid, null::text,
    e.match_id, e.replica_id, p_reason,
    (select coalesce(jsonb_agg(s.participant_id order by s.participant_id), '[]')
     from emptied s where s.match_id = e.match_id and not s.has_confirmed)
  from ended e
  union all
  select case when m.closed_reason is null then 'ticket:requeued' else 'ticket:closed' end, m.id, m.user_id, null::uuid,
    null::text,
    coalesce(m.closed_reason, case when cardinality(p_leavers) > 0 then 'partner_left' else p_reason end), null::jsonb
  from moved m;
end
$$;

-- Closes tickets, as before.
create or replace function shoal.ticket_close(p_ticket_ids uuid[], p_reason text, p_can_return boolean)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_match_ids uuid[];
  v_leavers text[];
begin
  for v_round in 1..10 loop
    perform 1 from shoal.match_tickets t where t.id = any (p_ticket_ids) and t.status || '' <> 'closed';
    if not found then return; end if;

    select array_agg(t.match_id), array_agg(t.user_id) into v_match_ids, v_leavers
    from shoal.match_tickets t where t.id = any (p_ticket_ids) and t.status || '' in ('reserved', 'matched');
    perform 1 from shoal.matches m where m.match_id = any (v_match_ids) order by m.match_id for no key update;
    if v_match_ids is not null then
      return query select * from shoal.match_end_locked(v_match_ids, p_reason, v_leavers, p_can_return, null);
    end if;

    return query
    with due as (
      select t.id from shoal.match_tickets t
      where t.id = any (p_ticket_ids) and t.status || '' = 'waiting' order by t.id for no key update
    ), closed as (
      update shoal.match_tickets t
      set status = 'closed', closed_at = now(), closed_reason = p_reason, can_return = p_can_return
      from due where t.id = any (array[due.id])
      returning t.id, t.user_id
    )
    select 'ticket:closed', c.id, c.user_id, null::uuid, null::text, p_reason, null::jsonb from closed c;
  end loop;

  -- A statement of its own, so that the next one sees every match that was committed before these locks were had.
  perform 1 from shoal.match_tickets t
  where t.id = any (p_ticket_ids) and t.status || '' in ('reserved', 'matched') order by t.id for no key update;
  return query
  with closed as (
    update shoal.match_tickets t
    set status = 'closed', closed_at = now(), closed_reason = p_reason, can_return = false
    where t.id = any (p_ticket_ids) and t.status || '' in ('reserved', 'matched')
      and not exists (select from shoal.matches m where m.match_id = t.match_id and m.status <> 'ended')
    returning t.id, t.user_id
  )
  select 'ticket:closed', c.id, c.user_id, null::uuid, null::text, p_reason, null::jsonb from closed c;
end
$$;

-- Closes the tickets of people who are gone, as before. Who is there is looked up once, and not for each ticket.
create or replace function shoal.ticket_close_absent(p_present jsonb, p_grace_ms integer)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_gone uuid[];
begin
  select array_agg(t.id) into v_gone from shoal.match_tickets t
  where t.status <> 'closed' and t.source = 'lobby' and t.opened_at < now() - p_grace_ms * interval '1 millisecond'
    and t.user_id not in (
      select p.user_id from jsonb_to_recordset(p_present) as p(user_id text, since timestamptz)
      where p.user_id is not null and (p.since is null or exists (
        select from shoal.match_tickets known where known.user_id = p.user_id and known.since = p.since offset 0
      ))
    );
  return query select * from shoal.ticket_close(v_gone, 'gone', true);
end
$$;

-- Makes matches, as before.
create or replace function shoal.match_commit(p_replica_id text, p_confirm_ms integer, p_decisions jsonb)
returns setof uuid
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_waiting uuid[];
begin
  select array_agg(locked.id) into v_waiting from (
    select t.id from shoal.match_tickets t
    where t.status || '' = 'waiting' and t.id = any (array(
      select unnest(array[d.first, d.second]) from jsonb_to_recordset(p_decisions) as d(first uuid, second uuid)
    ))
    order by t.id for no key update
  ) locked;

  with decided as materialized (
    select d.match_id, d.room_id, one.id as first, one.user_id as first_user, coalesce(one.name, one.user_id) as first_name,
      two.id as second, coalesce(two.user_id, d.bot_id) as second_user,
      coalesce(two.name, two.user_id, d.bot_name) as second_name, d.second is null as has_bot
    from jsonb_to_recordset(p_decisions)
      as d(match_id uuid, room_id uuid, first uuid, second uuid, bot_id text, bot_name text)
    join shoal.match_tickets one on one.id = any (array[d.first]) and one.id = any (v_waiting)
    left join shoal.match_tickets two on two.id = any (array[d.second]) and two.id = any (v_waiting)
    where two.id is not null or (d.second is null and d.bot_id is not null and not exists (
      select 1 from shoal.match_seats s
      where s.is_open and s.bot and s.replica_id = p_replica_id and s.participant_id = d.bot_id
      offset 0
    ))
  ), made as (
    insert into shoal.matches (match_id, room_id, replica_id, confirm_by)
    select d.match_id, d.room_id, case when d.has_bot then p_replica_id end,
      clock_timestamp() + p_confirm_ms * interval '1 millisecond'
    from decided d
  ), seated as (
    insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id)
    select d.match_id, 1, d.first_user, d.first_name, false, d.first, null from decided d
    union all
    select d.match_id, 2, d.second_user, d.second_name, d.has_bot, d.second, case when d.has_bot then p_replica_id end
    from decided d
  )
  update shoal.match_tickets t set status = 'reserved', match_id = s.match_id, last_partner_id = s.partner_id
  from (
    select d.first as ticket_id, d.match_id, d.second_user as partner_id from decided d
    union all
    select d.second, d.match_id, d.first_user from decided d where d.second is not null
  ) s
  where t.id = any (array[s.ticket_id]);

  return query
  select m.match_id from shoal.matches m
  join jsonb_to_recordset(p_decisions) as d(match_id uuid) on m.match_id = any (array[d.match_id])
  where m.status <> 'ended';
end
$$;

-- Confirms one seat, as before.
create or replace function shoal.match_confirm(p_match_id uuid, p_participant_id text)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_match shoal.matches;
begin
  select * into v_match from shoal.matches m where m.match_id = p_match_id and m.status <> 'ended' for no key update;
  if not found then return; end if;
  perform 1 from shoal.match_seats s where s.match_id = p_match_id and s.participant_id = p_participant_id;
  if not found then return; end if;
  return next row('match:confirmed', null, p_participant_id, p_match_id, v_match.replica_id, null, null)::shoal.match_change;

  update shoal.match_seats s set confirmed_at = clock_timestamp()
  where s.match_id = p_match_id and s.participant_id = p_participant_id and s.confirmed_at is null;
  perform 1 from shoal.match_seats s where s.match_id = p_match_id and s.confirmed_at is null;
  if found or v_match.status = 'live' then return; end if;

  perform 1 from shoal.match_tickets t
  where t.id = any (array(select k.id from shoal.match_tickets k where k.match_id = p_match_id and k.status = 'reserved'))
    and t.match_id = p_match_id and t.status || '' = 'reserved'
  order by t.id for no key update;
  update shoal.match_tickets t set status = 'matched' where t.match_id = p_match_id and t.status = 'reserved';
  update shoal.matches m set status = 'live', live_at = clock_timestamp() where m.match_id = p_match_id;
  return next row('match:live', null, null, p_match_id, v_match.replica_id, null, null)::shoal.match_change;
end
$$;

-- Ends every match with a bot of that replica, as before.
create or replace function shoal.match_end_all_of_replica(p_replica_id text, p_reason text)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_own uuid[];
begin
  select array_agg(locked.match_id) into v_own from (
    select m.match_id from shoal.matches m
    where m.match_id = any (array(
        select k.match_id from shoal.matches k where k.replica_id = p_replica_id and k.status <> 'ended'
      ))
      and m.status <> 'ended'
    order by m.match_id for no key update
  ) locked;
  if v_own is not null then
    return query select * from shoal.match_end_locked(v_own, p_reason, '{}', false, null);
  end if;
  delete from shoal.leases l where l.resource = shoal.match_lease_name(p_replica_id);
end
$$;

-- Keeps house, as before.
create or replace function shoal.match_housekeep(p_max_live_ms integer, p_keep_ms integer, p_limit integer)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_stale uuid[];
begin
  select array_agg(locked.match_id) into v_stale from (
    select m.match_id from shoal.matches m where m.status = 'live' and m.live_at < now() - p_max_live_ms * interval '1 millisecond'
    order by m.live_at limit p_limit for no key update skip locked
  ) locked;
  if v_stale is not null then
    return query select * from shoal.match_end_locked(v_stale, 'too_long', '{}', false, null);
  end if;

  delete from shoal.match_tickets where id = any (array(
    select t.id from shoal.match_tickets t where t.status = 'closed' and t.closed_at < now() - p_keep_ms * interval '1 millisecond'
    order by t.closed_at limit p_limit for update skip locked
  ));
  delete from shoal.matches where match_id = any (array(
    select m.match_id from shoal.matches m where m.status = 'ended' and m.ended_at < now() - p_keep_ms * interval '1 millisecond'
    order by m.ended_at limit p_limit for update skip locked
  ));
  delete from shoal.leases where resource in (
    select l.resource from shoal.leases l
    where starts_with(l.resource, shoal.match_lease_name('')) and l.expires_at < now() - p_keep_ms * interval '1 millisecond'
    for update skip locked
  );
end
$$;

-- Takes changes that nobody has told, as before.
create or replace function shoal.match_take_untold(p_limit integer) returns setof shoal.match_change
language sql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  with taken as (
    delete from shoal.match_untold u
    where u.seq = any (array(
      select o.seq from shoal.match_untold o order by o.seq limit p_limit for update skip locked
    ))
    returning u.seq, u.change
  )
  select (t.change).* from taken t order by t.seq
$$;

-- Returns the changes of matches that were pending or live when a replica last read them; unchanged ones give no row.
create or replace function shoal.match_moved(p_pending uuid[], p_live uuid[]) returns setof shoal.match_change
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select case when m.status = 'live' then 'match:live' when m.ended_reason = 'unconfirmed' then 'match:expired'
      else 'match:ended' end,
    null::uuid, null::text, m.match_id, m.replica_id, m.ended_reason,
    (select coalesce(jsonb_agg(s.participant_id order by s.participant_id), '[]') from shoal.match_seats s
     where s.match_id = m.match_id and s.confirmed_at is null)
  from shoal.matches m
  where m.match_id = any (p_pending || p_live)
    and (m.status || '' = 'ended' or m.status || '' = 'live' and m.match_id = any (p_pending));
end
$$;

-- These find rows by their ids as they are; they only must not read a table.
alter function shoal.ticket_open(text, text, text, timestamptz, jsonb, jsonb) set enable_seqscan = off;
alter function shoal.ticket_open_by_person(text, text, jsonb) set enable_seqscan = off;
alter function shoal.match_end(uuid, text, text) set enable_seqscan = off;
alter function shoal.match_sweep(text, integer, integer, integer) set enable_seqscan = off;
alter function shoal.match_unreached(uuid, text) set enable_seqscan = off;
alter function public.match_wait(text, jsonb) set enable_seqscan = off;
alter function public.match_confirm(uuid) set enable_seqscan = off;
alter function public.match_cancel() set enable_seqscan = off;

-- Finds bots that have commands or that nobody runs: the only statement of a round that finds none. Locks nothing. Orders bots by id: by the
-- age of their commands a flood would stay in front until it is over. Each bot is one look-up in an index, so that one with many commands
-- costs no more than others.
create or replace function shoal.find_work(
  p_replica_id text, p_kinds text[], p_free integer, p_after text, p_free_for_operator integer, p_per_owner integer,
  p_over_quota text, p_no_capacity text, p_max_bots integer
) returns table (bot_ids jsonb, last_bot_id text, waiting jsonb, next_expiry_ms double precision)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  with recursive asked (bot_id) as (
    select min(c.bot_id) from public.bot_control c where c.applied_at is null and c.bot_id > p_after
    union all
    select (select min(c.bot_id) from public.bot_control c where c.applied_at is null and c.bot_id > asked.bot_id)
    from asked where asked.bot_id is not null
  ), commanded as materialized (
    select asked.bot_id from asked
    where asked.bot_id is not null and not exists (
      select from shoal.leases l
      where l.resource = any (array['bot:' || asked.bot_id]) and l.holder <> p_replica_id and l.expires_at > clock_timestamp()
    )
    limit p_max_bots
  ), live as materialized (
    select d.bot_id, d.owner_id, d.created_at, d.last_error, d.kind, d.desired, l.expires_at,
      l.holder is null or l.expires_at <= clock_timestamp() as is_free, l.holder is not null and l.holder <> p_replica_id as is_theirs
    from public.bot_deployments d left join shoal.leases l on l.resource = any (array['bot:' || d.bot_id])
    where d.desired <> 'stopped' or d.status <> 'stopped'
  ), ranked as (
    select *, owner_id is not null
      and row_number() over (partition by owner_id order by is_free, created_at, bot_id) > p_per_owner as is_over_quota
    from live where desired in ('running', 'paused')
  ), lined_up as (
    select bot_id, last_error, case
      when is_over_quota then p_over_quota
      when row_number() over (partition by is_over_quota order by owner_id is not null, bot_id)
        > case when owner_id is null then p_free_for_operator else p_free end then p_no_capacity
      end as obstacle
    from ranked where is_free and kind = any (p_kinds)
  ), runnable as (
    select bot_id from lined_up where obstacle is null order by bot_id limit p_max_bots
  ), unfinished as (
    select bot_id from live where is_free and desired in ('stopped', 'removed') order by bot_id limit p_max_bots
  )
  select
    coalesce((
      select jsonb_agg(bot_id) from (
        select c.bot_id from commanded c union select r.bot_id from runnable r union select u.bot_id from unfinished u
      ) found
    ), '[]') as bot_ids,
    (select max(bot_id) from commanded having count(*) = p_max_bots) as last_bot_id,
    coalesce((
      select jsonb_agg(lined_up) from lined_up where obstacle is not null and obstacle is distinct from last_error
    ), '[]') as waiting,
    (select (extract(epoch from min(expires_at) - clock_timestamp()) * 1000)::float8
     from live where is_theirs and not is_free) as next_expiry_ms;
end
$$;

-- Writes why bots wait, [{bot_id, obstacle}], unless somebody has taken them up meanwhile.
create or replace function shoal.write_waiting(p_bots jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  update public.bot_deployments d set
    replica = null, status = 'starting', status_at = clock_timestamp(), last_error = told.obstacle
  from jsonb_to_recordset(p_bots) as told (bot_id text, obstacle text)
  -- Not by what is desired itself, for which the planner would take the index of all live bots.
  where d.bot_id = any (array[told.bot_id]) and d.desired || '' in ('running', 'paused') and not exists (
    select from shoal.leases l
    where l.resource = any (array['bot:' || d.bot_id]) and l.holder is not null and l.expires_at > clock_timestamp()
  );
end
$$;

call shoal.seal_schema();
