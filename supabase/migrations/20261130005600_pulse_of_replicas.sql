-- The pulse of replicas. It says also when a replica has hand-overs to look at and renews its row, so that a fleet costs an idle daemon no
-- further statement.

-- Says of what is `watched` in how many ms it is due: 0 or less if it is now, null if it will not be. `queues` is the outlook of those of pgmq.
create or replace function shoal.work_due(p_watched text[], p_queues_due_ms double precision, p_replica_id text) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return jsonb_build_object(
    'queues', p_queues_due_ms,
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
    'hand_overs', case when 'hand_overs' = any (p_watched) then shoal.replica_mail(p_replica_id) end,
    'strategies', case when 'strategies' = any (p_watched) then
      case when exists (select from shoal.strategy_owners o where o.is_waiting) then 0 else (
        select shoal.ms_until(min(o.next_due_at)) from shoal.strategy_owners o where not o.is_waiting
      ) end
    end,
    'orders', case when 'orders' = any (p_watched) then (
      select shoal.ms_until(min(o.check_at)) from shoal.strategy_orders o where o.check_at is not null
    ) end
  );
end
$$;

-- The pulse of daemons that know nothing of replicas, which may run beside newer ones during an upgrade.
create or replace function shoal.pulse(
  p_replica_id text, p_lease_ms integer, p_max_unconfirmed integer, p_limit integer, p_pending uuid[], p_live uuid[],
  p_watched text[], p_queues text[]
) returns table (change shoal.match_change, outlook jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- Before the sweep, which may lock rows.
  queues constant record := shoal.queue_outlook(case when 'queues' = any (p_watched) then p_queues else '{}' end);
  due constant jsonb := shoal.work_due(p_watched, queues.due_ms, p_replica_id);
begin
  return query
  select l.change, l.outlook || jsonb_build_object('due', due, 'unannounced', queues.unannounced)
  from shoal.match_look(p_replica_id, p_lease_ms, p_max_unconfirmed, p_limit, p_pending, p_live) l;
end
$$;

-- Sweeps as shoal.match_look does, says of what is watched when it is due (shoal.work_due) and of `queues` which have messages that are
-- found by asking alone (`unannounced`), and renews the replica's row (shoal.replica_renew, whose answer is `members`).
create or replace function shoal.pulse(
  p_replica_id text, p_lease_ms integer, p_max_unconfirmed integer, p_limit integer, p_pending uuid[], p_live uuid[],
  p_watched text[], p_queues text[], p_replica jsonb
) returns table (change shoal.match_change, outlook jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  found_row record;
begin
  for found_row in
    select p.* from shoal.pulse(
      p_replica_id, p_lease_ms, p_max_unconfirmed, p_limit, p_pending, p_live, p_watched, p_queues
    ) p
  loop
    change := found_row.change;
    -- In the last row, so that the replica's own row is locked for the shortest time.
    outlook := case when found_row.outlook is not null then
      found_row.outlook || jsonb_build_object('members', shoal.replica_renew(p_replica))
    end;
    return next;
  end loop;
end
$$;

-- The pulse of a replica without a matchmaker: the same without the sweep.
create or replace function shoal.beat(p_replica jsonb, p_watched text[], p_queues text[]) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  queues constant record := shoal.queue_outlook(case when 'queues' = any (p_watched) then p_queues else '{}' end);
begin
  return jsonb_build_object(
    'due', shoal.work_due(p_watched, queues.due_ms, p_replica ->> 'replica_id'), 'unannounced', queues.unannounced,
    'members', shoal.replica_renew(p_replica)
  );
end
$$;

call shoal.seal_schema();
