-- Figures of all trades and users for dashboards: sums that are kept, so that what a dashboard asks costs the same at any number of trades.
--
-- A trade is a row of shoal.strategy_fills. shoal.analytics_fold adds those that are new to the sums, a batch at a time; nothing is done
-- where trades are written. A trade is new by the transaction that wrote it (written_in), and transactions commit in another order than
-- they begin. So a fold says of transactions, not of times, what it has counted: all that a snapshot shows. What committed late is not in
-- that snapshot, and is in the next. Trades that are deleted before they were counted are counted by whoever deletes them; so sums never
-- lose what is gone.
--
-- Sums of money are of one currency each. Those by time are of a quarter of an hour, in which every time zone's days begin, and of a day
-- (UTC), which stands for its 96 quarters: shoal.analytics_parts.

-- Existing rows get the transaction of this file, without being written anew.
alter table shoal.strategy_fills add column if not exists written_in bigint not null default (pg_current_xact_id()::text::bigint);

create index if not exists strategy_fills_written_idx on shoal.strategy_fills (written_in, strategy_id, id);
create index if not exists strategy_fills_profit_idx on shoal.strategy_fills (profit_in, strategy_id, id) where profit_in is not null;

-- When the user first deployed; null for one who was deleted without ever having done so.
do $$
begin
  if not exists (
    select from pg_attribute a where a.attrelid = 'shoal.strategy_owners'::regclass and a.attname = 'created_at' and not a.attisdropped
  ) then
    alter table shoal.strategy_owners add column created_at timestamptz;
    update shoal.strategy_owners o
    set created_at = coalesce((select min(s.created_at) from shoal.strategies s where s.owner_id = o.owner_id), o.gone_at, clock_timestamp());
    alter table shoal.strategy_owners alter column created_at set default clock_timestamp();
  end if;
end
$$;

-- The operator is no user.
create index if not exists strategy_owners_created_idx on shoal.strategy_owners (created_at)
  where owner_id <> '00000000-0000-0000-0000-000000000000';

-- A place in the order in which trades are counted.
do $$
begin
  create type shoal.analytics_place as (written_in bigint, strategy_id uuid, id text);
exception when duplicate_object then null;
end
$$;

-- What is counted. Of transactions: all before counted_until, except some that were under way. While a fold has not come to its end, those
-- of target_until and target_except, in order, up to the places; a place beyond all: of these everything.
--
-- Its row is read by the key: reading a table whole is priced so high in these functions that Postgres compiles each plan that does it, for 50 ms.
create table if not exists shoal.analytics_state (
  is_only boolean primary key default true check (is_only),
  counted_until bigint not null default 0,
  counted_except bigint[] not null default '{}',
  -- All that was committed then is counted; null: nothing was counted yet.
  as_of timestamptz,
  target_until bigint,
  target_except bigint[],
  target_as_of timestamptz,
  trades_at shoal.analytics_place,
  profits_at shoal.analytics_place,
  -- What written_in has more than the number of its transaction: a database that was restored from a dump counts transactions anew.
  xid_offset bigint not null default 0,
  -- Of the app's own tables: the queries that read them, and the first day (UTC) that is counted again.
  own_trades text,
  own_users text,
  own_until date
);

insert into shoal.analytics_state default values on conflict do nothing;

create table if not exists shoal.analytics_totals (
  -- 15: a quarter of an hour; 1440: a day (UTC).
  minutes smallint not null check (minutes in (15, 1440)),
  at timestamptz not null,
  currency text not null,
  -- paper, exchange, or own: of the app's own table.
  venue text not null check (venue in ('paper', 'exchange', 'own')),
  trades bigint not null,
  -- Trades with a profit above 0, and below.
  wins bigint not null,
  losses bigint not null,
  volume numeric not null,
  fees numeric not null,
  profit numeric not null,
  primary key (minutes, at, currency, venue)
) with (fillfactor = 70);

create table if not exists shoal.analytics_assets (
  -- 60: an hour, kept for three days; 1440: a day (UTC).
  minutes smallint not null check (minutes in (60, 1440)),
  at timestamptz not null,
  currency text not null,
  symbol text not null,
  venue text not null,
  trades bigint not null,
  wins bigint not null,
  losses bigint not null,
  volume numeric not null,
  fees numeric not null,
  profit numeric not null,
  -- Null where only fees were in this currency.
  first_at timestamptz,
  first_price numeric,
  last_at timestamptz,
  last_price numeric,
  primary key (minutes, at, currency, symbol, venue)
) with (fillfactor = 70);

-- The only sums that name somebody: they go with the user.
create table if not exists shoal.analytics_users (
  -- Its first day (UTC).
  month date not null,
  currency text not null,
  user_id text not null,
  venue text not null,
  trades bigint not null,
  wins bigint not null,
  losses bigint not null,
  volume numeric not null,
  fees numeric not null,
  profit numeric not null,
  primary key (month, currency, user_id, venue)
) with (fillfactor = 70);

create index if not exists analytics_users_user_idx on shoal.analytics_users (user_id);

-- Numbers of users, from 0 on without gaps: the places of their bits. Null: of one who was forgotten.
create table if not exists shoal.analytics_user_numbers (
  number integer primary key,
  user_id text unique
);

-- Who traded, one bit a user, so that the users of any time are counted once each.
create table if not exists shoal.analytics_active (
  minutes smallint not null check (minutes in (15, 1440)),
  at timestamptz not null,
  venue text not null,
  users bit varying not null,
  primary key (minutes, at, venue)
);

-- How many strategies were running, at the first fold of each quarter of an hour.
create table if not exists shoal.analytics_gauges (
  at timestamptz primary key,
  running_strategies bigint not null
);

do $$
declare
  table_name text;
begin
  for table_name in
    select unnest(array['analytics_state', 'analytics_totals', 'analytics_assets', 'analytics_users', 'analytics_user_numbers',
      'analytics_active', 'analytics_gauges'])
  loop
    execute format('alter table shoal.%I enable row level security', table_name);
  end loop;
end
$$;

-- What is added to all sums: of one quarter of an hour, user, symbol and currency.
do $$
begin
  create type shoal.analytics_sum as (
    at timestamptz, user_id text, symbol text, currency text, venue text, trades bigint, wins bigint, losses bigint,
    volume numeric, fees numeric, profit numeric, first_at timestamptz, first_price numeric, last_at timestamptz, last_price numeric
  );
exception when duplicate_object then null;
end
$$;

-- Returns a string of so many bits with those of the numbers set.
create or replace function shoal.bits_of(p_numbers integer[], p_length integer) returns bit varying
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
declare
  bits bit varying := repeat('0', p_length);
  number integer;
begin
  foreach number in array p_numbers loop
    bits := set_bit(bits, number, 1);
  end loop;
  return bits;
end
$$;

-- Adds to the sums by time, and to those of users. The caller has locked shoal.analytics_state.
create or replace function shoal.analytics_add(p_sums shoal.analytics_sum[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  hours_from constant timestamptz := clock_timestamp() - interval '3 days';
  width integer;
begin
  insert into shoal.analytics_totals as t (minutes, at, currency, venue, trades, wins, losses, volume, fees, profit)
  select m.minutes, date_bin(m.minutes * interval '1 minute', s.at, '2000-01-01Z'), s.currency, s.venue, sum(s.trades), sum(s.wins),
    sum(s.losses), sum(s.volume), sum(s.fees), sum(s.profit)
  from unnest(p_sums) s cross join (values (15), (1440)) as m (minutes)
  group by 1, 2, 3, 4
  on conflict (minutes, at, currency, venue) do update
  set trades = t.trades + excluded.trades, wins = t.wins + excluded.wins, losses = t.losses + excluded.losses,
    volume = t.volume + excluded.volume, fees = t.fees + excluded.fees, profit = t.profit + excluded.profit;

  insert into shoal.analytics_assets as a (minutes, at, currency, symbol, venue, trades, wins, losses, volume, fees, profit,
    first_at, first_price, last_at, last_price)
  select m.minutes, date_bin(m.minutes * interval '1 minute', s.at, '2000-01-01Z'), s.currency, s.symbol, s.venue, sum(s.trades),
    sum(s.wins), sum(s.losses), sum(s.volume), sum(s.fees), sum(s.profit),
    min(s.first_at), (array_agg(s.first_price order by s.first_at))[1], max(s.last_at), (array_agg(s.last_price order by s.last_at desc nulls last))[1]
  from unnest(p_sums) s cross join (values (60), (1440)) as m (minutes)
  where m.minutes = 1440 or s.at >= hours_from
  group by 1, 2, 3, 4, 5
  on conflict (minutes, at, currency, symbol, venue) do update
  set trades = a.trades + excluded.trades, wins = a.wins + excluded.wins, losses = a.losses + excluded.losses,
    volume = a.volume + excluded.volume, fees = a.fees + excluded.fees, profit = a.profit + excluded.profit,
    first_price = case when excluded.first_at < a.first_at or a.first_at is null then excluded.first_price else a.first_price end,
    first_at = least(a.first_at, excluded.first_at),
    last_price = case when excluded.last_at >= a.last_at or a.last_at is null then excluded.last_price else a.last_price end,
    last_at = greatest(a.last_at, excluded.last_at);

  insert into shoal.analytics_users as u (month, currency, user_id, venue, trades, wins, losses, volume, fees, profit)
  select date_trunc('month', s.at, 'UTC') at time zone 'UTC', s.currency, s.user_id, s.venue, sum(s.trades), sum(s.wins), sum(s.losses),
    sum(s.volume), sum(s.fees), sum(s.profit)
  from unnest(p_sums) s
  where s.user_id is not null
  group by 1, 2, 3, 4
  on conflict (month, currency, user_id, venue) do update
  set trades = u.trades + excluded.trades, wins = u.wins + excluded.wins, losses = u.losses + excluded.losses,
    volume = u.volume + excluded.volume, fees = u.fees + excluded.fees, profit = u.profit + excluded.profit;

  insert into shoal.analytics_user_numbers (user_id, number)
  select n.user_id, (select coalesce(max(k.number), -1) from shoal.analytics_user_numbers k) + row_number() over (order by n.user_id)
  from (
    select distinct s.user_id from unnest(p_sums) s
    where s.user_id is not null and s.trades > 0
      and not exists (select from shoal.analytics_user_numbers k where k.user_id = s.user_id)
  ) n;

  -- In steps, so that few strings have to be made longer.
  select (coalesce(max(n.number), 0) + 1024) / 1024 * 1024 into width from shoal.analytics_user_numbers n;
  insert into shoal.analytics_active as a (minutes, at, venue, users)
  select g.minutes, g.at, g.venue, shoal.bits_of(array_agg(n.number), width)
  from (
    select distinct m.minutes, date_bin(m.minutes * interval '1 minute', s.at, '2000-01-01Z') as at, s.venue, s.user_id
    from unnest(p_sums) s cross join (values (15), (1440)) as m (minutes)
    where s.user_id is not null and s.trades > 0
  ) g
  join shoal.analytics_user_numbers n on n.user_id = g.user_id
  group by 1, 2, 3
  on conflict (minutes, at, venue) do update
  set users = (a.users || repeat('0', width - length(a.users))::bit varying)::bit varying | excluded.users;
end
$$;

-- Adds trades, and profits that became known later, to the sums. The caller has locked shoal.analytics_state.
create or replace function shoal.analytics_count(p_trades shoal.strategy_fills[], p_profits shoal.strategy_fills[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
  perform shoal.analytics_add(array(
    with changed as materialized (
      select date_bin('15 minutes', f.filled_at, '2000-01-01Z') as at, f.symbol, f.filled_at, f.price, f.is_new,
        case when o.gone_at is null and s.owner_id <> nobody then s.owner_id::text end as user_id,
        case s.venue when 'paper' then 'paper' else 'exchange' end as venue, q.currency, coalesce(nullif(f.fee_currency, ''), q.currency) as fee_currency,
        case when f.is_new then f.price * f.quantity else 0 end as volume,
        case when f.is_new then f.fee else 0 end as fee,
        -- One that becomes known later is a profit of its own.
        case when f.is_new and f.profit_in is not null then 0 else coalesce(f.realised_profit, 0) end as profit
      from (
        select t.*, true as is_new from unnest(p_trades) t union all select t.*, false from unnest(p_profits) t
      ) f
      cross join lateral (select k.owner_id, k.venue, k.account from shoal.strategies k where k.id = f.strategy_id offset 0) s
      left join lateral (select k.gone_at from shoal.strategy_owners k where k.owner_id = s.owner_id offset 0) o on true
      cross join lateral (
        select coalesce(nullif(split_part(split_part(f.symbol, '/', 2), ':', 1), ''), s.account ->> 'currency', '') as currency
      ) q
      -- A number that is none would stay in the sums for good.
      where f.price < 'Infinity' and f.quantity < 'Infinity' and f.fee > '-Infinity' and f.fee < 'Infinity'
        and coalesce(f.realised_profit > '-Infinity' and f.realised_profit < 'Infinity', true)
    )
    select row(c.at, c.user_id, c.symbol, c.currency, c.venue, count(*) filter (where c.is_new), count(*) filter (where c.profit > 0),
      count(*) filter (where c.profit < 0), sum(c.volume), coalesce(sum(c.fee) filter (where c.fee_currency = c.currency), 0),
      sum(c.profit),
      min(c.filled_at) filter (where c.is_new),
      (array_agg(c.price order by c.filled_at) filter (where c.is_new))[1],
      max(c.filled_at) filter (where c.is_new),
      (array_agg(c.price order by c.filled_at desc) filter (where c.is_new))[1])::shoal.analytics_sum
    from changed c group by c.at, c.user_id, c.symbol, c.currency, c.venue
    union all
    select row(c.at, c.user_id, c.symbol, c.fee_currency, c.venue, 0, 0, 0, 0, sum(c.fee), 0, null, null, null, null)::shoal.analytics_sum
    from changed c where c.fee_currency <> c.currency and c.fee <> 0
    group by c.at, c.user_id, c.symbol, c.fee_currency, c.venue
  ));
end
$$;

-- Says whether what was written at a place is counted; p_reached: how far the fold that has not come to its end is with its kind.
create or replace function shoal.analytics_is_counted(
  p_state shoal.analytics_state, p_place shoal.analytics_place, p_reached shoal.analytics_place
) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select p_place.written_in < p_state.counted_until and p_place.written_in <> all (p_state.counted_except)
    or coalesce(p_place.written_in < p_state.target_until and p_place.written_in <> all (p_state.target_except)
      and (p_place.written_in, p_place.strategy_id, p_place.id) <= (p_reached.written_in, p_reached.strategy_id, p_reached.id), false)
$$;

-- Everything that was written before is counted.
create or replace function shoal.analytics_uncounted_from() returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select least(s.counted_until, (select min(e) from unnest(s.counted_except) e)) from shoal.analytics_state s where s.is_only
$$;

-- Counts those of p_fills that are not counted yet, because they are about to go. Waits for a fold under way only where there may be some.
create or replace function shoal.analytics_count_last(p_fills shoal.strategy_fills[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  state shoal.analytics_state;
begin
  if cardinality(p_fills) = 0 then return; end if;
  select * into state from shoal.analytics_state s where s.is_only for update;
  perform shoal.analytics_count(array(
    select f from unnest(p_fills) f
    where not shoal.analytics_is_counted(state, row(f.written_in, f.strategy_id, f.id)::shoal.analytics_place, state.trades_at)
  ), array(
    select f from unnest(p_fills) f
    where f.profit_in is not null
      and not shoal.analytics_is_counted(state, row(f.profit_in, f.strategy_id, f.id)::shoal.analytics_place, state.profits_at)
  ));
end
$$;

-- The triggers run with the rights of their owner: a role that may delete need not be allowed to count.
create or replace function shoal.strategy_fills_count_last() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  since constant bigint := shoal.analytics_uncounted_from();
begin
  perform shoal.analytics_count_last(array(
    select g::shoal.strategy_fills from gone g where greatest(g.written_in, g.profit_in) >= since
  ));
  return null;
end
$$;

create or replace trigger strategy_fills_count_last after delete on shoal.strategy_fills
referencing old table as gone for each statement execute function shoal.strategy_fills_count_last();

-- Whose trades they were is not known any more once the strategy has gone.
create or replace function shoal.strategies_count_last() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  since constant bigint := shoal.analytics_uncounted_from();
begin
  perform shoal.analytics_count_last(array(
    select f from shoal.strategy_fills f where f.strategy_id = old.id and greatest(f.written_in, f.profit_in) >= since
  ));
  return old;
end
$$;

create or replace trigger strategies_count_last before delete on shoal.strategies
for each row execute function shoal.strategies_count_last();

-- Says up to where a fold counts: all that is committed now. Not what its own transaction has written, which may write more.
create or replace function shoal.analytics_aim(p_state shoal.analytics_state) returns shoal.analytics_state
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  -- Before the snapshot: what is seen now was written before that, or by this transaction.
  newest constant bigint := greatest(p_state.counted_until,
    (select f.written_in from shoal.strategy_fills f order by f.written_in desc limit 1),
    (select f.profit_in from shoal.strategy_fills f where f.profit_in is not null order by f.profit_in desc limit 1));
  snapshot pg_snapshot;
begin
  p_state.target_as_of := clock_timestamp();
  snapshot := pg_current_snapshot();
  -- In a database that was restored from a dump, transactions have lower numbers than before: new ones go on after the old ones.
  if newest > greatest(pg_snapshot_xmax(snapshot), pg_current_xact_id())::text::bigint + p_state.xid_offset then
    p_state.xid_offset := newest + 1 - pg_snapshot_xmin(snapshot)::text::bigint;
    execute format(
      'alter table shoal.strategy_fills alter column written_in set default (pg_current_xact_id()::text::bigint + %s)', p_state.xid_offset);
  end if;
  p_state.target_until := pg_snapshot_xmax(snapshot)::text::bigint + p_state.xid_offset;
  p_state.target_except := array(
    select x::text::bigint + p_state.xid_offset from pg_snapshot_xip(snapshot) x
    union select own::text::bigint + p_state.xid_offset from pg_current_xact_id() own where own < pg_snapshot_xmax(snapshot)
  );
  p_state.trades_at := row(0, '00000000-0000-0000-0000-000000000000', '');
  p_state.profits_at := p_state.trades_at;
  return p_state;
end
$$;

-- Adds what is new to all sums, at most p_limit trades and as many late profits: folded, of both. has_more: there is more, or another
-- fold is under way. as_of: all that was committed then is counted.
create or replace function shoal.analytics_fold(p_limit integer default 10000, out folded integer, out has_more boolean, out as_of timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  the_end constant shoal.analytics_place := row(9223372036854775807, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '');
  state shoal.analytics_state;
  is_old boolean;
  is_done boolean;
  -- One bound for each look into an index: of two it would take the farther one to begin at.
  trades_from shoal.analytics_place;
  profits_from shoal.analytics_place;
  trades shoal.strategy_fills[];
  profits shoal.strategy_fills[];
begin
  if p_limit is null or p_limit < 1 then
    raise exception 'A fold must count at least one trade.' using errcode = 'invalid_parameter_value';
  end if;
  select * into state from shoal.analytics_state s where s.is_only for update skip locked;
  if not found then
    select 0, true, s.as_of into folded, has_more, as_of from shoal.analytics_state s where s.is_only;
    return;
  end if;
  is_old := state.target_until is not null;
  if not is_old then state := shoal.analytics_aim(state); end if;
  trades_from := greatest(state.trades_at, row(state.counted_until, '00000000-0000-0000-0000-000000000000', '')::shoal.analytics_place);
  profits_from := greatest(state.profits_at, row(state.counted_until, '00000000-0000-0000-0000-000000000000', '')::shoal.analytics_place);

  trades := array(
    select f from (
      (
        select f from shoal.strategy_fills f
        where (f.written_in, f.strategy_id, f.id) > (trades_from.written_in, trades_from.strategy_id, trades_from.id)
          and f.written_in < state.target_until and f.written_in <> all (state.target_except)
        order by f.written_in, f.strategy_id, f.id limit p_limit
      )
      union all
      -- Of transactions that were under way when others were counted.
      select late.f from unnest(state.counted_except) e cross join lateral (
        select f from shoal.strategy_fills f
        where f.written_in = e and e <> all (state.target_except) and (f.written_in, f.strategy_id, f.id)
            > ((state.trades_at).written_in, (state.trades_at).strategy_id, (state.trades_at).id)
        order by f.written_in, f.strategy_id, f.id limit p_limit
      ) late
    ) n
    order by (n.f).written_in, (n.f).strategy_id, (n.f).id limit p_limit
  );
  profits := array(
    select f from (
      (
        select f from shoal.strategy_fills f
        where (f.profit_in, f.strategy_id, f.id) > (profits_from.written_in, profits_from.strategy_id, profits_from.id)
          and f.profit_in < state.target_until and f.profit_in <> all (state.target_except)
        order by f.profit_in, f.strategy_id, f.id limit p_limit
      )
      union all
      select late.f from unnest(state.counted_except) e cross join lateral (
        select f from shoal.strategy_fills f
        where f.profit_in = e and e <> all (state.target_except) and (f.profit_in, f.strategy_id, f.id)
            > ((state.profits_at).written_in, (state.profits_at).strategy_id, (state.profits_at).id)
        order by f.profit_in, f.strategy_id, f.id limit p_limit
      ) late
    ) n
    order by (n.f).profit_in, (n.f).strategy_id, (n.f).id limit p_limit
  );
  perform shoal.analytics_count(trades, profits);
  folded := cardinality(trades) + cardinality(profits);

  is_done := cardinality(trades) < p_limit and cardinality(profits) < p_limit;
  -- Since an earlier call has aimed, more was written.
  has_more := is_old or not is_done;
  state.trades_at := case when cardinality(trades) < p_limit then the_end
    else (select row(f.written_in, f.strategy_id, f.id)::shoal.analytics_place from unnest(trades[p_limit:]) f) end;
  state.profits_at := case when cardinality(profits) < p_limit then the_end
    else (select row(f.profit_in, f.strategy_id, f.id)::shoal.analytics_place from unnest(profits[p_limit:]) f) end;
  if is_done then
    state.counted_until := state.target_until;
    state.counted_except := state.target_except;
    state.as_of := state.target_as_of;
    state.target_until := null;
    state.target_except := null;
    state.target_as_of := null;
    perform shoal.analytics_tidy();
  end if;
  as_of := state.as_of;
  update shoal.analytics_state s
  set counted_until = state.counted_until, counted_except = state.counted_except, as_of = state.as_of,
    target_until = state.target_until, target_except = state.target_except, target_as_of = state.target_as_of,
    trades_at = state.trades_at, profits_at = state.profits_at, xid_offset = state.xid_offset
  where s.is_only;
end
$$;

-- Notes how many strategies run, once each quarter of an hour, and forgets hours of symbols that no range asks for any more.
create or replace function shoal.analytics_tidy() returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  now_at constant timestamptz := date_bin('15 minutes', clock_timestamp(), '2000-01-01Z');
begin
  if exists (select from shoal.analytics_gauges g where g.at = now_at) then return; end if;
  insert into shoal.analytics_gauges (at, running_strategies)
  select now_at, count(*) from shoal.strategies s where s.status = 'running';
  delete from shoal.analytics_assets a where a.minutes = 60 and a.at < now_at - interval '3 days';
end
$$;

-- Takes a user out of all that names one. What the user traded stays in the sums of everybody.
create or replace function shoal.analytics_forget_user(p_user_id text) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  -- A fold under way may be about to add the user.
  perform from shoal.analytics_state s where s.is_only for update;
  delete from shoal.analytics_users u where u.user_id = p_user_id;
  update shoal.analytics_user_numbers n set user_id = null where n.user_id = p_user_id;
end
$$;

call shoal.seal_schema();
