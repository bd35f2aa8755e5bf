-- Who somebody is. What signed-in people may do here themselves (wait, confirm, leave; see the room they have a seat in), and what an
-- entry in the lobby, which proves nothing about its sender, may not do to the person it names.

-- As in the first migration. `has_open_seat` is for policies on realtime.messages.
create or replace procedure shoal.seal_schema()
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  open_functions constant text[] := array['enqueue', 'may_command', 'request_uid', 'has_open_seat'];
  routine record;
  api_role text;
begin
  -- Those of another owner (supabase/cron.sql may be run by one) are closed by that file.
  for routine in
    select p.oid::regprocedure as signature, p.proname <> all (open_functions) as is_closed
    from pg_proc p where p.pronamespace = 'shoal'::regnamespace and pg_has_role(p.proowner, 'usage')
  loop
    execute format('revoke all on routine %s from public', routine.signature);
    -- These roles exist on Supabase and on the embedded backend, not on every Postgres.
    for api_role in select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated') and routine.is_closed loop
      execute format('revoke all on routine %s from %I', routine.signature, api_role);
    end loop;
  end loop;
  for api_role in select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated') loop
    execute format('revoke all on all tables in schema shoal from %I', api_role);
    execute format('revoke all on all sequences in schema shoal from %I', api_role);
  end loop;
end
$$;

-- What the person said about this wait, for rules of pairing.
alter table shoal.match_tickets add column if not exists attributes jsonb not null default '{}'
  constraint match_tickets_attributes check (
    jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 1024
    and not jsonb_path_exists(attributes, 'strict $.**{4}')
  );

-- Says whether the signed-in caller has a seat in the match of that room, while it is pending or live. Policies on
-- realtime.messages call it, and Realtime checks all policies of a project over one connection, so it must never be slow: one
-- look-up in the index of rooms and one in that of seats. In SQL, so that it is planned anew each time: a plan kept from the time
-- when the tables were small would read them whole.
create or replace function shoal.has_open_seat(p_room_id text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from shoal.matches m join shoal.match_seats s on s.match_id = m.match_id
    where m.room_id = case when p_room_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_room_id::uuid end
      and m.status <> 'ended' and not s.bot and s.participant_id = shoal.request_uid()::text
  )
$$;

-- Ends matches as before. The count of what was not confirmed is bounded: one row with the largest number an integer holds would
-- fail the statement for all.
create or replace function shoal.match_end_locked(
  p_match_ids uuid[], p_reason text, p_leavers text[], p_can_return boolean, p_max_unconfirmed integer
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- The largest p_max_unconfirmed that the matchmaker takes.
  v_most constant integer := 1000;
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
    select s.ticket_id, e.was_pending, least(t.unconfirmed, v_most) + missed.by_one as unconfirmed, is_leaver,
      case
        when is_leaver then p_reason
        when not e.was_pending then case when cardinality(p_leavers) > 0 then 'partner_left' else p_reason end
        when missed.by_one = 1 and least(t.unconfirmed, v_most) + 1 >= p_max_unconfirmed then 'unconfirmed'
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

-- Closes tickets as before, and now also such as name a match that is over or gone (rows changed by hand): one of them would keep
-- all others of the same call open.
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

  -- A statement of its own, so that the next one sees every match that was committed before these locks were had.
  perform 1 from shoal.match_tickets t
  where t.id = any (p_ticket_ids) and t.status in ('reserved', 'matched') order by t.id for no key update;
  return query
  with closed as (
    update shoal.match_tickets t
    set status = 'closed', closed_at = now(), closed_reason = p_reason, can_return = false
    where t.id = any (p_ticket_ids) and t.status in ('reserved', 'matched')
      and not exists (select from shoal.matches m where m.match_id = t.match_id and m.status <> 'ended')
    returning t.id, t.user_id
  )
  select 'ticket:closed', c.id, c.user_id, null::uuid, null::text, p_reason, null::jsonb from closed c;
end
$$;

-- Opens a ticket. The first row names it: ticket:opened; ticket:known when this wait was seen before; ticket:held when another
-- ticket of the person stands, and this wait may be tried again later.
--
-- A mark is a name: it is compared with others by difference, never by size, because a person's devices have different clocks.
-- An unknown mark is a new wait. A known one stays what it became, unless its ticket may return and none was opened since.
--
-- A lobby entry proves nothing about its sender. So it does not replace a ticket that came by an authenticated way, nor one in a match
-- while the lobby shows another entry of that match or of a known wait; and beside another entry the person's place in the queue is
-- kept. `p_shown` are the person's other entries [{since, match_id}].
drop function if exists shoal.ticket_open(text, text, text, timestamptz);
create or replace function shoal.ticket_open(
  p_user_id text, p_name text, p_source text, p_since timestamptz, p_attributes jsonb default '{}', p_shown jsonb default '[]'
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_since timestamptz := coalesce(p_since, clock_timestamp());
  v_open shoal.match_tickets;
  v_known shoal.match_tickets;
  v_id uuid;
  v_event text := 'ticket:opened';
  v_changes shoal.match_change[] := '{}';
begin
  if p_since > clock_timestamp() + interval '1 minute' then
    raise exception 'the mark of a wait must not be more than a minute in the future' using errcode = 'datetime_field_overflow';
  end if;
  if p_source = 'lobby' and exists (select from public.bot_deployments d where d.bot_id = p_user_id) then
    raise exception 'the lobby names a bot as a person' using errcode = 'invalid_parameter_value';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('shoal:match:' || p_user_id, 0));
  select * into v_open from shoal.match_tickets t where t.user_id = p_user_id and t.status <> 'closed';
  select * into v_known from shoal.match_tickets t where t.user_id = p_user_id and t.since = v_since;

  if v_open.id is not null and (v_known.id is not null or (p_since is null and v_open.status <> 'matched')) then
    v_id := v_open.id;
    v_event := 'ticket:known';
    elsif v_open.id is not null and p_source = 'lobby' and (v_open.source <> 'lobby' or v_open.status <> 'waiting' and exists (
    select from jsonb_to_recordset(p_shown) as s(since timestamptz, match_id text)
    where s.match_id = v_open.match_id::text or exists (
      select from shoal.match_tickets known where known.user_id = p_user_id and known.since = s.since
    )
  )) then
    v_id := v_open.id;
    v_event := 'ticket:held';
  elsif v_known.id is not null then
    v_id := v_known.id;
    update shoal.match_tickets t
    set status = 'waiting', match_id = null, closed_at = null, closed_reason = null, can_return = false,
      name = p_name, opened_at = clock_timestamp()
    where t.id = v_id and t.can_return
      and not exists (select from shoal.match_tickets later where later.user_id = p_user_id and later.opened_at >= t.closed_at);
    if not found then v_event := 'ticket:known'; end if;
  else
    if v_open.id is not null then
      select array_agg(c) into v_changes from shoal.ticket_close(array[v_open.id], 'superseded', false) c;
    end if;
    insert into shoal.match_tickets (user_id, name, source, since, attributes, queued_at, opened_at, last_partner_id)
        values (p_user_id, p_name, p_source, v_since, p_attributes,
      case when v_open.status = 'waiting' and jsonb_array_length(p_shown) > 0 then v_open.queued_at else clock_timestamp() end,
      clock_timestamp(),
      (select t.last_partner_id from shoal.match_tickets t where t.user_id = p_user_id order by t.opened_at desc limit 1))
    returning id into v_id;
  end if;

  return next row(v_event, v_id, p_user_id, null, null, null, null)::shoal.match_change;
  return query select * from unnest(v_changes);
end
$$;

-- Closes the lobby tickets of people who are not in p_present [{user_id, since}], or who are there with new waits only. An entry
-- whose mark is known but is not that of the open ticket belongs to another device of the person, who is there.
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
      where p.user_id = t.user_id and (p.since is null or exists (
        select from shoal.match_tickets known where known.user_id = p.user_id and known.since = p.since
      ))
    );
  return query select * from shoal.ticket_close(v_gone, 'gone', true);
end
$$;

-- What signed-in people call by RPC, as supabase.rpc("match_wait", { name, attributes }). Each returns the state of the caller's
-- ticket: all that a client needs to go on, also when it lost a notice. What they change, each replica hears of in its next cycle,
-- within a second, as of a row that an app inserts.

create or replace function shoal.match_state(p_ticket_id uuid) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'ticket_id', t.id, 'status', t.status, 'closed_reason', t.closed_reason,
    'match_id', m.match_id, 'room_id', m.room_id, 'confirm_by', case when m.status = 'pending' then m.confirm_by end,
    'is_confirmed', own.confirmed_at is not null,
    'partner', case when m.match_id is not null then
      jsonb_build_object('id', partner.participant_id, 'name', partner.name, 'bot', partner.bot)
    end
  )
  from shoal.match_tickets t
  left join shoal.matches m on m.match_id = t.match_id and t.status in ('reserved', 'matched')
  left join shoal.match_seats own on own.match_id = m.match_id and own.ticket_id = t.id
  left join shoal.match_seats partner on partner.match_id = m.match_id and partner.seat <> own.seat
  where t.id = p_ticket_id
$$;

-- Returns the signed-in caller's id.
create or replace function shoal.match_caller() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if shoal.request_uid() is null then
    raise exception 'Nobody is signed in: only a signed-in person can wait for a match.' using errcode = 'insufficient_privilege',
      hint = 'Sign in first and send the access token of that session; supabase.auth.signInAnonymously() is enough.';
  end if;
  return shoal.request_uid()::text;
end
$$;

-- Opens the caller's ticket, or finds the one that is open: also in a live match, which goes on. To wait for another partner, call
-- match_cancel first. A ticket that is found keeps its name and attributes.
create or replace function public.match_wait(name text default null, attributes jsonb default '{}') returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_attributes constant jsonb := coalesce(match_wait.attributes, '{}');
  v_id uuid;
begin
  if char_length(match_wait.name) > 80 or match_wait.name ~ '^\s*$' or match_wait.name ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]' then
    raise exception 'The name must have 1 to 80 characters, none of them a control character.' using errcode = 'invalid_parameter_value';
  end if;
  if jsonb_typeof(v_attributes) <> 'object' or octet_length(v_attributes::text) > 1024
    or jsonb_path_exists(v_attributes, 'strict $.**{4}') then
    raise exception 'The attributes must be an object of at most 1,024 bytes as JSON, nested at most 3 levels deep.'
      using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('shoal:match:' || v_user_id, 0));
  select t.id into v_id from shoal.match_tickets t where t.user_id = v_user_id and t.status <> 'closed';
  if v_id is null then
    if (
      select count(*) from (
        select from shoal.match_tickets t
        where t.user_id = v_user_id and t.since between now() - interval '1 minute' and now() limit 30
      ) as recent
    ) >= 30 then
      raise exception 'At most 30 waits of one person may begin within a minute: try again in a minute.'
        using errcode = 'program_limit_exceeded';
    end if;
    select c.ticket_id into v_id from shoal.ticket_open(v_user_id, match_wait.name, 'api', null, v_attributes) c limit 1;
  end if;
  return shoal.match_state(v_id);
end
$$;

-- Confirms the caller's seat in that match.
create or replace function public.match_confirm(match_id uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
begin
  perform 1 from shoal.match_confirm(match_confirm.match_id, v_user_id);
  if not found then
    raise exception 'The match cannot be confirmed: it is over or unknown, or you have no seat in it.'
      using errcode = 'invalid_parameter_value', hint = 'Call match_wait to see the state of your wait.';
  end if;
  return (
    select shoal.match_state(s.ticket_id) from shoal.match_seats s
    where s.match_id = match_confirm.match_id and s.participant_id = v_user_id and not s.bot
  );
end
$$;

-- Closes the caller's ticket and ends the match it is in, pending or live. Null: there was none.
create or replace function public.match_cancel() returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('shoal:match:' || v_user_id, 0));
  select t.id into v_id from shoal.match_tickets t where t.user_id = v_user_id and t.status <> 'closed';
  perform 1 from shoal.ticket_close(array[v_id], 'cancelled', false);
  return shoal.match_state(v_id);
end
$$;

-- Supabase's default privileges let its roles execute every new function in `public`.
do $$
declare
  api_role text;
begin
  revoke all on function public.match_wait(text, jsonb), public.match_confirm(uuid), public.match_cancel() from public;
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format(
      'revoke all on function public.match_wait(text, jsonb), public.match_confirm(uuid), public.match_cancel() from %I', api_role
    );
  end loop;
  if exists (select from pg_roles where rolname = 'authenticated') then
    grant execute on function public.match_wait(text, jsonb), public.match_confirm(uuid), public.match_cancel() to authenticated;
    grant execute on function shoal.has_open_seat(text) to authenticated;
  end if;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant execute on function shoal.has_open_seat(text) to service_role;
  end if;
end
$$;

call shoal.seal_schema();
