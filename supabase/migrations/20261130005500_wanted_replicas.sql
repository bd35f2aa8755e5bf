-- How many replicas the fleet should have, for what starts and stops them: KEDA's trigger in deploy/kubernetes asks by this function.

-- Returns enough replicas of role all or fleet for the bots that are wanted now, those of the fleet (as its lead counts them) and those
-- deployed by command, with no more on one than `p_bots_per_replica` or its BOT_MAX_PER_REPLICA, nor more deployed ones than
-- `p_deployed_per_replica` (BOT_DEPLOYED_MAX). At least 2, so that one may end without ending conversations; also while nobody lives.
-- Runs with its owner's rights: whoever may execute it need not be able to read a table.
create or replace function shoal.wanted_replicas(
  p_bots_per_replica integer default 1000, p_deployed_per_replica integer default 100
) returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off
as $$
  select least(2147483647, greatest(
    2,
    ceil((coalesce(fleet.target, 0) + deployed.bots) / greatest(1, least(p_bots_per_replica, fleet.bot_max))::numeric),
    ceil(deployed.bots / greatest(1, p_deployed_per_replica)::numeric)
  ))::integer
  from (
    select max(r.target) as target, min(r.bot_max) as bot_max
    from shoal.replicas r
    where r.expires_at > clock_timestamp() and r.role in ('all', 'fleet') and not r.is_draining
  ) fleet, (
    select count(*) as bots
    from public.bot_deployments d
    -- The first condition is that of an index, the second what runs: also a paused bot has its place.
    where (d.desired <> 'stopped' or d.status <> 'stopped') and d.desired in ('running', 'paused')
  ) deployed
$$;

call shoal.seal_schema();
