-- An intent is of its moment: a dispatcher does not send one that is too old (apps/bot-service/src/strategies/orders/dispatch.ts).

-- By the clock of the database. placed_at is by that of the daemon which ran the strategy, and those of daemons differ. Null: from before.
alter table shoal.strategy_orders add column if not exists intended_at timestamptz;
alter table shoal.strategy_orders alter column intended_at set default clock_timestamp();

-- Writes what became of orders, and claims as many due ones as there is room for. Those of accounts (owner and secret, with a colon
-- between) and venues that are held back stay: an exchange that asks for a pause, or does not answer, must not keep the others waiting.
create or replace function shoal.order_turn(
  p_holder text, p_lease_ms double precision, p_limit integer, p_done jsonb, p_held_accounts text[], p_held_venues text[]
) returns setof shoal.order_turn_row
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_sort = off
set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  now_at constant timestamptz := clock_timestamp();
  claimed uuid[];
begin
  if p_done <> '[]' then
    return query
    select r.* from shoal.order_settle(p_holder, p_done) l
    cross join lateral jsonb_populate_record(null::shoal.order_turn_row, jsonb_build_object('kind', 'lost', 'id', l)) r;
  end if;
  if p_limit <= 0 then
    return;
  end if;

  claimed := array(
    select o.id from shoal.strategy_orders o
    cross join lateral (select t.secret_name from shoal.strategies t where t.id = o.strategy_id offset 0) s
    where o.check_at <= statement_timestamp() and o.venue <> all (p_held_venues)
      and o.owner_id || ':' || s.secret_name <> all (p_held_accounts)
    order by o.check_at limit p_limit for no key update of o skip locked
  );
  return query
  with taken as (
    update shoal.strategy_orders o
    set epoch = o.epoch + 1, holder = p_holder, claimed_at = now_at, check_at = now_at + p_lease_ms * interval '1 millisecond'
    where o.id = any (claimed)
    returning o.*
  )
  select 'claimed', t.id, t.strategy_id, t.owner_id, t.epoch, t.venue, t.symbol, t.side, t.type, t.quantity::text,
    t.price::text, t.status, t.filled::text, t.is_cancel_wanted, t.attempts, extract(epoch from coalesce(t.intended_at, t.placed_at))::float8 * 1000,
    extract(epoch from t.sent_at)::float8 * 1000,
    array(select f.id from shoal.strategy_fills f where f.order_id = t.id), s.secret_name,
    shoal.secret_version(k.updated_at), k.refused_at is not null, extract(epoch from clock_timestamp())::float8 * 1000, null::float8
  from taken t
  cross join lateral (select r.secret_name from shoal.strategies r where r.id = t.strategy_id offset 0) s
  left join lateral (
    select r.updated_at, r.refused_at from shoal.strategy_secrets r where r.owner_id = t.owner_id and r.name = s.secret_name offset 0
  ) k on true;

  if cardinality(claimed) < p_limit then
    return query
    select r.* from jsonb_populate_record(null::shoal.order_turn_row, jsonb_build_object('kind', 'next', 'next_due_ms', (
      select extract(epoch from o.check_at - now_at) * 1000
      from shoal.strategy_orders o
      cross join lateral (select t.secret_name from shoal.strategies t where t.id = o.strategy_id offset 0) s
      where o.check_at is not null and o.venue <> all (p_held_venues)
        and o.owner_id || ':' || s.secret_name <> all (p_held_accounts)
      order by o.check_at limit 1
    ))) r;
  end if;
end
$$;

call shoal.seal_schema();
