-- What dispatchers do with orders at exchanges: claim what is to be looked at, note that a send begins, write what became of them.
--
-- An order is due at check_at; while a dispatcher has it (claimed_at is not null), that is the end of its lease, so nobody else may move
-- check_at then. Whoever wants a cancel sets is_cancel_wanted, and check_at only where claimed_at is null; a settle that finds the wish
-- makes the order due at once.
--
-- Planner settings as in 20261130000700_job_claim.sql. A plan that was made while a table had a few rows stays in its session: "offset 0"
-- keeps the planner from reading that table from end to end for a list of ids.
--
-- Locks: strategies, clocks, orders, each by id. Claims skip what is locked.

create index if not exists strategy_fills_order_idx on shoal.strategy_fills (order_id) where order_id is not null;

-- What became of one claim, as the daemon sends it. progress: the order as it is now, and fills that are not known here. failed: nothing
-- was learned, it is tried again in retryInMs. released: handed back.
do $$
begin
  create type shoal.order_settled as (
    id uuid, epoch bigint, kind text, "retryInMs" double precision, error text,
    status text, reason text, "exchangeId" text, "checkAtMs" double precision, attempts integer, "isCancelWanted" boolean, fills jsonb
  );
exception when duplicate_object then null;
end
$$;

-- claimed: an order to look at. lost: nothing was written, because others have it or it is gone. next: in how many ms the next one is due.
do $$
begin
  create type shoal.order_turn_row as (
    kind text, id uuid, strategy_id uuid, owner_id uuid, epoch bigint, venue text, symbol text, side text, type text, quantity text,
    price text, status text, filled text, is_cancel_wanted boolean, attempts integer, placed_ms double precision,
    sent_ms double precision, fill_ids text[], secret_name text, secret_version text, is_secret_refused boolean,
    now_ms double precision, next_due_ms double precision
  );
exception when duplicate_object then null;
end
$$;

-- Writes what became of orders, fenced, and returns the ids of those that this holder had not any more. What was written before,
-- without getting an answer, changes nothing and is not lost.
create or replace function shoal.order_settle(p_holder text, p_done jsonb) returns setof uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  now_at constant timestamptz := clock_timestamp();
  given constant shoal.order_settled[] := array(select d from jsonb_populate_recordset(null::shoal.order_settled, p_done) d);
  ids constant uuid[] := array(select d.id from unnest(given) d);
  held uuid[];
  told uuid[];
begin
  -- Strategies that have to hear of it: of a fill, or of an end.
  told := array(
    select o.strategy_id from unnest(given) d
    cross join lateral (select t.strategy_id from shoal.strategy_orders t where t.id = d.id offset 0) o
    where d.kind = 'progress' and (d.status in ('filled', 'cancelled', 'rejected') or d.fills <> '[]')
  );
  -- A fill refers to its strategy, which others lock before its clock.
  perform from shoal.strategies s where s.id = any (told) order by s.id for key share;
  perform from shoal.strategy_clock c where c.strategy_id = any (told) order by c.strategy_id for no key update;
  perform from shoal.strategy_orders o where o.id = any (ids) and o.holder = p_holder order by o.id for no key update;
  held := array(
    select d.id from unnest(given) d
    where (
      select o.epoch = d.epoch and o.holder = p_holder and o.claimed_at is not null from shoal.strategy_orders o where o.id = d.id
    )
  );

  insert into shoal.strategy_fills
    (id, strategy_id, order_id, symbol, side, price, quantity, fee, fee_currency, liquidity, filled_at)
  select f.id, o.strategy_id, d.id, o.symbol, o.side, f.price, f.quantity, f.fee, f."feeCurrency", f.liquidity,
    to_timestamp(f."filledAtMs" / 1000)
  from unnest(given) d
  cross join lateral (select t.strategy_id, t.symbol, t.side from shoal.strategy_orders t where t.id = d.id offset 0) o
  cross join lateral jsonb_to_recordset(d.fills) as f (
    id text, price numeric, quantity numeric, fee numeric, "feeCurrency" text, liquidity text, "filledAtMs" double precision)
  where d.id = any (held) and d.kind = 'progress'
  on conflict (strategy_id, id) do nothing;

  update shoal.strategy_orders o
  set status = case d.kind when 'progress' then d.status else o.status end,
    reason = case d.kind when 'progress' then d.reason else o.reason end,
    exchange_id = coalesce(d."exchangeId", o.exchange_id),
    -- What was traded is the sum of the fills, whatever the exchange says beside them.
    filled = d.filled, average = d.average, fee = d.fee,
    attempts = case d.kind when 'progress' then d.attempts when 'failed' then least(o.attempts, 2147483646) + 1 else o.attempts end,
    last_error = case d.kind when 'released' then o.last_error else d.error end,
    check_at = case
      when d.kind = 'progress' and d.status in ('filled', 'cancelled', 'rejected') then null
      when d.kind = 'released' or o.is_cancel_wanted and not coalesce(d."isCancelWanted", o.is_cancel_wanted) then now_at
      when d.kind = 'failed' then now_at + d."retryInMs" * interval '1 millisecond'
      else to_timestamp(d."checkAtMs" / 1000) end,
    claimed_at = null,
    updated_at = case when d.kind = 'progress' and (d.status, d.filled) is distinct from (o.status, o.filled)
      then now_at else o.updated_at end
  from (
    select d.*, t.*, l.tid from unnest(given) d
    cross join lateral (
      select trim_scale(coalesce(sum(f.quantity), 0)) as filled, trim_scale(sum(f.price * f.quantity) / sum(f.quantity)) as average,
        trim_scale(coalesce(sum(f.fee) filter (where f.fee_currency = split_part(split_part(f.symbol, '/', 2), ':', 1)), 0)) as fee
      from shoal.strategy_fills f where f.order_id = d.id
    ) t
    -- A locked row stays at its place.
    cross join lateral (select o.ctid as tid from shoal.strategy_orders o where o.id = d.id offset 0) l
    where d.id = any (held)
  ) d
  where o.ctid = d.tid;

  update shoal.strategy_clock c set revision = c.revision + 1
  where c.strategy_id = any (array(
    select o.strategy_id from unnest(held) h (id)
    cross join lateral (select t.strategy_id from shoal.strategy_orders t where t.id = h.id offset 0) o
    where o.strategy_id = any (told)
  ));
  if exists (select from unnest(given) d where d.kind = 'released' and d.id = any (held)) then
    perform pg_notify('shoal_orders', '');
  end if;
  if cardinality(held) < cardinality(given) then
    return query
    select d.id from unnest(given) d
    where not coalesce((
      select o.epoch = d.epoch and o.holder = p_holder from shoal.strategy_orders o where o.id = d.id
    ), false);
  end if;
end
$$;

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
    t.price::text, t.status, t.filled::text, t.is_cancel_wanted, t.attempts, extract(epoch from t.intended_at)::float8 * 1000,
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

-- Notes that the send of an order begins, so that a sender who dies is known to have perhaps sent it. False: it must not be sent, because
-- others have it, or a cancel is wanted.
create or replace function shoal.order_begin_send(p_holder text, p_id uuid, p_epoch bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update shoal.strategy_orders o
  set status = 'sent', sent_at = clock_timestamp(), updated_at = clock_timestamp()
  where o.id = p_id and o.epoch = p_epoch and o.holder = p_holder and o.claimed_at is not null
    and o.status = 'intended' and not o.is_cancel_wanted;
  return found;
end
$$;

-- Extends leases, and returns the ids of the orders that are still ours. A locked row is returned without being extended.
create or replace function shoal.order_extend(
  p_holder text, p_lease_ms double precision, p_ids uuid[], p_epochs bigint[]
) returns setof uuid
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  with held as materialized (
    select mine.id from unnest(p_ids, p_epochs) as mine (id, epoch)
    cross join lateral (
      select from shoal.strategy_orders o
      where o.id = mine.id and o.epoch = mine.epoch and o.holder = p_holder and o.claimed_at is not null offset 0
    ) o
  ), free as materialized (
    select o.ctid as tid from shoal.strategy_orders o
    where o.id = any (array(select h.id from held h)) and o.holder = p_holder and o.claimed_at is not null
    for no key update of o skip locked
  ), extended as (
    update shoal.strategy_orders o set check_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from free f where o.ctid = f.tid
  )
  select h.id from held h;
end
$$;

call shoal.seal_schema();
