-- What is asked of the sums of 20261130003600_analytics.sql.
--
-- Each query has the same parameters in the same order, whatever it makes of them, and so has one that an app puts in its place: from and to
-- (of the range; to is now), the zone, the limit, the currency, the venue (all, paper, exchange, own), from and to of the period before
-- (null where there is none), and the range by its name. Money is of one currency, and of every digit.
--
-- Planner settings, and "offset 0", as in 20261130003500_kept_plans.sql.

-- Cuts a time, whose ends are quarters of an hour, into at most three parts, each of which is to be looked up in one kind of sums.
create or replace function shoal.analytics_parts(p_from timestamptz, p_to timestamptz)
returns table (minutes smallint, from_at timestamptz, to_at timestamptz)
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select w.* from (
    -- The whole days in it: from the first midnight (UTC) in it to the last.
    select date_bin('1 day', p_to, '2000-01-01Z') as last_at,
      case when date_bin('1 day', p_from, '2000-01-01Z') < p_from then date_bin('1 day', p_from, '2000-01-01Z') + interval '24 hours'
        else p_from end as first_at
  ) d
  cross join lateral (
    select 15::smallint, p_from, p_to where d.first_at >= d.last_at
    union all select 15::smallint, p_from, d.first_at where d.first_at < d.last_at and p_from < d.first_at
    union all select 1440::smallint, d.first_at, d.last_at where d.first_at < d.last_at
    union all select 15::smallint, d.last_at, p_to where d.first_at < d.last_at and d.last_at < p_to
  ) w
  where p_from < p_to
$$;

-- When users came. shoal.analytics_follow puts an app's own table in the place of ours. The operator is no user.
do $$
begin
  if to_regclass('shoal.analytics_signups') is null then
    create view shoal.analytics_signups as
    select o.created_at from shoal.strategy_owners o where o.owner_id <> '00000000-0000-0000-0000-000000000000';
  end if;
end
$$;

-- Returns when a day began in a zone. Where clocks go back over midnight it begins twice: the first time. A day that a zone has left out
-- begins, and ends, when the next one does.
create or replace function shoal.analytics_day_start(p_day date, p_zone text) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when ((d.at - interval '1 hour') at time zone p_zone)::date = p_day then d.at - interval '1 hour' else d.at end
  from (select p_day::timestamp at time zone p_zone as at) d
$$;

-- Returns the days of a time in a zone. `at` and `to_at`: where a day begins (shoal.analytics_day_start has the same expression) and ends.
create or replace function shoal.analytics_days(p_from timestamptz, p_to timestamptz, p_zone text)
returns table (day date, at timestamptz, to_at timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select e.* from (
    select d.day, d.start_at, lead(d.start_at) over (order by d.day) as end_at
    from (
      select s.day::date, case when ((s.at - interval '1 hour') at time zone p_zone)::date = s.day::date then s.at - interval '1 hour'
        else s.at end as start_at
      from (
        select g.day, g.day at time zone p_zone as at
        from generate_series((p_from at time zone p_zone)::date::timestamp, (p_to at time zone p_zone)::date + 2, interval '1 day') g (day)
      ) s
    ) d
  ) e
  where e.start_at < e.end_at and e.start_at < p_to
$$;

-- Returns what a range means now, and the currency that is asked for: by default the one with the most trades in the range, or else ever.
--
-- 24h: this hour and the 23 before. 7d and the like: today and the days before, in the zone; the period before ends where as much of
-- it has passed. month, last_month, year: in UTC.
create or replace function shoal.analytics_period(p_range text, p_zone text, p_now timestamptz, p_currency text, p_venue text)
returns table ("from" timestamptz, "to" timestamptz, before_from timestamptz, before_to timestamptz, currency text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  today constant date := p_now at time zone p_zone;
  days constant integer := case when p_range ~ '^\d+d$' then left(p_range, -1) end;
begin
  "to" := p_now;
  if p_range = '24h' then
    "from" := date_trunc('hour', p_now, p_zone) - interval '23 hours';
    before_from := "from" - interval '24 hours';
  elsif days is not null then
    "from" := shoal.analytics_day_start(today - days + 1, p_zone);
    before_from := shoal.analytics_day_start(today - 2 * days + 1, p_zone);
  elsif p_range = 'last_month' then
    "to" := date_trunc('month', p_now, 'UTC');
    "from" := date_trunc('month', "to" - interval '1 day', 'UTC');
  elsif p_range in ('month', 'year') then
    "from" := date_trunc(p_range, p_now, 'UTC');
  elsif p_range = 'all' then
    "from" := '-infinity';
  else
    raise exception 'There is no range %.', p_range using errcode = 'invalid_parameter_value';
  end if;
  if before_from is not null then
    before_to := least("from", date_bin('15 minutes', before_from + (p_now - "from"), '2000-01-01Z'));
  end if;
  currency := coalesce(p_currency, (
    select t.currency from shoal.analytics_parts("from", "to") w
    cross join lateral (
      select k.currency, k.trades from shoal.analytics_totals k
      where k.minutes = w.minutes and k.at >= w.from_at and k.at < w.to_at and (p_venue = 'all' or k.venue = p_venue) offset 0
    ) t
    group by 1 having sum(t.trades) > 0 order by sum(t.trades) desc, 1 limit 1
  ), (
    select t.currency from shoal.analytics_totals t
    where t.minutes = 1440 and (p_venue = 'all' or t.venue = p_venue)
    group by 1 having sum(t.trades) > 0 order by sum(t.trades) desc, 1 limit 1
  ));
  return next;
end
$$;

create or replace function shoal.analytics_dashboard(
  p_from timestamptz, p_to timestamptz, p_zone text, p_limit integer, p_currency text, p_venue text,
  p_before_from timestamptz, p_before_to timestamptz, p_range text
) returns table (
  currency text, "from" timestamptz, trades bigint, trades_before bigint, volume numeric, volume_before numeric, fees numeric,
  fees_before numeric, profit numeric, profit_before numeric, win_rate double precision, win_rate_before double precision,
  active_users bigint, active_users_before bigint, new_users bigint, new_users_before bigint, running_strategies bigint,
  running_strategies_before bigint
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  with period as materialized (
    select p.is_now, p.from_at, p.to_at from (values (true, p_from, p_to), (false, p_before_from, p_before_to)) as p (is_now, from_at, to_at)
    where p.from_at is not null
  ), figures as materialized (
    select p.is_now, m.*, u.*, n.*
    from period p
    cross join lateral (
      select coalesce(sum(t.trades), 0)::bigint as trades,
        coalesce(sum(t.volume) filter (where t.currency = p_currency), 0) as volume,
        coalesce(sum(t.fees) filter (where t.currency = p_currency), 0) as fees,
        coalesce(sum(t.profit) filter (where t.currency = p_currency), 0) as profit,
        (sum(t.wins) / nullif(sum(t.wins + t.losses), 0))::double precision as win_rate
      from shoal.analytics_parts(p.from_at, p.to_at) w
      cross join lateral (
        select k.* from shoal.analytics_totals k
        where k.minutes = w.minutes and k.at >= w.from_at and k.at < w.to_at and (p_venue = 'all' or k.venue = p_venue) offset 0
      ) t
    ) m
    cross join lateral (
      select coalesce(bit_count(bit_or(
          case when length(a.users) < l.width then (a.users || repeat('0', l.width - length(a.users))::bit varying)::bit varying
            else a.users end
        )), 0) as active_users
      from (select (coalesce(max(k.number), 0) + 1024) / 1024 * 1024 as width from shoal.analytics_user_numbers k) l
      cross join shoal.analytics_parts(p.from_at, p.to_at) w
      cross join lateral (
        select k.users from shoal.analytics_active k
        where k.minutes = w.minutes and k.at >= w.from_at and k.at < w.to_at and (p_venue = 'all' or k.venue = p_venue) offset 0
      ) a
    ) u
    cross join lateral (
      select count(*) as new_users from shoal.analytics_signups u
      where u.created_at >= p.from_at and u.created_at < p.to_at
    ) n
  )
  select p_currency, nullif(p_from, '-infinity'), n.trades, b.trades, trim_scale(n.volume), trim_scale(b.volume), trim_scale(n.fees),
    trim_scale(b.fees), trim_scale(n.profit), trim_scale(b.profit), n.win_rate, b.win_rate, n.active_users, b.active_users,
    n.new_users, b.new_users, (select count(*) from shoal.strategies s where s.status = 'running'),
    (select g.running_strategies from shoal.analytics_gauges g
     where g.at <= p_before_to and g.at > p_before_to - interval '1 hour' order by g.at desc limit 1)
  from figures n left join figures b on not b.is_now
  where n.is_now;
end
$$;

create or replace function shoal.analytics_revenue(
  p_from timestamptz, p_to timestamptz, p_zone text, p_limit integer, p_currency text, p_venue text,
  p_before_from timestamptz, p_before_to timestamptz, p_range text
) returns table (period text, at timestamptz, currency text, fees numeric, volume numeric, trades bigint)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  -- The first of all trades that has a time one can show.
  from_at constant timestamptz := case when p_from > '-infinity' then p_from else coalesce((
    select min(t.at) from shoal.analytics_totals t where t.minutes = 1440 and t.at >= '1970-01-01Z' and t.at < p_to
  ), p_to) end;
begin
  return query
  with series as materialized (
    select to_char(h.at at time zone p_zone, 'YYYY-MM-DD"T"HH24:MI') as period, h.at, h.at + interval '1 hour' as to_at
    from generate_series(from_at, p_to, interval '1 hour') h (at) where p_range = '24h' and h.at < p_to
    union all
    select to_char(d.day, case when m.is_monthly then 'YYYY-MM' else 'YYYY-MM-DD' end), min(d.at), max(d.to_at)
    from (select p_range in ('365d', 'all') as is_monthly) m
    cross join lateral shoal.analytics_days(from_at, p_to, p_zone) d
    where p_range <> '24h' group by 1
  ),
  -- As shoal.analytics_parts cuts them, for all of them at once.
  cut as materialized (
    select s.at, s.to_at, date_bin('1 day', s.at + interval '1 day' - interval '1 microsecond', '2000-01-01Z') as first_at,
      date_bin('1 day', s.to_at, '2000-01-01Z') as last_at
    from series s
  ), parts as materialized (
    select c.at, 1440 as minutes, c.first_at as from_at, c.last_at as to_at from cut c where c.first_at < c.last_at
    union all select c.at, 15, c.at, case when c.first_at < c.last_at then c.first_at else c.to_at end from cut c
    union all select c.at, 15, c.last_at, c.to_at from cut c where c.first_at < c.last_at and c.last_at < c.to_at
  ), sums as materialized (
    select w.at, sum(k.fees) as fees, sum(k.volume) as volume, sum(k.trades) as trades
    from parts w
    cross join lateral (
      select s.fees, s.volume, s.trades from shoal.analytics_totals s
      where s.minutes = w.minutes and s.at >= w.from_at and s.at < w.to_at and s.currency = p_currency
        and (p_venue = 'all' or s.venue = p_venue) offset 0
    ) k
    group by w.at
  )
  select s.period, s.at, p_currency, trim_scale(coalesce(t.fees, 0)), trim_scale(coalesce(t.volume, 0)), coalesce(t.trades, 0)::bigint
  from series s left join sums t on t.at = s.at order by s.at;
end
$$;

create or replace function shoal.analytics_user_growth(
  p_from timestamptz, p_to timestamptz, p_zone text, p_limit integer, p_currency text, p_venue text,
  p_before_from timestamptz, p_before_to timestamptz, p_range text
) returns table (day text, at timestamptz, new_users bigint, total_users bigint)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  from_at constant timestamptz := case when p_from > '-infinity' then p_from else coalesce((
    select min(u.created_at) from shoal.analytics_signups u where u.created_at >= '1970-01-01Z' and u.created_at < p_to
  ), p_to) end;
begin
  return query
  with days as materialized (
    select d.*, (
      select count(*) from shoal.analytics_signups u
      where u.created_at >= d.at and u.created_at < d.to_at
    ) as new_users
    from shoal.analytics_days(from_at, p_to, p_zone) d
  ), before as materialized (
    select count(*) as count from shoal.analytics_signups u
    where u.created_at < (select min(d.at) from days d)
  )
  select to_char(d.day, 'YYYY-MM-DD'), d.at, d.new_users, (b.count + sum(d.new_users) over (order by d.at))::bigint
  from days d cross join before b order by d.at;
end
$$;

-- p_by: profit or volume.
create or replace function shoal.analytics_top_users(
  p_from timestamptz, p_to timestamptz, p_zone text, p_limit integer, p_currency text, p_venue text,
  p_before_from timestamptz, p_before_to timestamptz, p_range text, p_by text
) returns table (
  rank bigint, user_id text, currency text, trades bigint, volume numeric, profit numeric, fees numeric, win_rate double precision
)
language plpgsql stable
set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select row_number() over (order by case p_by when 'profit' then t.profit else t.volume end desc, t.user_id), t.user_id, p_currency,
    t.trades, trim_scale(t.volume), trim_scale(t.profit), trim_scale(t.fees), t.win_rate
  from (
    select u.user_id, sum(u.trades)::bigint as trades, sum(u.volume) as volume, sum(u.profit) as profit, sum(u.fees) as fees,
      (sum(u.wins) / nullif(sum(u.wins + u.losses), 0))::double precision as win_rate
    from shoal.analytics_users u
    where u.month >= (p_from at time zone 'UTC')::date and u.month < p_to at time zone 'UTC'
      and u.currency = p_currency and (p_venue = 'all' or u.venue = p_venue)
    group by u.user_id having sum(u.trades) > 0
  ) t
  order by 1 limit p_limit;
end
$$;

-- By the hour (UTC).
create or replace function shoal.analytics_asset_performance(
  p_from timestamptz, p_to timestamptz, p_zone text, p_limit integer, p_currency text, p_venue text,
  p_before_from timestamptz, p_before_to timestamptz, p_range text
) returns table (
  symbol text, currency text, trades bigint, volume numeric, profit numeric, fees numeric, win_rate double precision,
  last_price numeric, change_ratio double precision
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select t.symbol, p_currency, t.trades, trim_scale(t.volume), trim_scale(t.profit), trim_scale(t.fees), t.win_rate,
    trim_scale(t.last_price), (t.last_price / t.first_price - 1)::double precision
  from (
    select a.symbol, sum(a.trades)::bigint as trades, sum(a.volume) as volume, sum(a.profit) as profit, sum(a.fees) as fees,
      (sum(a.wins) / nullif(sum(a.wins + a.losses), 0))::double precision as win_rate,
      (array_agg(a.first_price order by a.first_at))[1] as first_price,
      (array_agg(a.last_price order by a.last_at desc nulls last))[1] as last_price
    from shoal.analytics_parts(p_from, p_to) w
    cross join lateral (
      select k.* from shoal.analytics_assets k
      where k.minutes = case w.minutes when 15 then 60 else 1440 end and k.at >= w.from_at and k.at < w.to_at
        and k.currency = p_currency and (p_venue = 'all' or k.venue = p_venue) offset 0
    ) a
    group by a.symbol having sum(a.trades) > 0
  ) t
  order by t.volume desc, t.symbol limit p_limit;
end
$$;

call shoal.seal_schema();
