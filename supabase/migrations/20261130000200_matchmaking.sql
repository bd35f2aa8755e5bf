-- Matchmaking: tickets (one wait of one person), matches (two seats), seats (who takes part), replicas (who runs bots).
--
-- Each change is one function call, hence one transaction: no client can die or freeze while it holds a lock, and a
-- remote database costs one round trip. A call returns everything it changed as rows of shoal.match_change.
--
-- Lock order, everywhere: the user (advisory), then matches by id, then tickets by id. A ticket that has a match is
-- changed only under the lock of that match. All durations are measured by the clock of this database.

-- A row that the app inserts with nothing but a user_id is a complete ticket.
create table if not exists shoal.match_tickets (
  id uuid primary key default gen_random_uuid(),
  user_id text not null check (user_id <> ''),
  -- Identifies this wait, by the person's own clock: only ever compared with other waits of that person.
  since timestamptz not null default now(),
  name text,
  source text not null default 'api' check (source in ('lobby', 'api')),
  status text not null default 'waiting' check (status in ('waiting', 'reserved', 'matched', 'closed')),
  -- The place in the queue. A ticket that goes back to waiting keeps it.
  queued_at timestamptz not null default now(),
  opened_at timestamptz not null default now(),
  unconfirmed integer not null default 0,
  last_partner_id text,
  match_id uuid,
  closed_at timestamptz,
  closed_reason text,
  -- Closed because its person was away, before a match went live: the same `since` opens it again.
  can_return boolean not null default false,
  unique (user_id, since),
  check (status <> 'waiting' or match_id is null),
  check (status not in ('reserved', 'matched') or match_id is not null),
  check ((status = 'closed') = (closed_reason is not null) and (status = 'closed') = (closed_at is not null)),
  check (status = 'closed' or not can_return)
);

-- One open ticket per person, so one match per person.
create unique index if not exists match_tickets_open_idx on shoal.match_tickets (user_id) where status <> 'closed';
create index if not exists match_tickets_waiting_idx on shoal.match_tickets (queued_at, id) where status = 'waiting';
create index if not exists match_tickets_match_idx on shoal.match_tickets (match_id) where status in ('reserved', 'matched');
create index if not exists match_tickets_closed_idx on shoal.match_tickets (closed_at) where status = 'closed';

create table if not exists shoal.matches (
  match_id uuid primary key,
  room_id uuid not null unique,
  status text not null default 'pending' check (status in ('pending', 'live', 'ended')),
  -- The replica that runs the bot; null for a match of two people.
  replica_id text,
  made_at timestamptz not null default now(),
  confirm_by timestamptz not null,
  live_at timestamptz,
  ended_at timestamptz,
  ended_reason text,
  check (status <> 'pending' or live_at is null),
  check (status <> 'live' or live_at is not null),
  check ((status = 'ended') = (ended_at is not null) and (status = 'ended') = (ended_reason is not null))
);

create index if not exists matches_confirm_by_idx on shoal.matches (confirm_by) where status = 'pending';
create index if not exists matches_replica_idx on shoal.matches (replica_id) where status <> 'ended' and replica_id is not null;
create index if not exists matches_live_idx on shoal.matches (live_at) where status = 'live';
create index if not exists matches_ended_idx on shoal.matches (ended_at) where status = 'ended';

create table if not exists shoal.match_seats (
  match_id uuid not null references shoal.matches on delete cascade,
  -- Seat 1 is a person's: a bot never meets a bot.
  seat smallint not null check (seat = 1 and not bot or seat = 2),
  participant_id text not null,
  name text not null,
  bot boolean not null,
  ticket_id uuid check (bot = (ticket_id is null)),
  replica_id text check (bot = (replica_id is not null)),
  confirmed_at timestamptz,
  -- False once the match has ended.
  is_open boolean not null default true,
  primary key (match_id, seat)
);

create unique index if not exists match_seats_person_idx on shoal.match_seats (participant_id) where is_open and not bot;
create unique index if not exists match_seats_bot_idx on shoal.match_seats (replica_id, participant_id) where is_open and bot;

-- Names the lease of a replica. The others take a replica that does not renew it in time for dead and end its matches. Such a
-- lease is never taken over, so its epoch means nothing and it is deleted with its replica.
create or replace function shoal.match_lease_name(p_replica_id text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$ select 'matchmaker:' || p_replica_id $$;

-- What a call changed; `event` is the event that the matchmaker emits.
do $$
begin
  create type shoal.match_change as (
    event text, ticket_id uuid, user_id text, match_id uuid, replica_id text, reason text, missing jsonb
  );
exception when duplicate_object then null;
end
$$;

-- Ends matches whose locks the caller holds. In a live match all tickets close. In a pending one the ticket of a leaver
-- closes and the others go back to their place in the queue. With p_max_unconfirmed the match was not confirmed in time: this
-- is counted for each participant who did not confirm, and that many of it close the ticket.
create or replace function shoal.match_end_locked(
  p_match_ids uuid[], p_reason text, p_leavers text[], p_can_return boolean, p_max_unconfirmed integer
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from shoal.match_tickets t
  where t.match_id = any (p_match_ids) and t.status in ('reserved', 'matched')
  order by t.id for no key update;

  return query
  with ended as (
    update shoal.matches m set status = 'ended', ended_at = now(), ended_reason = p_reason
    where m.match_id = any (p_match_ids) and m.status <> 'ended'
    returning m.match_id, m.replica_id, m.live_at is null as was_pending
  ), emptied as (
    update shoal.match_seats s set is_open = false
    from ended e where s.match_id = e.match_id
    returning s.match_id, s.participant_id, s.ticket_id, s.confirmed_at is not null as has_confirmed
  ), judged as (
    select s.ticket_id, e.was_pending, t.unconfirmed + missed.by_one as unconfirmed, is_leaver,
      case
        when is_leaver then p_reason
        when not e.was_pending then case when cardinality(p_leavers) > 0 then 'partner_left' else p_reason end
        when missed.by_one = 1 and t.unconfirmed + 1 >= p_max_unconfirmed then 'unconfirmed'
      end as closed_reason
    from emptied s
    join ended e on e.match_id = s.match_id
    join shoal.match_tickets t on t.id = s.ticket_id and t.match_id = s.match_id and t.status in ('reserved', 'matched')
    cross join lateral (select s.participant_id = any (p_leavers) as is_leaver) leaver
    cross join lateral (
      select case when p_max_unconfirmed is not null and e.was_pending and not s.has_confirmed then 1 else 0 end as by_one
    ) missed
  ), moved as (
    update shoal.match_tickets t set
      status = case when j.closed_reason is null then 'waiting' else 'closed' end,
      match_id = case when j.closed_reason is null then null else t.match_id end,
      closed_reason = j.closed_reason,
      closed_at = case when j.closed_reason is null then null else now() end,
      can_return = p_can_return and j.is_leaver and j.was_pending,
      unconfirmed = j.unconfirmed
    from judged j where t.id = j.ticket_id
    returning t.id, t.user_id, t.closed_reason
  )
  select case when p_max_unconfirmed is null then 'match:ended' else 'match:expired' end, null::uuid, null::text,
    e.match_id, e.replica_id, p_reason,
    (select coalesce(jsonb_agg(s.participant_id order by s.participant_id), '[]')
     from emptied s where s.match_id = e.match_id and not s.has_confirmed)
  from ended e
  union all
  select case when m.closed_reason is null then 'ticket:requeued' else 'ticket:closed' end, m.id, m.user_id, null::uuid,
    null::text,
    coalesce(m.closed_reason, case when cardinality(p_leavers) > 0 then 'partner_left' else p_reason end), null::jsonb
  from moved m;
end
$$;

-- Closes tickets in any state, and ends the matches they are in. A ticket may be reserved between the two reads, hence the
-- rounds; each closes what it read, so a second one is rare and a tenth means broken rows.
create or replace function shoal.ticket_close(p_ticket_ids uuid[], p_reason text, p_can_return boolean)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_match_ids uuid[];
  v_leavers text[];
begin
  for v_round in 1..10 loop
    perform 1 from shoal.match_tickets t where t.id = any (p_ticket_ids) and t.status <> 'closed';
    if not found then return; end if;

    select array_agg(t.match_id), array_agg(t.user_id) into v_match_ids, v_leavers
    from shoal.match_tickets t where t.id = any (p_ticket_ids) and t.status in ('reserved', 'matched');
    perform 1 from shoal.matches m where m.match_id = any (v_match_ids) order by m.match_id for no key update;
    if v_match_ids is not null then
      return query select * from shoal.match_end_locked(v_match_ids, p_reason, v_leavers, p_can_return, null);
    end if;

    return query
    with due as (
      select t.id from shoal.match_tickets t
      where t.id = any (p_ticket_ids) and t.status = 'waiting' order by t.id for no key update
    ), closed as (
      update shoal.match_tickets t
      set status = 'closed', closed_at = now(), closed_reason = p_reason, can_return = p_can_return
      from due where t.id = due.id
      returning t.id, t.user_id
    )
    select 'ticket:closed', c.id, c.user_id, null::uuid, null::text, p_reason, null::jsonb from closed c;
  end loop;
  raise exception 'tickets % cannot be closed: they name matches that are over or unknown', p_ticket_ids;
end
$$;

-- Opens a ticket. The first row names it: ticket:opened, or ticket:known when there is nothing to open.
create or replace function shoal.ticket_open(p_user_id text, p_name text, p_source text, p_since timestamptz)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_since timestamptz := coalesce(p_since, clock_timestamp());
  v_open shoal.match_tickets;
  v_known shoal.match_tickets;
  v_id uuid;
  v_event text := 'ticket:opened';
  v_changes shoal.match_change[] := '{}';
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('shoal:match:' || p_user_id, 0));
  select * into v_open from shoal.match_tickets t where t.user_id = p_user_id and t.status <> 'closed';
  select * into v_known from shoal.match_tickets t where t.user_id = p_user_id and t.since = v_since;

  if v_open.id is not null and (v_open.since >= v_since or (p_since is null and v_open.status <> 'matched')) then
    v_id := v_open.id;
    v_event := 'ticket:known';
  else
    if v_open.id is not null then
      select array_agg(c) into v_changes from shoal.ticket_close(array[v_open.id], 'superseded', false) c;
    end if;
    if v_known.id is null then
      insert into shoal.match_tickets (user_id, name, source, since, queued_at, opened_at, last_partner_id)
      values (p_user_id, p_name, p_source, v_since, clock_timestamp(), clock_timestamp(),
        (select t.last_partner_id from shoal.match_tickets t where t.user_id = p_user_id order by t.since desc limit 1))
      returning id into v_id;
    else
      v_id := v_known.id;
      update shoal.match_tickets t
      set status = 'waiting', match_id = null, closed_at = null, closed_reason = null, can_return = false,
        name = p_name, opened_at = clock_timestamp()
      where t.id = v_id and t.can_return
        and not exists (select 1 from shoal.match_tickets newer where newer.user_id = p_user_id and newer.since > v_since);
      if not found then v_event := 'ticket:known'; end if;
    end if;
  end if;

  return next row(v_event, v_id, p_user_id, null, null, null, null)::shoal.match_change;
  return query select * from unnest(v_changes);
end
$$;

-- Closes the lobby tickets of people who are not in p_present [{user_id, since}], or who are there with a newer wait.
-- Tickets younger than p_grace_ms are spared: their person may have come after that list was made.
create or replace function shoal.ticket_close_absent(p_present jsonb, p_grace_ms integer)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_gone uuid[];
begin
  select array_agg(t.id) into v_gone from shoal.match_tickets t
  where t.status <> 'closed' and t.source = 'lobby' and t.opened_at < now() - p_grace_ms * interval '1 millisecond'
    and not exists (
      select 1 from jsonb_to_recordset(p_present) as p(user_id text, since timestamptz)
      where p.user_id = t.user_id and (p.since is null or p.since <= t.since)
    );
  return query select * from shoal.ticket_close(v_gone, 'gone', true);
end
$$;

-- Makes matches of [{match_id, room_id, first, second, bot_id, bot_name}]; `first` and `second` are tickets. Decisions
-- whose tickets are no longer waiting, or whose bot is taken, are dropped. Returns the others, so that a caller who lost
-- the answer may repeat the call.
create or replace function shoal.match_commit(p_replica_id text, p_confirm_ms integer, p_decisions jsonb)
returns setof uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_waiting uuid[];
begin
  select array_agg(locked.id) into v_waiting from (
    select t.id from shoal.match_tickets t
    where t.status = 'waiting' and t.id in (
      select unnest(array[d.first, d.second]) from jsonb_to_recordset(p_decisions) as d(first uuid, second uuid)
    )
    order by t.id for no key update
  ) locked;

  with decided as materialized (
    select d.match_id, d.room_id, one.id as first, one.user_id as first_user, coalesce(one.name, one.user_id) as first_name,
      two.id as second, coalesce(two.user_id, d.bot_id) as second_user,
      coalesce(two.name, two.user_id, d.bot_name) as second_name, d.second is null as has_bot
    from jsonb_to_recordset(p_decisions)
      as d(match_id uuid, room_id uuid, first uuid, second uuid, bot_id text, bot_name text)
    join shoal.match_tickets one on one.id = d.first and one.id = any (v_waiting)
    left join shoal.match_tickets two on two.id = d.second and two.id = any (v_waiting)
    where two.id is not null or (d.second is null and d.bot_id is not null and not exists (
      select 1 from shoal.match_seats s
      where s.is_open and s.bot and s.replica_id = p_replica_id and s.participant_id = d.bot_id
    ))
  ), made as (
    insert into shoal.matches (match_id, room_id, replica_id, confirm_by)
    select d.match_id, d.room_id, case when d.has_bot then p_replica_id end,
      clock_timestamp() + p_confirm_ms * interval '1 millisecond'
    from decided d
  ), seated as (
    insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id)
    select d.match_id, 1, d.first_user, d.first_name, false, d.first, null from decided d
    union all
    select d.match_id, 2, d.second_user, d.second_name, d.has_bot, d.second, case when d.has_bot then p_replica_id end
    from decided d
  )
  update shoal.match_tickets t set status = 'reserved', match_id = s.match_id, last_partner_id = s.partner_id
  from (
    select d.first as ticket_id, d.match_id, d.second_user as partner_id from decided d
    union all
    select d.second, d.match_id, d.first_user from decided d where d.second is not null
  ) s
  where t.id = s.ticket_id;

  return query
  select m.match_id from shoal.matches m
  join jsonb_to_recordset(p_decisions) as d(match_id uuid) on d.match_id = m.match_id
  where m.status <> 'ended';
end
$$;

-- Confirms one seat. No row: the match is unknown or over, or that participant has no seat in it. Otherwise
-- match:confirmed, and match:live when this was the last confirmation missing.
create or replace function shoal.match_confirm(p_match_id uuid, p_participant_id text)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_match shoal.matches;
begin
  select * into v_match from shoal.matches m where m.match_id = p_match_id and m.status <> 'ended' for no key update;
  if not found then return; end if;
  perform 1 from shoal.match_seats s where s.match_id = p_match_id and s.participant_id = p_participant_id;
  if not found then return; end if;
  return next row('match:confirmed', null, p_participant_id, p_match_id, v_match.replica_id, null, null)::shoal.match_change;

  update shoal.match_seats s set confirmed_at = clock_timestamp()
  where s.match_id = p_match_id and s.participant_id = p_participant_id and s.confirmed_at is null;
  perform 1 from shoal.match_seats s where s.match_id = p_match_id and s.confirmed_at is null;
  if found or v_match.status = 'live' then return; end if;

  perform 1 from shoal.match_tickets t
  where t.match_id = p_match_id and t.status = 'reserved' order by t.id for no key update;
  update shoal.match_tickets t set status = 'matched' where t.match_id = p_match_id and t.status = 'reserved';
  update shoal.matches m set status = 'live', live_at = clock_timestamp() where m.match_id = p_match_id;
  return next row('match:live', null, null, p_match_id, v_match.replica_id, null, null)::shoal.match_change;
end
$$;

-- Ends one match. p_leaver: the participant who ended it, or null.
create or replace function shoal.match_end(p_match_id uuid, p_reason text, p_leaver text)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from shoal.matches m where m.match_id = p_match_id and m.status <> 'ended' for no key update;
  if not found then return; end if;
  return query select * from shoal.match_end_locked(
    array[p_match_id], p_reason, case when p_leaver is null then '{}'::text[] else array[p_leaver] end, false, null
  );
end
$$;

-- Renews the replica's lease, then ends pending matches past their deadline and matches with bots of dead replicas. At most
-- p_limit of each; rows that another replica has locked are skipped.
create or replace function shoal.match_sweep(
  p_replica_id text, p_lease_ms integer, p_max_unconfirmed integer, p_limit integer
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_due uuid[];
  v_lost uuid[];
begin
  insert into shoal.leases (resource, holder, epoch, expires_at)
  values (shoal.match_lease_name(p_replica_id), p_replica_id, 1, clock_timestamp() + p_lease_ms * interval '1 millisecond')
  on conflict (resource) do update set expires_at = excluded.expires_at;

  select array_agg(locked.match_id) into v_due from (
    select m.match_id from shoal.matches m where m.status = 'pending' and m.confirm_by <= now()
    order by m.confirm_by limit p_limit for no key update skip locked
  ) locked;
  if v_due is not null then
    return query select * from shoal.match_end_locked(v_due, 'unconfirmed', '{}', false, p_max_unconfirmed);
  end if;

  select array_agg(locked.match_id) into v_lost from (
    select m.match_id from shoal.matches m
    where m.status <> 'ended' and m.replica_id is not null and m.replica_id <> p_replica_id
      and not exists (
        select 1 from shoal.leases l
        where l.resource = shoal.match_lease_name(m.replica_id) and l.expires_at > clock_timestamp()
      )
    limit p_limit for no key update of m skip locked
  ) locked;
  if v_lost is not null then
    return query select * from shoal.match_end_locked(v_lost, 'replica_lost', '{}', false, null);
  end if;
end
$$;

-- Ends every match with a bot of that replica: before it starts (its predecessor of that name died) and when it drains.
create or replace function shoal.match_end_all_of_replica(p_replica_id text, p_reason text)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_own uuid[];
begin
  select array_agg(locked.match_id) into v_own from (
    select m.match_id from shoal.matches m where m.replica_id = p_replica_id and m.status <> 'ended'
    order by m.match_id for no key update
  ) locked;
  if v_own is not null then
    return query select * from shoal.match_end_locked(v_own, p_reason, '{}', false, null);
  end if;
  delete from shoal.leases l where l.resource = shoal.match_lease_name(p_replica_id);
end
$$;

-- Ends matches that have been live for longer than p_max_live_ms, and deletes what has been over for p_keep_ms.
create or replace function shoal.match_housekeep(p_max_live_ms integer, p_keep_ms integer, p_limit integer)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_stale uuid[];
begin
  select array_agg(locked.match_id) into v_stale from (
    select m.match_id from shoal.matches m where m.status = 'live' and m.live_at < now() - p_max_live_ms * interval '1 millisecond'
    order by m.live_at limit p_limit for no key update skip locked
  ) locked;
  if v_stale is not null then
    return query select * from shoal.match_end_locked(v_stale, 'too_long', '{}', false, null);
  end if;

  delete from shoal.match_tickets where id in (
    select t.id from shoal.match_tickets t where t.status = 'closed' and t.closed_at < now() - p_keep_ms * interval '1 millisecond'
    order by t.closed_at limit p_limit for update skip locked
  );
  delete from shoal.matches where match_id in (
    select m.match_id from shoal.matches m where m.status = 'ended' and m.ended_at < now() - p_keep_ms * interval '1 millisecond'
    order by m.ended_at limit p_limit for update skip locked
  );
  delete from shoal.leases where resource in (
    select l.resource from shoal.leases l
    where starts_with(l.resource, shoal.match_lease_name('')) and l.expires_at < now() - p_keep_ms * interval '1 millisecond'
    for update skip locked
  );
end
$$;

call shoal.seal_schema();
