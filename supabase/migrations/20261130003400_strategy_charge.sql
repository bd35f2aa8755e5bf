-- Charges owners for runs that count for nothing.

-- A deploy, a stop or new settings in the middle of a run make its outcome void, and so it is never settled. Its time and its fuel were
-- spent all the same: without this, an owner who changed a strategy in the middle of each run had all of them for nothing, past the
-- limit of a day and past fairness. `p_charges`: array of ownerId, count (of runs), durationMs, fuel, each owner once.
create or replace function shoal.strategy_charge(p_charges jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  today constant date := clock_timestamp() at time zone 'UTC';
begin
  -- Locked by a statement of its own: the one that writes must see what it waited for.
  perform from shoal.strategy_owners o
  where o.owner_id = any (array(select c."ownerId" from jsonb_to_recordset(p_charges) as c ("ownerId" uuid)))
  order by o.owner_id for update;
  -- As a settle counts what is written: shoal.strategy_write_clocks.
  update shoal.strategy_owners o
  set cost_ms = o.cost_ms + (greatest(g."durationMs" / g.count, 1) - o.cost_ms) * (1 - power(0.9, g.count)),
    fuel_used = case when o.fuel_day = today then o.fuel_used else 0 end + g.fuel,
    fuel_day = today
  from jsonb_to_recordset(p_charges) as g ("ownerId" uuid, count bigint, "durationMs" double precision, fuel bigint)
  where o.owner_id = any (array[g."ownerId"]) and g.count > 0;
end
$$;

call shoal.seal_schema();
