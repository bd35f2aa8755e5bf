-- Trades and users of an app's own tables, which the fleet file names (analytics.trades, analytics.users).
--
-- Trades of such a table are counted beside ours, with the venue `own`. Nothing is known there of transactions: they are counted by the day
-- (UTC) on which they were made. Yesterday and today are counted again each time, and what is other than before is added, so that a
-- trade may come late, change or go within that time. Users of such a table take the place of ours.

-- What was counted of the days that are counted again.
create table if not exists shoal.analytics_own_days (
  day date primary key,
  sums shoal.analytics_sum[] not null
);
alter table shoal.analytics_own_days enable row level security;

-- Says from where own trades and users are read: queries, of the columns that the views below have; null: there are none. All daemons of a
-- database must say the same. Own trades that were counted from elsewhere are taken out of all sums.
create or replace function shoal.analytics_follow(p_trades text, p_users text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  state shoal.analytics_state;
begin
  -- As it mostly is: nobody waits for a fold that is under way then.
  if exists (
    select from shoal.analytics_state s where s.is_only and s.own_trades is not distinct from p_trades and s.own_users is not distinct from p_users
  ) then return; end if;
  select * into state from shoal.analytics_state s where s.is_only for update;
  if p_users is distinct from state.own_users then
    execute 'create or replace view shoal.analytics_signups as ' || coalesce(p_users,
      'select o.created_at from shoal.strategy_owners o where o.owner_id <> ''00000000-0000-0000-0000-000000000000''');
    update shoal.analytics_state s set own_users = p_users where s.is_only;
  end if;
  if p_trades is distinct from state.own_trades then
    drop view if exists shoal.analytics_own_trades;
    if p_trades is not null then
      execute 'create view shoal.analytics_own_trades as ' || p_trades;
      perform t.user_id, t.symbol, t.currency, t.quantity, t.price, t.volume, t.profit, t.fee, t.at from shoal.analytics_own_trades t limit 0;
    end if;
    delete from shoal.analytics_totals t where t.venue = 'own';
    delete from shoal.analytics_assets a where a.venue = 'own';
    delete from shoal.analytics_users u where u.venue = 'own';
    delete from shoal.analytics_active a where a.venue = 'own';
    delete from shoal.analytics_own_days;
    update shoal.analytics_state s set own_trades = p_trades, own_until = null where s.is_only;
  end if;
  call shoal.seal_schema();
end
$$;

-- Counts one day of own trades, and adds to the sums what is other than when it was counted before.
create or replace function shoal.analytics_count_own(p_day date) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  before constant shoal.analytics_sum[] := coalesce((select d.sums from shoal.analytics_own_days d where d.day = p_day), '{}');
  now_are constant shoal.analytics_sum[] := array(
    select row(date_bin('15 minutes', t.at, '2000-01-01Z'), t.user_id, t.symbol, t.currency, 'own', count(*),
      count(*) filter (where t.profit > 0), count(*) filter (where t.profit < 0), sum(t.volume), sum(t.fee), sum(t.profit),
      min(t.at), (array_agg(t.price order by t.at))[1], max(t.at), (array_agg(t.price order by t.at desc))[1])::shoal.analytics_sum
    from (
      select o.at, o.user_id, o.symbol, coalesce(o.profit, 0) as profit, coalesce(o.fee, 0) as fee,
        coalesce(o.currency, nullif(split_part(split_part(o.symbol, '/', 2), ':', 1), ''), '') as currency,
        coalesce(o.price, o.volume / nullif(o.quantity, 0)) as price, coalesce(o.volume, o.price * o.quantity, 0) as volume
      from shoal.analytics_own_trades o
      where o.at >= p_day::timestamp at time zone 'UTC' and o.at < (p_day + 1)::timestamp at time zone 'UTC' and o.symbol is not null
    ) t
    where t.volume > '-Infinity' and t.volume < 'Infinity' and t.fee > '-Infinity' and t.fee < 'Infinity'
      and t.profit > '-Infinity' and t.profit < 'Infinity'
    group by date_bin('15 minutes', t.at, '2000-01-01Z'), t.user_id, t.symbol, t.currency
  );
begin
  perform shoal.analytics_add(array(
    select row(s.at, s.user_id, s.symbol, s.currency, 'own', sum(s.trades * s.sign), sum(s.wins * s.sign), sum(s.losses * s.sign),
      sum(s.volume * s.sign), sum(s.fees * s.sign), sum(s.profit * s.sign),
      min(s.first_at), min(s.first_price), max(s.last_at), max(s.last_price))::shoal.analytics_sum
    from (
      select n.*, 1 as sign from unnest(now_are) n
      union all
      select b.at, b.user_id, b.symbol, b.currency, b.venue, b.trades, b.wins, b.losses, b.volume, b.fees, b.profit,
        null, null, null, null, -1
      from unnest(before) b
    ) s
    group by s.at, s.user_id, s.symbol, s.currency
    having (sum(s.trades * s.sign), sum(s.wins * s.sign), sum(s.losses * s.sign), sum(s.volume * s.sign), sum(s.fees * s.sign),
      sum(s.profit * s.sign)) is distinct from (0, 0, 0, 0, 0, 0)
  ));
  insert into shoal.analytics_own_days as d (day, sums) values (p_day, now_are) on conflict (day) do update set sums = excluded.sums;
  return (select coalesce(sum(n.trades), 0) from unnest(now_are) n) - (select coalesce(sum(b.trades), 0) from unnest(before) b);
end
$$;

-- Adds own trades to all sums: one day that is over, or yesterday and today. folded: how many more they are than before.
create or replace function shoal.analytics_fold_own(out folded integer, out has_more boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  today constant date := statement_timestamp() at time zone 'UTC';
  state shoal.analytics_state;
  first_day date;
begin
  folded := 0;
  select * into state from shoal.analytics_state s where s.is_only for update skip locked;
  has_more := not found;
  if has_more or state.own_trades is null then return; end if;
  -- Yesterday also on the day of the first count, where the table is empty then or began that day.
  first_day := coalesce(state.own_until, least(today - 1, (
    select min(t.at) at time zone 'UTC' from shoal.analytics_own_trades t where t.at >= '1970-01-01Z'
  )::date));
  if first_day < today - 1 then
    folded := shoal.analytics_count_own(first_day);
    delete from shoal.analytics_own_days d where d.day <= first_day;
    first_day := first_day + 1;
    has_more := true;
  else
    for n in 0..(today - first_day) loop
      folded := folded + shoal.analytics_count_own(first_day + n);
    end loop;
  end if;
  update shoal.analytics_state s set own_until = first_day where s.is_only;
end
$$;

call shoal.seal_schema();
