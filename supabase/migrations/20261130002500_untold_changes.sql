-- Changes of matchmaking that no replica made: what signed-in people did by RPC. They are kept until a replica takes them and emits
-- their events, so that each change is told once, by one replica, whoever made it.

-- The rows that a function called by a replica would have returned to it.
create table if not exists shoal.match_untold (
  seq bigint generated always as identity primary key,
  change shoal.match_change not null
);

-- Keeps changes to be told. A match with a bot is told by the replica of that bot, which looks at it all the time.
create or replace function shoal.match_keep_untold(p_changes shoal.match_change[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into shoal.match_untold (change)
  select c from unnest(p_changes) c
  where c.event in ('ticket:opened', 'ticket:requeued', 'ticket:closed')
    or c.event in ('match:live', 'match:ended') and c.replica_id is null
$$;

-- Takes at most p_limit changes that nobody has told, in their order. Rows that another replica takes are skipped.
create or replace function shoal.match_take_untold(p_limit integer) returns setof shoal.match_change
language sql set search_path = pg_catalog, pg_temp as $$
  with taken as (
    delete from shoal.match_untold u
    where u.seq in (select o.seq from shoal.match_untold o order by o.seq limit p_limit for update skip locked)
    returning u.seq, u.change
  )
  select (t.change).* from taken t order by t.seq
$$;

-- Opens the ticket of a person who asks by RPC or with an own token, as shoal.ticket_open does. At most 30 waits of one person begin
-- within a minute: each is a row for a week.
create or replace function shoal.ticket_open_by_person(p_user_id text, p_name text, p_attributes jsonb)
returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('shoal:match:' || p_user_id, 0));
  if not exists (
    select from shoal.match_tickets t where t.user_id = p_user_id and t.status in ('waiting', 'reserved')
  ) and (
    select count(*) from (
      select from shoal.match_tickets t
      where t.user_id = p_user_id and t.since between now() - interval '1 minute' and now() limit 30
    ) as recent
  ) >= 30 then
    raise exception 'At most 30 waits of one person may begin within a minute: try again in a minute.'
      using errcode = 'program_limit_exceeded';
  end if;
  return query select * from shoal.ticket_open(p_user_id, p_name, 'api', null, p_attributes);
end
$$;

-- Waits, confirms and leaves as before, and keeps what that changed.
create or replace function public.match_wait(name text default null, attributes jsonb default '{}') returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_attributes constant jsonb := coalesce(match_wait.attributes, '{}');
  v_id uuid;
  v_changes shoal.match_change[];
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
    select array_agg(c) into v_changes from shoal.ticket_open_by_person(v_user_id, match_wait.name, v_attributes) c;
    perform shoal.match_keep_untold(v_changes);
    v_id := v_changes[1].ticket_id;
  end if;
  return shoal.match_state(v_id);
end
$$;

create or replace function public.match_confirm(match_id uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_changes shoal.match_change[];
begin
  select array_agg(c) into v_changes from shoal.match_confirm(match_confirm.match_id, v_user_id) c;
  if v_changes is null then
    raise exception 'The match cannot be confirmed: it is over or unknown, or you have no seat in it.'
      using errcode = 'invalid_parameter_value', hint = 'Call match_wait to see the state of your wait.';
  end if;
  perform shoal.match_keep_untold(v_changes);
  return (
    select shoal.match_state(s.ticket_id) from shoal.match_seats s
    where s.match_id = match_confirm.match_id and s.participant_id = v_user_id and not s.bot
  );
end
$$;

create or replace function public.match_cancel() returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('shoal:match:' || v_user_id, 0));
  select t.id into v_id from shoal.match_tickets t where t.user_id = v_user_id and t.status <> 'closed';
  perform shoal.match_keep_untold(array(select c from shoal.ticket_close(array[v_id], 'cancelled', false) c));
  return shoal.match_state(v_id);
end
$$;

call shoal.seal_schema();
