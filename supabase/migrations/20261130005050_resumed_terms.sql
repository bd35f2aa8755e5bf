-- Terms after an outage of this database. Nobody can renew one meanwhile, so all are over when it is back, and whoever asks first would take
-- all others for dead, whose bots talk on. So a replica that comes, or finds its own term over, or nearly, ends nobody's matches for a while.

-- Since when a replica renews its term, the first time or again after it could not; null: since before this column.
alter table shoal.leases add column if not exists resumed_at timestamptz;

-- Renews the term of a replica, and ends what is overdue or was left by dead replicas. Those have 5 s to renew theirs first where the own one is
-- new, or was over but for a third: longer than a daemon waits between two tries to reach the database. A third, because others may have renewed
-- theirs so much earlier before the outage.
create or replace function shoal.match_sweep(
  p_replica_id text, p_lease_ms integer, p_max_unconfirmed integer, p_limit integer
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
  v_due uuid[];
  v_lost uuid[];
  v_resumed_at timestamptz;
begin
  insert into shoal.leases as l (resource, holder, epoch, expires_at, resumed_at)
  values (
    shoal.match_lease_name(p_replica_id), p_replica_id, 1, clock_timestamp() + p_lease_ms * interval '1 millisecond', clock_timestamp()
  )
  on conflict (resource) do update set
    expires_at = excluded.expires_at,
    resumed_at = case when l.expires_at <= clock_timestamp() + p_lease_ms / 3 * interval '1 millisecond' then clock_timestamp() else l.resumed_at end
  returning l.resumed_at into v_resumed_at;

  select array_agg(locked.match_id) into v_due from (
    select m.match_id from shoal.matches m where m.status = 'pending' and m.confirm_by <= now()
    order by m.confirm_by limit p_limit for no key update skip locked
  ) locked;
  if v_due is not null then
    return query select * from shoal.match_end_locked(v_due, 'unconfirmed', '{}', false, p_max_unconfirmed);
  end if;

  if v_resumed_at between clock_timestamp() - interval '5 seconds' and clock_timestamp() then
    return;
  end if;
  select array_agg(locked.match_id) into v_lost from (
    select m.match_id from shoal.matches m
    where m.status <> 'ended' and m.replica_id is not null and m.replica_id = any (array(
      -- Each replica that has open matches once: one look-up for each match would be most of what a sweep costs.
      with recursive homes (replica_id) as (
        select min(o.replica_id) from shoal.matches o where o.status <> 'ended' and o.replica_id is not null
        union all
        select (select min(o.replica_id) from shoal.matches o where o.status <> 'ended' and o.replica_id > homes.replica_id)
        from homes where homes.replica_id is not null
      )
      select h.replica_id from homes h
      where h.replica_id <> p_replica_id and not exists (
        select from shoal.leases l where l.resource = shoal.match_lease_name(h.replica_id) and l.expires_at > clock_timestamp()
      )
    ))
    limit p_limit for no key update of m skip locked
  ) locked;
  if v_lost is not null then
    return query select * from shoal.match_end_locked(v_lost, 'replica_lost', '{}', false, null);
  end if;
end
$$;

call shoal.seal_schema();
