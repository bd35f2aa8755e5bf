-- The pulse: the one statement that an idle daemon sends every few seconds. It does what a replica owes the others (renews its term, ends
-- what is overdue or was left by dead replicas), and says when other work is due, so that nobody else has to ask.

-- Sweeps: takes what people changed by RPC, renews the term of the replica, ends what is overdue, and returns what has become of matches
-- that were pending or live when it last heard of them. The last row has no change but the outlook: deadline_ms (until the next match must be
-- confirmed, null: none is pending), live_count, and whether somebody waits.
create or replace function shoal.match_look(
  p_replica_id text, p_lease_ms integer, p_max_unconfirmed integer, p_limit integer, p_pending uuid[], p_live uuid[]
) returns table (change shoal.match_change, outlook jsonb)
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select c, null::jsonb from shoal.match_take_untold(p_limit) c
  union all select c, null from shoal.match_sweep(p_replica_id, p_lease_ms, p_max_unconfirmed, p_limit) c
  union all select c, null from shoal.match_moved(p_pending, p_live) c;
  return query
  select null::shoal.match_change, jsonb_build_object(
    'deadline_ms', (
      select shoal.ms_until(min(m.confirm_by)) from shoal.matches m where m.status = 'pending' and isfinite(m.confirm_by)
    ),
    'live_count', (select count(*) from shoal.matches m where m.status = 'live'),
    'is_waiting', exists (select from shoal.match_tickets t where t.status = 'waiting')
  );
end
$$;

-- Returns in how many ms the first pending job is due, 0 or less if one is; null if there is none.
create or replace function shoal.job_due_ms() returns double precision
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  level smallint := 101;
  first_at timestamptz;
begin
  loop
    level := shoal.job_priority_below(level);
    exit when level is null;
    first_at := least(first_at, (
      select j.run_at from shoal.jobs j
      where j.status = 'pending' and j.priority = level
      order by j.run_at limit 1
    ));
  end loop;
  return shoal.ms_until(first_at);
end
$$;

-- Says whether the control has something to do: commands wait, or a bot has nobody who runs it.
create or replace function shoal.has_control_work() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return exists (select from public.bot_control c where c.applied_at is null) or exists (
    select from public.bot_deployments d left join shoal.leases l on l.resource = any (array['bot:' || d.bot_id])
    where (d.desired <> 'stopped' or d.status <> 'stopped') and (l.holder is null or l.expires_at <= clock_timestamp())
  );
end
$$;

-- Sweeps as shoal.match_look does, and says in the outlook of what is `watched`, under `due`, in how many ms it is due: 0 or less if it is
-- now, null if it will not be. `queues` are those of pgmq; `unannounced` has those of them whose messages are found by asking alone.
create or replace function shoal.pulse(
  p_replica_id text, p_lease_ms integer, p_max_unconfirmed integer, p_limit integer, p_pending uuid[], p_live uuid[],
  p_watched text[], p_queues text[]
) returns table (change shoal.match_change, outlook jsonb)
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  -- Before the sweep, which may lock rows.
  queues constant record := shoal.queue_outlook(case when 'queues' = any (p_watched) then p_queues else '{}' end);
  due constant jsonb := jsonb_build_object(
    'queues', queues.due_ms,
    'jobs', case when 'jobs' = any (p_watched) then shoal.job_due_ms() end,
    'held_jobs', case when 'held_jobs' = any (p_watched) then (
      select shoal.ms_until(min(coalesce(j.lease_expires_at, '-infinity'))) from shoal.jobs j where j.status = 'running'
    ) end,
    'outbox', case when 'outbox' = any (p_watched) then (
      select shoal.ms_until(min(o.send_at)) from shoal.job_outbox o
    ) end,
    'schedules', case when 'schedules' = any (p_watched) then (
      select shoal.ms_until(min(s.due_at)) from shoal.job_schedules s where s.enabled
    ) end,
    'control', case when 'control' = any (p_watched) and shoal.has_control_work() then 0 end,
    'strategies', case when 'strategies' = any (p_watched) then
      case when exists (select from shoal.strategy_owners o where o.is_waiting) then 0 else (
        select shoal.ms_until(min(o.next_due_at)) from shoal.strategy_owners o where not o.is_waiting
      ) end
    end,
    'orders', case when 'orders' = any (p_watched) then (
      select shoal.ms_until(min(o.check_at)) from shoal.strategy_orders o where o.check_at is not null
    ) end
  );
begin
  return query
  select l.change, l.outlook || jsonb_build_object('due', due, 'unannounced', queues.unannounced)
  from shoal.match_look(p_replica_id, p_lease_ms, p_max_unconfirmed, p_limit, p_pending, p_live) l;
end
$$;

call shoal.seal_schema();
