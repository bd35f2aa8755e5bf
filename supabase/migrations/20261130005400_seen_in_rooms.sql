-- People in a room with a bot, who need not be in the lobby. The replica of the bot sees them there, and ends their match when they go;
-- the replica that watches the lobby is often another one, and must not take them for gone.

-- Whether the replica of the bot has seen that person in the room. It stays until the match is over, because the bot decides from then on.
alter table shoal.match_seats add column if not exists is_in_room boolean not null default false;

-- Confirms a person because that person was seen in the room, and notes it. No row, as from shoal.match_confirm: there is no such match.
create or replace function shoal.match_confirm_in_room(p_match_id uuid, p_participant_id text)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query select * from shoal.match_confirm(p_match_id, p_participant_id);
  -- Not a match that is over, which has no open seat. The match is locked by the confirmation.
  update shoal.match_seats s set is_in_room = true
  where s.match_id = p_match_id and s.participant_id = p_participant_id and s.is_open and not s.bot and not s.is_in_room;
end
$$;

-- Returns the ticket of a person who was seen in a room where the match goes on.
create or replace function shoal.ticket_in_room(p_user_id text) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    select s.ticket_id from shoal.match_seats s
    where s.participant_id = p_user_id and s.is_open and not s.bot and s.is_in_room
  );
end
$$;

-- Closes the open ticket of a person; with p_since, only one of that mark; with p_spares_rooms, none whose person was seen in a room.
create or replace function shoal.ticket_close_of(
  p_user_id text, p_reason text, p_since timestamptz, p_spares_rooms boolean
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_ids constant uuid[] := array(
    select t.id from shoal.match_tickets t
    where t.user_id = p_user_id and t.status <> 'closed' and (p_since is null or t.since = p_since)
  );
begin
  if p_spares_rooms and shoal.ticket_in_room(p_user_id) = any (v_ids) then return; end if;
  return query select * from shoal.ticket_close(v_ids, p_reason, true);
end
$$;

-- Closes the tickets of people who are gone, as before, but of nobody who was seen in a room.
create or replace function shoal.ticket_close_absent(p_present jsonb, p_grace_ms integer)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_gone uuid[];
begin
  select array_agg(t.id) into v_gone from shoal.match_tickets t
  where t.status <> 'closed' and t.source = 'lobby' and t.opened_at < now() - p_grace_ms * interval '1 millisecond'
    and t.user_id not in (
      select p.user_id from jsonb_to_recordset(p_present) as p(user_id text, since timestamptz)
      where p.user_id is not null and (p.since is null or exists (
        select from shoal.match_tickets known where known.user_id = p.user_id and known.since = p.since offset 0
      ))
    )
    and not exists (
      select from shoal.match_seats s where s.match_id = t.match_id and s.ticket_id = t.id and s.is_in_room offset 0
    );
  return query select * from shoal.ticket_close(v_gone, 'gone', true);
end
$$;

call shoal.seal_schema();
