-- Budgets: replicas that share a project spend its joins together, out of one row, on the clock of this database. The rules are those of
-- packages/realtime-pool (window-budget.ts, shared/join-ledger.ts, shared/deal-joins.ts), where each has its reason; a test compares the two.
-- Times are in ms since 1970. What is spent is counted by seconds, and for two seconds more than the window: a grant may be used so much later.

create table if not exists shoal.budgets (
  name text primary key check (char_length(name) between 1 and 100),
  -- What was granted, by seconds: when each began, in order, and how much.
  slice_at bigint[] not null default '{}',
  slice_count integer[] not null default '{}',
  -- When the server's counter may have started, in order: what counts from the first, looked at as from the last.
  start_first bigint[] not null default '{}',
  start_last bigint[] not null default '{}',
  -- The last "too many" of the server, and what it left.
  throttle_at bigint,
  throttle_ratio double precision,
  throttle_step double precision,
  throttle_at_once double precision,
  check (cardinality(slice_at) = cardinality(slice_count)),
  check (cardinality(start_first) = cardinality(start_last))
) with (fillfactor = 50);

create table if not exists shoal.budget_askers (
  name text not null references shoal.budgets on delete cascade,
  replica_id text not null check (char_length(replica_id) between 1 and 200),
  asked_at bigint not null,
  -- Since when it has asked for more than it was granted.
  since_at bigint not null,
  -- What it asked for last and was not granted.
  wanted integer not null,
  -- What it was granted of late, halved every 20 s.
  had integer not null,
  had_at bigint not null,
  granted_at bigint,
  primary key (name, replica_id)
) with (fillfactor = 50);

alter table shoal.budgets enable row level security;
alter table shoal.budget_askers enable row level security;

comment on table shoal.budgets is 'Joins that all daemons on this database have spent of the project''s limit within the last minute; changed by shoal.budget_turn alone.';

-- Returns what was spent and still counts, of what was spent from p_since on.
create or replace function shoal.budget_spent(b shoal.budgets, p_since double precision, p_now bigint, p_window_ms bigint) returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(s.count), 0) from unnest(b.slice_at, b.slice_count) as s(at, count)
  where s.at + 1000 + 2000 + 500 + p_window_ms > p_now and s.at + 1000 > p_since
$$;

create or replace function shoal.budget_is_cooling(b shoal.budgets, p_now bigint) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_now >= b.throttle_at and p_now < b.throttle_at + 10000, false)
$$;

-- Returns what rate signals left of the share, 0 to 1.
create or replace function shoal.budget_ratio(b shoal.budgets, p_now bigint) returns double precision
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(least(1, b.throttle_ratio + floor(greatest(0, p_now - b.throttle_at) / 60000.0) * b.throttle_step), 1)
$$;

-- Returns what is spent and the most that may be, by the rule that leaves least. p_rate: joins per second that are ours.
create or replace function shoal.budget_usage(
  b shoal.budgets, p_rate double precision, p_window_ms bigint, p_now bigint, p_ratio double precision,
  out used bigint, out allowed bigint
)
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_rate constant double precision := case when shoal.budget_is_cooling(b, p_now) then 0 else p_rate * p_ratio end;
  v_used bigint;
  v_allowed bigint;
  v_ticks bigint;
begin
  used := shoal.budget_spent(b, 0, p_now, p_window_ms);
  allowed := greatest(0, ceil(v_rate * p_window_ms / 1000 - 1e-6) - 1);
  for i in 1 .. cardinality(b.start_last) loop
    continue when p_now - b.start_last[i] >= p_window_ms;
    v_ticks := floor(greatest(0, p_now - b.start_last[i] - 500) / 5000.0);
    v_used := shoal.budget_spent(b, b.start_first[i], p_now, p_window_ms);
    v_allowed := greatest(0, ceil(v_rate * least(p_window_ms, (v_ticks + 2) * 5000) / 1000 - 1e-6) - 1);
    if v_allowed - v_used < allowed - used then
      used := v_used;
      allowed := v_allowed;
    end if;
  end loop;
end
$$;

-- Returns the most that may be granted now, leaving p_kept of all that is allowed; at least one when nothing is in the window.
create or replace function shoal.budget_room(
  b shoal.budgets, p_rate double precision, p_window_ms bigint, p_now bigint, p_kept double precision
) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_ratio constant double precision := shoal.budget_ratio(b, p_now);
  v_usage constant record := shoal.budget_usage(b, p_rate, p_window_ms, p_now, v_ratio);
  v_known record;
  v_left bigint := v_usage.allowed - floor(v_usage.allowed * p_kept + 1e-6) - v_usage.used;
  v_turn_ms double precision;
begin
  if b.throttle_at_once < 1 and v_ratio < 1 then
    v_known := shoal.budget_usage(b, p_rate, p_window_ms, p_now, b.throttle_at_once);
    v_turn_ms := greatest(1000, 1000 / (p_rate * v_ratio));
    v_left := least(v_left, greatest(
      v_known.allowed - v_known.used,
      greatest(1, floor(p_rate * v_ratio * v_turn_ms / 1000 + 1e-6)) - shoal.budget_spent(b, p_now - v_turn_ms, p_now, p_window_ms)
    ));
  end if;
  return greatest(v_left, case when v_usage.used = 0 and not shoal.budget_is_cooling(b, p_now) then 1 else 0 end);
end
$$;

-- Counts what was spent. A clock that went back adds to the newest second: counting late is the safe side.
create or replace function shoal.budget_record(b shoal.budgets, p_now bigint, p_count bigint, p_window_ms bigint) returns shoal.budgets
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_slice constant bigint := p_now / 1000 * 1000;
  v_last constant integer := cardinality(b.slice_at);
begin
  if v_last > 0 and b.slice_at[v_last] >= v_slice then
    b.slice_count[v_last] := b.slice_count[v_last] + p_count;
    return b;
  end if;
  select coalesce(array_agg(s.at order by s.at), '{}') || v_slice,
    coalesce(array_agg(s.count order by s.at), '{}') || p_count::integer
  into b.slice_at, b.slice_count
  from unnest(b.slice_at, b.slice_count) as s(at, count) where s.at + 1000 + 2000 + 500 + p_window_ms > p_now;
  return b;
end
$$;

-- The server may have started anew; p_is_certain: it has forgotten what was spent before.
create or replace function shoal.budget_started(b shoal.budgets, p_now bigint, p_is_certain boolean, p_window_ms bigint) returns shoal.budgets
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_last integer;
begin
  if p_is_certain then
    select coalesce(array_agg(s.at order by s.at), '{}'), coalesce(array_agg(s.count order by s.at), '{}')
    into b.slice_at, b.slice_count
    from unnest(b.slice_at, b.slice_count) as s(at, count) where s.at + 1000 > p_now - 2000;
    b.start_first := array[p_now - 2000];
    b.start_last := array[p_now];
    return b;
  end if;
  select coalesce(array_agg(s.first order by s.first), '{}'), coalesce(array_agg(s.last order by s.first), '{}')
  into b.start_first, b.start_last
  from unnest(b.start_first, b.start_last) as s(first, last) where p_now - s.last < p_window_ms;
  v_last := cardinality(b.start_first);
  if v_last > 0 and p_now - b.start_first[v_last] < 5000 then
    b.start_last[v_last] := p_now;
  else
    b.start_first := b.start_first || p_now - 2000;
    b.start_last := b.start_last || p_now;
  end if;
  return b;
end
$$;

-- Takes in what a replica has seen of the server. p_granted_at: when it was last granted something.
create or replace function shoal.budget_news(
  b shoal.budgets, p_news text, p_per_second double precision, p_share double precision, p_window_ms bigint, p_now bigint,
  p_granted_at bigint, p_is_alone boolean
) returns shoal.budgets
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_usage record;
  v_last constant integer := cardinality(b.start_first);
begin
  if p_news = 'limited' then
    if shoal.budget_is_cooling(b, p_now) then return b; end if;
    v_usage := shoal.budget_usage(b, p_per_second * p_share, p_window_ms, p_now, 1);
    b.throttle_ratio := greatest(1.0 / 16, least(
      shoal.budget_ratio(b, p_now), v_usage.used::double precision / (v_usage.allowed + 1) * p_share
    ) / 2);
    b.throttle_at := p_now;
    b.throttle_step := 1.0 / 20;
    b.throttle_at_once := 0;
  elsif p_news = 'let-in' then
    if b.throttle_at is null or b.throttle_at_once > 0 then return b; end if;
    b.throttle_at_once := least(
      1, shoal.budget_spent(b, p_now - p_window_ms + 1000, p_now, p_window_ms) / (p_per_second * p_window_ms / 1000)
    );
    b.throttle_ratio := greatest(b.throttle_ratio, b.throttle_at_once);
  elsif v_last > 0 and p_now - b.start_first[v_last] < 15000 and coalesce(p_granted_at, 0) <= b.start_first[v_last] then
    b.start_last[v_last] := p_now;
  else
    b := shoal.budget_started(b, p_now, p_news = 'restarted' and p_is_alone, p_window_ms);
  end if;
  return b;
end
$$;

-- Deals p_free among those who want some, so that afterwards all had the same, and returns the part of the first of them.
create or replace function shoal.budget_deal(p_free bigint, p_ids text[], p_wanted double precision[], p_had bigint[]) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_low bigint := 0;
  v_high bigint := p_free + (select max(h) from unnest(p_had) h);
  v_middle bigint;
  v_left bigint;
  v_is_next boolean;
begin
  if p_wanted[1] = 0 then return 0; end if;
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    if (select sum(least(p.wanted, greatest(0, v_middle - p.had))) from unnest(p_wanted, p_had) as p(wanted, had)) <= p_free then
      v_low := v_middle;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  v_left := p_free - (
    select sum(least(p.wanted, greatest(0, v_low - p.had))) from unnest(p_wanted, p_had) as p(wanted, had)
  );
  v_is_next := coalesce((
    select t.turn <= v_left from (
      select p.id, row_number() over (order by p.wanted = 'infinity', p.had, p.id collate "C") as turn
      from unnest(p_ids, p_wanted, p_had) as p(id, wanted, had)
      where least(p.wanted, greatest(0, v_low + 1 - p.had)) > least(p.wanted, greatest(0, v_low - p.had))
    ) t where t.id = p_ids[1]
  ), false);
  return least(p_wanted[1], greatest(0, v_low - p_had[1])) + v_is_next::integer;
end
$$;

-- Takes in what a replica tells and grants what it may join, as applyTurn of shared/join-ledger.ts does. p_turn: `urgent` and `idle` (what it
-- asks for), `news` (what it has seen of the server, in order), `spent` (what it joined while it could not ask), `back` (grants that it does
-- not use: [[slice, count]]). p_live: replicas that run bots. The budget's row is locked by the caller.
create or replace function shoal.budget_step(
  p_name text, p_replica_id text, p_live text[], p_per_second double precision, p_share double precision, p_window_ms bigint,
  p_now bigint, p_turn jsonb
) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_rate constant double precision := p_per_second * p_share;
  v_urgent bigint := (p_turn ->> 'urgent')::bigint;
  v_idle bigint := (p_turn ->> 'idle')::bigint;
  v_spent constant bigint := (p_turn ->> 'spent')::bigint;
  v_back bigint := 0;
  v_item record;
  v_at integer;
  v_before shoal.budgets;
  b shoal.budgets;
  a shoal.budget_askers;
  v_times bigint;
  v_parties record;
begin
  select * into strict b from shoal.budgets x where x.name = p_name;
  v_before := b;
  select * into a from shoal.budget_askers x where x.name = p_name and x.replica_id = p_replica_id;
  if not found then
    a := row(p_name, p_replica_id, p_now, p_now, 0, 0, p_now, null);
    delete from shoal.budget_askers x where x.name = p_name and x.asked_at < p_now - 600000 and x.replica_id <> all (p_live);
  end if;
  for v_item in select n.news from jsonb_array_elements_text(p_turn -> 'news') with ordinality n(news, place) order by n.place loop
    b := shoal.budget_news(
      b, v_item.news, p_per_second, p_share, p_window_ms, p_now, a.granted_at, p_live <@ array[p_replica_id]
    );
  end loop;
  for v_item in select (e ->> 0)::bigint as at, (e ->> 1)::integer as count from jsonb_array_elements(p_turn -> 'back') e loop
    v_at := array_position(b.slice_at, v_item.at);
    if v_at is not null then b.slice_count[v_at] := greatest(0, b.slice_count[v_at] - v_item.count); end if;
    v_back := v_back + v_item.count;
  end loop;
  if v_spent > 0 then b := shoal.budget_record(b, p_now, v_spent, p_window_ms); end if;
  -- The server's counter may have ended while nobody joined.
  if v_urgent + v_idle > 0 and b.slice_at[cardinality(b.slice_at)] <= p_now - 1000 - 2000 - p_window_ms - 5000 then
    b := shoal.budget_started(b, p_now, false, p_window_ms);
  end if;

  v_times := least(50, greatest(0, p_now - a.had_at) / 20000);
  a.had := floor(a.had / 2.0 ^ v_times);
  a.had_at := a.had_at + v_times * 20000;
  if not (v_idle > 0 and a.wanted > 0 and p_now - a.asked_at < 2000) then a.since_at := p_now; end if;
  -- The others: who waits with what it asked for, and in the first second of a line, before any is lent, all who may ask.
  select array_agg(p.id) as ids, array_agg(p.wanted) as wanted, array_agg(p.had) as had into v_parties from (
    select coalesce(l.id, x.replica_id) as id,
      case when x.wanted > 0 and p_now - x.asked_at < 2000 then x.wanted
        when p_now - a.since_at < 1000 and l.id is not null then 'infinity'::double precision else 0 end as wanted,
      coalesce(floor(x.had / 2.0 ^ least(50, greatest(0, p_now - x.had_at) / 20000)), 0)::bigint as had
    from (select distinct u as id from unnest(p_live) u) l
    full join (select * from shoal.budget_askers o where o.name = p_name) x on x.replica_id = l.id
    where coalesce(l.id, x.replica_id) <> p_replica_id
  ) p;
  v_urgent := least(v_urgent, shoal.budget_room(b, v_rate, p_window_ms, p_now, 0));
  a.wanted := v_idle;
  if v_idle > 0 then
    v_idle := shoal.budget_deal(
      greatest(0, shoal.budget_room(b, v_rate, p_window_ms, p_now, 0.1) - v_urgent),
      p_replica_id || coalesce(v_parties.ids, '{}'), v_idle::double precision || coalesce(v_parties.wanted, '{}'),
      a.had::bigint || coalesce(v_parties.had, '{}')
    );
  end if;
  if v_urgent + v_idle > 0 then b := shoal.budget_record(b, p_now, v_urgent + v_idle, p_window_ms); end if;
  a.asked_at := p_now;
  a.wanted := a.wanted - v_idle;
  a.had := greatest(0, a.had + v_urgent + v_idle + v_spent - v_back);
  if v_urgent + v_idle + v_spent > 0 then a.granted_at := p_now; end if;

  if b is distinct from v_before then
    update shoal.budgets x set
      slice_at = b.slice_at, slice_count = b.slice_count, start_first = b.start_first, start_last = b.start_last,
      throttle_at = b.throttle_at, throttle_ratio = b.throttle_ratio, throttle_step = b.throttle_step, throttle_at_once = b.throttle_at_once
    where x.name = p_name;
  else
    -- Who waits may be forgotten with the last moments before a crash, and need not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);
  end if;
  insert into shoal.budget_askers select a.*
  on conflict (name, replica_id) do update set
    asked_at = a.asked_at, since_at = a.since_at, wanted = a.wanted, had = a.had, had_at = a.had_at, granted_at = a.granted_at;

  return jsonb_build_object(
    'now_ms', p_now, 'urgent', v_urgent, 'idle', v_idle, 'slice_at_ms', b.slice_at[cardinality(b.slice_at)],
    'others_count', cardinality(array_remove(p_live, p_replica_id)),
    'slice_at', b.slice_at, 'slice_count', b.slice_count, 'start_first', b.start_first, 'start_last', b.start_last,
    'throttle_at', b.throttle_at, 'throttle_ratio', b.throttle_ratio, 'throttle_step', b.throttle_step,
    'throttle_at_once', b.throttle_at_once
  );
end
$$;

-- Moves back what a clock that was set back has left in the future: it would count until then, and keep the whole fleet from joining.
create or replace function shoal.budget_set_back(p_name text, p_now bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_ahead bigint;
begin
  select greatest(
    b.slice_at[cardinality(b.slice_at)], b.start_last[cardinality(b.start_last)], b.throttle_at,
    (select max(a.asked_at) from shoal.budget_askers a where a.name = p_name)
  ) - p_now into v_ahead
  from shoal.budgets b where b.name = p_name;
  if coalesce(v_ahead, 0) < 5000 then return; end if;
  update shoal.budgets b set
    slice_at = array(select t - v_ahead from unnest(b.slice_at) t order by t),
    start_first = array(select t - v_ahead from unnest(b.start_first) t order by t),
    start_last = array(select t - v_ahead from unnest(b.start_last) t order by t),
    throttle_at = b.throttle_at - v_ahead
  where b.name = p_name;
  -- Who waits asks again.
  delete from shoal.budget_askers a where a.name = p_name;
end
$$;

-- The turn of a replica, one at a time and on this clock. What it has seen of the server is told to the others (NOTIFY shoal_budget).
create or replace function shoal.budget_turn(
  p_name text, p_replica_id text, p_per_second double precision, p_share double precision, p_window_ms bigint, p_turn jsonb
) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_now bigint;
begin
  perform from shoal.budgets b where b.name = p_name for update;
  if not found then
    insert into shoal.budgets (name) values (p_name) on conflict do nothing;
    perform from shoal.budgets b where b.name = p_name for update;
  end if;
  v_now := floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  perform shoal.budget_set_back(p_name, v_now);
  if p_turn -> 'news' <> '[]' then perform pg_notify('shoal_budget', p_replica_id); end if;
  return shoal.budget_step(
    p_name, p_replica_id,
    array(
      select r.replica_id from shoal.replicas r
      where r.expires_at > clock_timestamp() and r.role in ('all', 'fleet') and not r.is_draining
    ),
    p_per_second, p_share, p_window_ms, v_now, p_turn
  );
end
$$;

call shoal.seal_schema();
