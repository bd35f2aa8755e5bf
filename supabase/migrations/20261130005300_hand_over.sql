-- Hand-over: a replica that drains gives its live conversations to others, which go on with them as the same bots. A row of
-- shoal.hand_overs is one attempt: the giver offers it, the taker listens in the room and is ready, the giver pauses and gives the match with what the bot
-- remembers, the taker goes on and deletes the row. Until shoal.match_hand_over the match is the giver's, from then on the taker's.
--
-- Lock order: the match, its hand-over, its seats, the lease and deployment of its bot, and last the rows of both replicas by id.

create table if not exists shoal.hand_overs (
  match_id uuid primary key references shoal.matches on delete cascade,
  giver text not null,
  taker text not null check (taker <> giver),
  state text not null check (state in ('offered', 'ready', 'refused', 'given')),
  -- What the taker needs to listen: the room, the partner, the bot, its place in the fleet or its deployment.
  offer jsonb not null check (jsonb_typeof(offer) = 'object'),
  -- What was said and is remembered: written by the giver and deleted with the row. JSON as text, because it may hold the character 0.
  memory text check (octet_length(memory) <= 262144),
  check ((state = 'given') = (memory is not null))
);

create index if not exists hand_overs_giver_idx on shoal.hand_overs (giver);
create index if not exists hand_overs_taker_idx on shoal.hand_overs (taker);

alter table shoal.hand_overs enable row level security;

comment on table shoal.hand_overs is 'Conversations on their way from a replica that drains to another; a row lives as long as that takes, and no longer than its match.';

-- Deletes the hand-over of a match that has ended, with what was said in it.
create or replace function shoal.hand_over_forget() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  delete from shoal.hand_overs h where h.match_id = new.match_id;
  return null;
end
$$;

create or replace trigger matches_forget_hand_over after update of status on shoal.matches
  for each row when (new.status = 'ended' and new.replica_id is not null) execute function shoal.hand_over_forget();

-- Offers a live match of the giver to a taker, in place of an earlier offer. False: the match is not the giver's, or not live.
create or replace function shoal.hand_over_offer(p_match_id uuid, p_giver text, p_taker text, p_offer jsonb) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  perform 1 from shoal.matches m
  where m.match_id = p_match_id and m.status || '' = 'live' and m.replica_id || '' = p_giver for no key update;
  if not found then return false; end if;
  insert into shoal.hand_overs as h (match_id, giver, taker, state, offer) values (p_match_id, p_giver, p_taker, 'offered', p_offer)
  on conflict (match_id) do update set
    giver = excluded.giver, taker = excluded.taker, offer = excluded.offer, memory = null,
    -- Ready stays ready where the answer to the same offer was lost.
    state = case when (h.giver, h.taker, h.state) = (excluded.giver, excluded.taker, 'ready') then 'ready' else 'offered' end;
  perform pg_notify('shoal_hand_over', p_taker);
  return true;
end
$$;

-- Answers an offer: `ready`, `refused`, or `present` when the bot goes on with the taker. False: it does not fit any more.
create or replace function shoal.hand_over_answer(p_match_id uuid, p_taker text, p_answer text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_giver text;
begin
  if p_answer = 'present' then
    delete from shoal.hand_overs h
    where h.match_id = p_match_id and h.taker || '' = p_taker and h.state = 'given' returning h.giver into v_giver;
  else
    update shoal.hand_overs h set state = p_answer
    where h.match_id = p_match_id and h.taker || '' = p_taker and h.state in ('offered', 'ready') returning h.giver into v_giver;
  end if;
  if v_giver is null then return false; end if;
  perform pg_notify('shoal_hand_over', v_giver);
  return true;
end
$$;

-- Takes an offer back that was not given. What the taker has joined it leaves when it finds no row.
create or replace function shoal.hand_over_withdraw(p_match_id uuid, p_giver text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_taker text;
begin
  delete from shoal.hand_overs h
  where h.match_id = p_match_id and h.giver || '' = p_giver and h.state <> 'given' returning h.taker into v_taker;
  if v_taker is not null then perform pg_notify('shoal_hand_over', v_taker); end if;
end
$$;

-- Returns the hand-overs of a replica: those it gives, without what only the taker needs, and those it takes.
create or replace function shoal.hand_over_read(p_replica_id text)
returns table (match_id uuid, giver text, taker text, state text, offer jsonb, memory text)
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select h.match_id, h.giver, h.taker, h.state, case when h.taker = p_replica_id then h.offer end,
    case when h.taker = p_replica_id then h.memory end
  from shoal.hand_overs h
  where h.match_id = any (array(
    select g.match_id from shoal.hand_overs g where g.giver = p_replica_id
    union all select t.match_id from shoal.hand_overs t where t.taker = p_replica_id
  ));
end
$$;

-- Says in how many ms a replica has hand-overs to look at: 0 now, null never.
create or replace function shoal.replica_mail(p_replica_id text) returns double precision
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return case
    when exists (select from shoal.hand_overs h where h.taker = p_replica_id)
      or exists (select from shoal.hand_overs h where h.giver = p_replica_id) then 0
  end;
end
$$;

-- Gives a match, its bot, the bot's place in the fleet or its deployment to a taker that is ready. `given`: it is the taker's, also when that was so
-- before, because an answer was lost. `kept`: it stays the giver's. `over`: it has ended.
create or replace function shoal.match_hand_over(p_match_id uuid, p_giver text, p_taker text, p_memory text) returns text
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_match shoal.matches;
  v_offer jsonb;
  v_bot_id text;
  v_place integer;
begin
  select * into v_match from shoal.matches m where m.match_id = p_match_id for no key update;
  if not found or v_match.status = 'ended' then return 'over'; end if;
  if v_match.replica_id = p_taker then return 'given'; end if;
  if v_match.replica_id is distinct from p_giver or v_match.status <> 'live' then return 'over'; end if;

  select h.offer into v_offer from shoal.hand_overs h
  where h.match_id = p_match_id and h.giver || '' = p_giver and h.taker || '' = p_taker and h.state = 'ready' for update;
  if not found then return 'kept'; end if;
  -- Whoever is dead, or about to go, would take the conversation along.
  perform 1 from shoal.replicas r where r.replica_id = p_taker and not r.is_draining and r.expires_at > clock_timestamp();
  if not found then return 'kept'; end if;
  perform 1 from shoal.leases l where l.resource = shoal.match_lease_name(p_taker) and l.expires_at > clock_timestamp();
  if not found then return 'kept'; end if;

  v_bot_id := v_offer ->> 'bot_id';
  if jsonb_typeof(v_offer -> 'deployed') = 'object' then
    update shoal.leases l set
      holder = p_taker, epoch = least(l.epoch, 9223372036854775806) + 1, expires_at = clock_timestamp() + interval '10 seconds'
    where l.resource = 'bot:' || v_bot_id and l.holder = p_giver and l.expires_at > clock_timestamp();
    if not found then return 'kept'; end if;
    update public.bot_deployments d set replica = p_taker, status_at = clock_timestamp()
    where d.bot_id = v_bot_id and d.replica = p_giver;
  end if;

  update shoal.matches m set replica_id = p_taker where m.match_id = p_match_id;
  update shoal.match_seats s set replica_id = p_taker where s.match_id = p_match_id and s.bot;
  update shoal.hand_overs h set state = 'given', memory = p_memory where h.match_id = p_match_id;

  v_place := (v_offer ->> 'place')::integer;
  if v_place is not null then
    perform 1 from shoal.replicas r where r.replica_id in (p_giver, p_taker) order by r.replica_id for update;
    -- Another replica may have been granted it, when the giver was away for longer than its term and the bot talked on.
    perform 1 from shoal.replicas r where r.replica_id = p_giver and v_place = any (r.places);
    if found then
      update shoal.replicas r set
        places = case when r.replica_id = p_giver then array_remove(r.places, v_place) else array_append(array_remove(r.places, v_place), v_place) end,
        revision = r.revision + 1
      where r.replica_id in (p_giver, p_taker);
    end if;
  end if;
  perform pg_notify('shoal_hand_over', p_taker);
  return 'given';
end
$$;

call shoal.seal_schema();
