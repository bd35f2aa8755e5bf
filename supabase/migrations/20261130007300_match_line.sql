-- The line as replicas read it: whole, page by page, or what has changed in it since. Those who wait for long because rules keep them
-- apart stay in the memory of each replica, and are not read again each second.

-- The transaction that last changed a ticket that waits, or let one wait, or took one out of the line. Null: a time before this file.
alter table shoal.match_tickets add column if not exists line_xid xid8;
alter table shoal.match_tickets alter column line_xid set default pg_current_xact_id();
create index if not exists match_tickets_line_idx on shoal.match_tickets (line_xid);

create or replace function shoal.match_line_changed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.line_xid := pg_current_xact_id();
  return new;
end
$$;

create or replace trigger match_tickets_line before update on shoal.match_tickets
  for each row when (old.status = 'waiting' or new.status = 'waiting') execute function shoal.match_line_changed();

-- Reads the line. Without p_since: a page of it in its order, after the ticket p_after. With p_since, the mark of an earlier answer: the tickets that
-- changed since that was read, and those of p_again, as `tickets` if they wait and as ids in `gone` if they do no more; one that is in neither
-- is deleted. Whatever a transaction changes that is not over when a mark is made has that mark or a higher one. `isCut`: there may be more,
-- after `last`. -- `takenIds` are those of p_chosen_ids that are ids of people with an open ticket of an authenticated source. `blockedIds` of a ticket are
-- those whom it must not meet, of people only those who wait, too; null where nobody is blocked at all.
create or replace function shoal.match_line(
  p_limit integer, p_after uuid, p_since xid8, p_again uuid[], p_chosen_ids text[], p_avoids_blocks boolean
) returns table ("nowMs" double precision, mark text, "isCut" boolean, last uuid, "takenIds" jsonb, tickets json, gone json)
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_avoids constant boolean := p_avoids_blocks and exists (select from public.match_blocks b limit 1);
  v_ids uuid[];
begin
  if p_since is null then
    v_ids := array(
      select t.id from shoal.match_tickets t
      where t.status = 'waiting' and (t.queued_at, t.id) > (
        coalesce((select o.queued_at from shoal.match_tickets o where o.id = p_after), '-infinity'),
        coalesce(p_after, '00000000-0000-0000-0000-000000000000')
      )
      order by t.queued_at, t.id limit p_limit
    );
  else
    v_ids := array(select t.id from shoal.match_tickets t where t.line_xid >= p_since order by t.line_xid limit p_limit);
  end if;
  return query
  select (extract(epoch from now()) * 1000)::float8, pg_snapshot_xmin(pg_current_snapshot())::text, cardinality(v_ids) >= p_limit, v_ids[cardinality(v_ids)],
    (
      select coalesce(jsonb_agg(o.user_id), '[]') from shoal.match_tickets o
      where o.status <> 'closed' and o.source = 'api' and o.user_id = any (p_chosen_ids)
    ),
    coalesce(json_agg(json_build_object(
      'id', t.id, 'userId', t.user_id, 'name', left(coalesce(t.name, t.user_id), 200), 'lastPartnerId', t.last_partner_id,
      -- By hand a row can have a time without end, which JSON cannot name.
      'queuedAtMs', extract(epoch from least(greatest(t.queued_at, '0001-01-01'), '9999-12-31')) * 1000,
      'version', t.line_xid::text, 'attributes', t.attributes,
      'blockedIds', case when v_avoids then (
        select jsonb_agg(b.id) from (
          select own.blocked_id as id, own.is_bot from public.match_blocks own where own.user_id = t.user_id
          union select theirs.user_id, false from public.match_blocks theirs where theirs.blocked_id = t.user_id
        ) b
        where b.is_bot or exists (
          select from shoal.match_tickets o
          where o.user_id = b.id and o.status <> 'closed' and o.status || '' = 'waiting' offset 0
        )
      ) end
    ) order by t.queued_at, t.id) filter (where t.status || '' = 'waiting'), '[]'),
    coalesce(json_agg(t.id) filter (where t.status || '' <> 'waiting'), '[]')
  from shoal.match_tickets t where t.id = any (v_ids || p_again);
end
$$;

-- Commits decisions as shoal.match_commit does, and none that is not about the tickets as they were read (`first_version`,
-- `second_version`), nor, with p_avoids_blocks, one between those who are kept apart by now.
--
-- The lock is the other half of that promise: whoever blocks somebody waits until the commits under way are over, and then ends what they made;
-- a commit that comes later sees the block.
create or replace function shoal.match_commit_checked(
  p_replica_id text, p_confirm_ms integer, p_decisions jsonb, p_avoids_blocks boolean
) returns setof uuid
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_standing jsonb;
begin
  if p_avoids_blocks then perform pg_advisory_xact_lock_shared(hashtextextended('shoal:match_blocks', 0)); end if;
  perform 1 from shoal.match_tickets t
  where t.status || '' = 'waiting' and t.id = any (array(
    select unnest(array[d.first, d.second]) from jsonb_to_recordset(p_decisions) as d(first uuid, second uuid)
  ))
  order by t.id for no key update;

  select jsonb_agg(to_jsonb(d)) into v_standing
  from jsonb_to_recordset(p_decisions) as d(match_id uuid, room_id uuid, first uuid, second uuid, bot_id text, bot_name text,
    first_version text, second_version text)
  join shoal.match_tickets one on one.id = any (array[d.first])
  left join shoal.match_tickets two on two.id = any (array[d.second])
  where one.line_xid::text is not distinct from d.first_version
    and (d.second is null or two.line_xid::text is not distinct from d.second_version)
    and not (p_avoids_blocks and exists (
      select from public.match_blocks b
      where b.user_id = one.user_id and b.blocked_id = coalesce(two.user_id, d.bot_id) offset 0
    ))
    and not (p_avoids_blocks and exists (
      select from public.match_blocks b where b.user_id = two.user_id and b.blocked_id = one.user_id offset 0
    ));
  perform shoal.match_commit(p_replica_id, p_confirm_ms, coalesce(v_standing, '[]'));

  return query
  select m.match_id from shoal.matches m
  join jsonb_to_recordset(p_decisions) as d(match_id uuid) on m.match_id = any (array[d.match_id])
  where m.status <> 'ended';
end
$$;

-- Takes what somebody says about a wait that goes on; nothing said changes nothing. Says so to replicas, because new pairs may be possible.
create or replace function shoal.ticket_describe(p_ticket_id uuid, p_attributes jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  if p_attributes = '{}' then return; end if;
  update shoal.match_tickets t set attributes = p_attributes
  where t.id = p_ticket_id and t.status || '' = 'waiting' and t.attributes <> p_attributes;
  if found then perform pg_notify('shoal_match', 'waiting'); end if;
end
$$;

-- Opens a ticket, as shoal.ticket_open or, with p_is_by_person, shoal.ticket_open_by_person does. One that is known and waits takes the new
-- attributes, but not from the lobby, where anybody may show an entry in the name of somebody else.
create or replace function shoal.ticket_open_described(
  p_user_id text, p_name text, p_source text, p_since timestamptz, p_attributes jsonb, p_shown jsonb, p_is_by_person boolean
) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  v_changes shoal.match_change[];
begin
  if p_is_by_person then
    v_changes := array(select c from shoal.ticket_open_by_person(p_user_id, p_name, p_attributes) c);
  else
    v_changes := array(select c from shoal.ticket_open(p_user_id, p_name, p_source, p_since, p_attributes, p_shown) c);
  end if;
  if v_changes[1].event = 'ticket:opened' or v_changes[1].event = 'ticket:known' and p_source = 'api' then
    perform shoal.ticket_describe(v_changes[1].ticket_id, p_attributes);
  end if;
  return query select * from unnest(v_changes);
end
$$;

-- Waits as before. What the caller says anew about a wait that goes on counts from now on; the place in line stays.
create or replace function public.match_wait(name text default null, attributes jsonb default '{}') returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
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
  else
    perform shoal.ticket_describe(v_id, v_attributes);
  end if;
  return shoal.match_state(v_id);
end
$$;

call shoal.seal_schema();
