-- Budgets of replies by language models, which all daemons on this database share. Amounts are millionths of a US dollar. What a reply costs at worst is
-- taken before it is asked for, and given back, or taken beyond, when it is known. A reservation that nobody settles stays taken: its daemon has died,
-- and the reply may have been made. Days and months are those of UTC, by the clock of this database.

create table if not exists shoal.reply_budgets (
  -- `conversation:<match>`, `day:<date>`, `month:<month>`, `person:<hash of day and person>`: the id of a person is not kept, so that erasing oneself
  -- is no way around the limit.
  name text primary key check (char_length(name) between 1 and 100),
  taken_micros bigint not null default 0,
  -- When the row may go.
  ends_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Replies that are under way.
create table if not exists shoal.reply_reservations (
  id uuid primary key,
  -- The budgets that it was taken from.
  names text[] not null,
  worst_micros bigint not null check (worst_micros >= 0),
  reserved_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.02);

alter table shoal.reply_budgets enable row level security;
alter table shoal.reply_reservations enable row level security;

comment on table shoal.reply_budgets is 'What replies by language models have taken of each budget; changed by shoal.reply_reserve and shoal.reply_settle alone.';

-- Returns the budgets of a reply, from the narrowest to the widest: conversation, person, day, month.
create or replace function shoal.reply_budget_names(p_at timestamptz, p_conversation text, p_person text) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select array[
    'conversation:' || p_conversation,
    'person:' || encode(sha256(convert_to(to_char(p_at at time zone 'UTC', 'YYYY-MM-DD:') || p_person, 'UTF8')), 'hex'),
    'day:' || to_char(p_at at time zone 'UTC', 'YYYY-MM-DD'),
    'month:' || to_char(p_at at time zone 'UTC', 'YYYY-MM')
  ]
$$;

-- Says when the row of a budget that is used now may go: later than any conversation lasts.
create or replace function shoal.reply_budget_end(p_name text, p_at timestamptz) returns timestamptz
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select p_at + case when starts_with(p_name, 'month:') then interval '40 days' else interval '2 days' end
$$;

-- Reserves at p_at; as shoal.reply_reserve.
create or replace function shoal.reply_reserve_at(p_at timestamptz, p_limits jsonb, p_asks jsonb) returns table (id uuid, refused_by text)
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  scopes constant text[] := array['conversation', 'person', 'day', 'month'];
  limits constant bigint[] := array(select (p_limits ->> s.scope)::bigint from unnest(scopes) with ordinality s(scope, nth) order by s.nth);
  v_names text[];
  v_taken bigint[];
  v_before bigint[];
  v_places integer[];
  ask record;
begin
  if array_position(limits, null) is not null or 0 > any (limits) then
    raise exception 'Each of the four budgets of replies needs a limit of 0 or more.' using errcode = 'invalid_parameter_value';
  end if;
  select array_agg(n.name order by n.name) into v_names from (
    select distinct unnest(shoal.reply_budget_names(p_at, a.conversation, a.person)) as name
    from jsonb_to_recordset(p_asks) as a(conversation text, person text)
  ) n;
  if v_names is null then return; end if;
  -- In one order, whatever is asked for: a day that is in the line of all is never waited for while anything that others wait for is held.
  insert into shoal.reply_budgets (name, ends_at)
  select n.name, shoal.reply_budget_end(n.name, p_at) from unnest(v_names) with ordinality n(name, nth) order by n.nth
  on conflict do nothing;
  select array_agg(b.taken_micros order by b.name) into v_taken from (
    select held.name, held.taken_micros from unnest(v_names) with ordinality n(name, nth)
    join shoal.reply_budgets held on held.name = n.name
    order by n.nth for no key update of held
  ) b;
  v_before := v_taken;

  for ask in
    select a.id, a.worst, shoal.reply_budget_names(p_at, a.conversation, a.person) as names
    from rows from (jsonb_to_recordset(p_asks) as (id uuid, conversation text, person text, worst bigint)) with ordinality
      a(id, conversation, person, worst, nth)
    order by a.nth
  loop
    id := ask.id;
    refused_by := null;
    v_places := array(select array_position(v_names, n.name) from unnest(ask.names) with ordinality n(name, nth) order by n.nth);
    for nth in 1..4 loop
      if ask.worst > limits[nth] - v_taken[v_places[nth]] then
        refused_by := scopes[nth];
        exit;
      end if;
    end loop;
    if refused_by is null then
      for nth in 1..4 loop v_taken[v_places[nth]] := v_taken[v_places[nth]] + ask.worst; end loop;
      insert into shoal.reply_reservations values (ask.id, ask.names, ask.worst, p_at);
    end if;
    return next;
  end loop;

  update shoal.reply_budgets b set taken_micros = n.taken, ends_at = greatest(b.ends_at, shoal.reply_budget_end(b.name, p_at))
  from unnest(v_names, v_taken, v_before) as n(name, taken, before)
  where b.name = n.name and n.taken <> n.before;
end
$$;

-- Reserves replies: objects of id, conversation, person and worst (cost, at most). p_limits: of a conversation, of a person on a day, of a day and of a
-- month of the fleet. Each reply is taken from all four, or not at all: `refused_by` names the narrowest that would be passed.
create or replace function shoal.reply_reserve(p_limits jsonb, p_asks jsonb) returns table (id uuid, refused_by text)
language sql set search_path = pg_catalog, pg_temp as $$
  select * from shoal.reply_reserve_at(clock_timestamp(), p_limits, p_asks)
$$;

-- Settles reservations, objects of id and used: what was really used stays taken, be it less or more. One that was settled before, or is unknown, changes
-- nothing. Returns how many were settled.
create or replace function shoal.reply_settle(p_settled jsonb) returns integer
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_names text[];
  v_deltas bigint[];
  v_count integer;
begin
  with settled as (
    delete from shoal.reply_reservations r
    using (
      select held.id, s.used from jsonb_to_recordset(p_settled) as s(id uuid, used bigint)
      join shoal.reply_reservations held on held.id = s.id order by held.id for update of held
    ) given
    where r.id = given.id
    returning r.names, given.used - r.worst_micros as delta
  ), summed as (
    select n.name, sum(s.delta)::bigint as delta from settled s cross join unnest(s.names) n(name) group by n.name
  )
  select array_agg(d.name order by d.name), array_agg(d.delta order by d.name), (select count(*) from settled)
  into v_names, v_deltas, v_count from summed d;

  -- A settlement that a crash of the server forgets leaves its reply at its worst, and need not wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  perform from unnest(v_names) with ordinality n(name, nth) join shoal.reply_budgets b on b.name = n.name order by n.nth for no key update of b;
  update shoal.reply_budgets b set taken_micros = b.taken_micros + n.delta
  from unnest(v_names, v_deltas) as n(name, delta) where b.name = n.name and n.delta <> 0;
  return v_count;
end
$$;

-- Says what is taken and left of the fleet's day and month. `held`: of that, what replies have reserved that are still under way. A reservation of more
-- than a minute ago is of a daemon that died.
create or replace function shoal.reply_budget_left(p_limits jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_object_agg(scope.name, jsonb_build_object(
    'taken', taken.micros, 'held', held.micros, 'left', greatest(0, (p_limits ->> scope.name)::bigint - taken.micros)
  ))
  from unnest((shoal.reply_budget_names(now(), '', ''))[3:4]) budget(name)
  cross join lateral (select split_part(budget.name, ':', 1) as name) scope
  cross join lateral (
    select coalesce((select b.taken_micros from shoal.reply_budgets b where b.name = budget.name), 0) as micros
  ) taken
  cross join lateral (
    select coalesce(sum(r.worst_micros), 0) as micros from shoal.reply_reservations r
    where r.reserved_at > now() - interval '60 seconds' and budget.name = any (r.names)
  ) held
$$;

-- Deletes at most p_limit budgets that are over, and reservations of more than a day ago. Returns how many.
create or replace function shoal.reply_forget(p_limit integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_budgets integer;
  v_reservations integer;
begin
  delete from shoal.reply_budgets b where b.name in (
    select o.name from shoal.reply_budgets o where o.ends_at < now() order by o.name limit p_limit for update skip locked
  );
  get diagnostics v_budgets = row_count;
  delete from shoal.reply_reservations r where r.id in (
    select o.id from shoal.reply_reservations o where o.reserved_at < now() - interval '1 day' order by o.id limit p_limit for update skip locked
  );
  get diagnostics v_reservations = row_count;
  return v_budgets + v_reservations;
end
$$;

call shoal.seal_schema();
