-- Deployed bots are spread over the replicas: a search for work says also who runs how many, so that each replica knows its share. The
-- function of the same name with fewer parameters is that of daemons which take whatever they find, and may run beside newer ones.
--
-- Nor does a search read what replicas that live run: they renew the leases of their bots, and say so themselves when they have lost one.

create index if not exists bot_deployments_replica_idx on public.bot_deployments (replica, desired)
  where desired <> 'stopped' or status <> 'stopped';

-- Returns the replicas by which rows of live bots are held that do not live; those that their rows name, whoever has the leases.
create or replace function shoal.lost_homes(p_replica_id text) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  with recursive homes (replica) as (
    select min(d.replica) from public.bot_deployments d where d.desired <> 'stopped' or d.status <> 'stopped'
    union all
    select (
      select min(d.replica) from public.bot_deployments d
      where (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica > homes.replica
    ) from homes where homes.replica is not null
  )
  select h.replica from homes h
  where h.replica is not null and h.replica is distinct from p_replica_id and not exists (
    select from shoal.replicas r where r.replica_id = any (array[h.replica]) and r.expires_at > clock_timestamp()
  );
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
    where (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica is null
      and (l.holder is null or l.expires_at <= clock_timestamp())
  ) or exists (
    select from shoal.lost_homes(null) h
    cross join lateral (
      select d.bot_id from public.bot_deployments d
      where (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica = any (array[h])
    ) left_behind
    left join shoal.leases l on l.resource = any (array['bot:' || left_behind.bot_id])
    where l.holder is null or l.expires_at <= clock_timestamp()
  );
end
$$;

-- Finds bots that have commands or that nobody runs: the only statement of a round that finds none. Locks no bot. Orders bots by id: by the
-- age of their commands a flood would stay in front until it is over. Each bot is one look-up in an index, so that one with many commands
-- costs no more than others.
--
-- bot_ids: bots that have commands, or that their replica has left behind unfinished. last_bot_id: more with commands may follow this one.
-- free: the first in line of those that are to run and that nobody runs, [{bot_id, is_operators}]; free_count: how many there are. held: how
-- many bots each replica runs that takes bots up, {replica_id: count}; those that are late or drain take none. max_counts: the most that they
-- run. left_behind: of all these the bots whose replica has not released them. waiting: of those that are free the ones that this replica
-- cannot run and whose rows do not say why yet, [{bot_id, obstacle}]. next_expiry_ms: until the first lease ends of those that nobody seems
-- to renew.
--
-- A bot whose row names a replica that lives is looked at only if p_is_thorough.
create or replace function shoal.find_work(
  p_replica_id text, p_kinds text[], p_free integer, p_after text, p_free_for_operator integer, p_per_owner integer,
  p_over_quota text, p_no_capacity text, p_max_bots integer, p_late_after_ms double precision, p_is_thorough boolean, p_deployed_max integer
) returns table (
  bot_ids jsonb, last_bot_id text, free jsonb, free_count integer, held jsonb, max_counts jsonb, left_behind jsonb, waiting jsonb,
  next_expiry_ms double precision
)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  update shoal.replicas r set deployed_max = p_deployed_max
  where r.replica_id = p_replica_id and r.deployed_max is distinct from p_deployed_max;
  if found then
    -- What the others have too much of is for it.
    perform pg_notify('shoal_control', '');
  end if;
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
  ), takers as materialized (
    select p_replica_id as replica_id, p_deployed_max as deployed_max
    union all
    select r.replica_id, r.deployed_max from shoal.replicas r
    where r.replica_id <> p_replica_id and r.deployed_max is not null and r.role <> 'worker' and not r.is_draining
      and r.expires_at > clock_timestamp() and r.renewed_at > clock_timestamp() - p_late_after_ms * interval '1 millisecond'
  ), suspects as materialized (
    select d.bot_id from public.bot_deployments d
    where (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica is null
    union all
    select theirs.bot_id from shoal.lost_homes(p_replica_id) h
    cross join lateral (
      select d.bot_id from public.bot_deployments d
      where (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica = any (array[h])
    ) theirs
    where not p_is_thorough
    union all
    select d.bot_id from public.bot_deployments d
    where p_is_thorough and (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica is not null
  ), looked_at as materialized (
    select d.bot_id, d.owner_id, d.created_at, d.last_error, d.kind, d.desired, d.replica, l.holder, l.expires_at,
      l.holder is null or l.expires_at <= clock_timestamp() as is_free
    from suspects s join public.bot_deployments d on d.bot_id = any (array[s.bot_id])
    left join shoal.leases l on l.resource = any (array['bot:' || d.bot_id])
  ), owners as materialized (
    -- How many bots of an owner run.
    select f.owner_id, (
      select count(*) from public.bot_deployments d where d.owner_id = any (array[f.owner_id]) and d.desired in ('running', 'paused')
    ) - f.free_count as held_count
    from (
      select l.owner_id, count(*) as free_count from looked_at l
      where l.is_free and l.owner_id is not null and l.desired in ('running', 'paused') group by l.owner_id
    ) f
  ), ranked as (
    select l.*, l.owner_id is not null and coalesce(o.held_count, 0)
      + row_number() over (partition by l.owner_id order by l.created_at, l.bot_id) > p_per_owner as is_over_quota
    from looked_at l left join owners o on o.owner_id = l.owner_id
    where l.is_free and l.desired in ('running', 'paused')
  ), lined_up as materialized (
    select bot_id, last_error, owner_id is null as is_operators, is_over_quota, case
      when is_over_quota then p_over_quota
      when row_number() over (partition by is_over_quota order by owner_id is not null, bot_id)
        > case when owner_id is null then p_free_for_operator else p_free end then p_no_capacity
      end as obstacle
    from ranked where kind = any (p_kinds)
  ), line as materialized (
    select bot_id, is_operators from lined_up where not is_over_quota
    order by is_operators desc, bot_id limit case when p_free_for_operator > 0 then p_max_bots else 0 end
  ), unfinished as (
    select bot_id from looked_at where is_free and desired in ('stopped', 'removed') order by bot_id limit p_max_bots
  ), found as materialized (
    select c.bot_id from commanded c union select u.bot_id from unfinished u
  )
  select
    coalesce((select jsonb_agg(f.bot_id) from found f), '[]') as bot_ids,
    (select max(bot_id) from commanded having count(*) = p_max_bots) as last_bot_id,
    coalesce((select jsonb_agg(line order by is_operators desc, bot_id) from line), '[]') as free,
    (select count(*) from lined_up where not is_over_quota)::integer as free_count,
    (
      select jsonb_object_agg(t.replica_id, (
        select count(*) from public.bot_deployments d
        where (d.desired <> 'stopped' or d.status <> 'stopped') and d.replica = any (array[t.replica_id])
          and d.desired in ('running', 'paused')
      ) + (
        -- Its row is written a moment after its lease.
        select count(*) from looked_at l
        where not l.is_free and l.holder = t.replica_id and l.replica is distinct from l.holder and l.desired in ('running', 'paused')
      )) from takers t
    ) as held,
    (select jsonb_object_agg(t.replica_id, t.deployed_max) from takers t) as max_counts,
    coalesce((
      select jsonb_agg(l.bot_id) from looked_at l
      where l.is_free and l.holder is not null
        and (l.bot_id in (select f.bot_id from found f) or l.bot_id in (select n.bot_id from line n))
    ), '[]') as left_behind,
    coalesce((
      select jsonb_agg(jsonb_build_object('bot_id', u.bot_id, 'obstacle', u.obstacle)) from lined_up u
      where u.obstacle is not null and u.obstacle is distinct from u.last_error
    ), '[]') as waiting,
    (select (extract(epoch from min(l.expires_at) - clock_timestamp()) * 1000)::float8 from looked_at l
     where not l.is_free and l.holder not in (select t.replica_id from takers t)) as next_expiry_ms;
end
$$;

call shoal.seal_schema();
