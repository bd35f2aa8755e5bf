-- What executors do with strategies, third part: extend leases, load, prune. The rules are those of
-- 20261130002800_strategy_settle.sql.

-- Extends leases to p_lease_ms from now, and returns the ids of those that this holder still has. A locked row is returned without being
-- extended: one locked row must not cost all others their lease.
create or replace function shoal.strategy_extend(
  p_holder text, p_lease_ms double precision, p_ids uuid[], p_epochs bigint[]
) returns setof uuid
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  held constant uuid[] := array(
    select mine.id from unnest(p_ids, p_epochs) as mine (id, epoch)
    cross join lateral (
      select from shoal.strategy_clock c
      where c.strategy_id = mine.id and c.epoch = mine.epoch and c.holder = p_holder and c.claimed_at is not null offset 0
    ) held
  );
  owner_ids uuid[] := array(select c.owner_id from shoal.strategy_clock c where c.strategy_id = any (held));
begin
  -- Before any clock is locked: the refresh waits for nothing then.
  owner_ids := array(
    select o.owner_id from shoal.strategy_owners o where o.owner_id = any (owner_ids) order by o.owner_id for update skip locked
  );
  update shoal.strategy_clock c set due_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
  from unnest(array(
    select f.ctid from shoal.strategy_clock f
    where f.strategy_id = any (held) and f.holder = p_holder and f.claimed_at is not null
    order by f.strategy_id for update skip locked
  )) as free (tid)
  where c.ctid = free.tid;
  perform shoal.strategy_owner_refresh(owner_ids);
  -- As they are now: a deploy in between has made a claim out of date.
  return query
  select mine.id from unnest(p_ids, p_epochs) as mine (id, epoch)
  cross join lateral (
    select from shoal.strategy_clock c
    where c.strategy_id = mine.id and c.epoch = mine.epoch and c.holder = p_holder and c.claimed_at is not null offset 0
  ) c;
end
$$;

-- Returns what a run needs of strategies, as of one moment. Fills of an exchange that no run has taken into the book come in their order.
create or replace function shoal.strategy_load(p_ids uuid[]) returns table (
  id uuid, owner_id uuid, name text, version integer, code_id text, config jsonb, interval_ms bigint, cron text, zone text,
  venue text, market text, account jsonb, filter jsonb, state jsonb, book jsonb, settled_until timestamptz, revision bigint,
  last_order_at timestamptz, unbooked_fills jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select s.id, s.owner_id, s.name, s.version, s.code_id, s.config, s.interval_ms, s.cron, s.zone, s.venue, s.market, s.account,
    s.filter,
    coalesce((select jsonb_object_agg(t.key, t.value) from shoal.strategy_state t where t.strategy_id = s.id), '{}'),
    b.book, b.settled_until, c.revision,
    (select o.placed_at from shoal.strategy_orders o where o.strategy_id = s.id order by o.placed_at desc limit 1),
    coalesce((
      select jsonb_agg(jsonb_build_object('id', f.id, 'orderId', f.order_id, 'symbol', f.symbol, 'side', f.side,
        'price', f.price::text, 'quantity', f.quantity::text, 'fee', f.fee::text, 'feeCurrency', f.fee_currency,
        'liquidity', f.liquidity, 'realisedProfit', f.realised_profit::text,
        'filledAtMs', floor(extract(epoch from f.filled_at) * 1000)::bigint) order by f.filled_at, f.id)
      from shoal.strategy_fills f where f.strategy_id = s.id and f.booked_at is null
    ), '[]')
  from unnest(p_ids) as asked (id)
  cross join lateral (select t.* from shoal.strategies t where t.id = asked.id offset 0) s
  cross join lateral (select k.revision from shoal.strategy_clock k where k.strategy_id = s.id offset 0) c
  left join lateral (
    select k.book, k.settled_until from shoal.strategy_books k where k.strategy_id = s.id offset 0
  ) b on true;
end
$$;

-- Deletes what is too old, at most p_limit rows of each table, and returns how many of which; and mends owners whose clocks were
-- changed by hand. Of each series that runs still use the newest p_candle_count candles stay, whatever their age: a run may have
-- seen so many. Orders and fills on paper go; those at an exchange stay, and so do orders that are not over.
create or replace function shoal.strategy_prune(
  p_candle_days double precision, p_candle_count integer, p_history_days double precision, p_limit integer
) returns table (what text, count bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  now_at constant timestamptz := clock_timestamp();
  candles_before constant timestamptz := now_at - p_candle_days * interval '1 day';
  -- A series whose newest candle is older is one of which no run has had anything for so long: that of a week in use is up to two weeks old.
  unused_before constant timestamptz := candles_before - interval '14 days';
  history_before constant timestamptz := now_at - p_history_days * interval '1 day';
begin
  return query
  -- From series to series, instead of over all of their candles.
  with recursive series as (
    (select c.market, c.symbol, c.timeframe from shoal.market_candles c order by 1, 2, 3 limit 1)
    union all
    select n.* from series s
    cross join lateral (
      select c.market, c.symbol, c.timeframe from shoal.market_candles c
      where (c.market, c.symbol, c.timeframe) > (s.market, s.symbol, s.timeframe) order by 1, 2, 3 limit 1
    ) n
  ), old as materialized (
    select o.tid from series s
    cross join lateral (
      select c.ctid as tid from shoal.market_candles c
      where c.market = s.market and c.symbol = s.symbol and c.timeframe = s.timeframe
        and c.open_at < candles_before and c.open_at < greatest((
          select k.open_at from shoal.market_candles k
          where k.market = s.market and k.symbol = s.symbol and k.timeframe = s.timeframe
          order by k.open_at desc offset p_candle_count - 1 limit 1
        ), (
          select case when k.open_at < unused_before then candles_before end from shoal.market_candles k
          where k.market = s.market and k.symbol = s.symbol and k.timeframe = s.timeframe
          order by k.open_at desc limit 1
        ))
      offset 0
    ) o
    limit p_limit
  ), gone as (
    delete from shoal.market_candles c using old o where c.ctid = o.tid returning 1
  )
  select 'candles', count(*) from gone;

  return query
  with old as materialized (
    select o.tid from shoal.strategies s
    cross join lateral (
      select e.ctid as tid from shoal.strategy_equity e where e.strategy_id = s.id and e.at < history_before offset 0
    ) o
    limit p_limit
  ), gone as (
    delete from shoal.strategy_equity e using old o where e.ctid = o.tid returning 1
  )
  select 'equity', count(*) from gone;

  return query
  with old as materialized (
    select o.tid from shoal.strategies s
    cross join lateral (
      select f.ctid as tid from shoal.strategy_fills f
      where f.strategy_id = s.id and f.filled_at < history_before and f.booked_at is not null offset 0
    ) o
    where s.venue = 'paper' limit p_limit
  ), gone as (
    delete from shoal.strategy_fills f using old o where f.ctid = o.tid returning 1
  )
  select 'fills', count(*) from gone;

  return query
  with old as materialized (
    select o.tid from shoal.strategies s
    cross join lateral (
      select t.ctid as tid from shoal.strategy_orders t
      where t.strategy_id = s.id and t.placed_at < history_before and t.status in ('filled', 'cancelled', 'rejected') offset 0
    ) o
    where s.venue = 'paper' limit p_limit
  ), gone as (
    delete from shoal.strategy_orders t using old o where t.ctid = o.tid returning 1
  )
  select 'orders', count(*) from gone;

  return query
  with gone as (
    delete from shoal.strategy_code c
    where c.id in (
      select k.id from shoal.strategy_code k
      -- A deploy writes the code before what names it.
      where k.created_at < now_at - interval '1 day'
        and not exists (select from shoal.strategies s where s.code_id = k.id)
        and not exists (select from shoal.strategy_versions v where v.code_id = k.id)
      limit p_limit for update skip locked
    )
    returning 1
  )
  select 'code', count(*) from gone;

  perform shoal.strategy_owner_refresh(array(
    select o.owner_id from shoal.strategy_owners o
    where o.next_due_at is distinct from (
      select c.due_at from shoal.strategy_clock c
      where c.owner_id = o.owner_id and c.due_at is not null order by c.due_at limit 1
    )
    limit p_limit
  ));
end
$$;

call shoal.seal_schema();
