-- Changes of the line, told apart by the snapshot of the read before. A mark of a transaction alone had whatever changed since the oldest one that was
-- under way anywhere on the server, in other databases too: read again by each look for as long as that one lasted.

-- Reads the line. Without p_since: a page of it in its order, after the ticket p_after. With p_since, the mark of an earlier answer: the tickets
-- whose last change that answer could not see, and those of p_again, as `tickets` if they wait and as ids in `gone` if they do no more; one that is
-- in neither is deleted. `isCut`: there may be more, after `last`. -- `takenIds` are those of p_chosen_ids that are ids of people with an open ticket of
-- an authenticated source. `blockedIds` of a ticket are those whom it must not meet, of people only those who wait, too; null where nobody is
-- blocked at all.
create or replace function shoal.match_line_since(
  p_limit integer, p_after uuid, p_since pg_snapshot, p_again uuid[], p_chosen_ids text[], p_avoids_blocks boolean
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
    v_ids := array(
      select t.id from shoal.match_tickets t
      where t.line_xid >= pg_snapshot_xmin(p_since) and not pg_visible_in_snapshot(t.line_xid, p_since)
      order by t.line_xid limit p_limit
    );
  end if;
  return query
  select (extract(epoch from now()) * 1000)::float8, pg_current_snapshot()::text, cardinality(v_ids) >= p_limit, v_ids[cardinality(v_ids)],
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

-- For daemons of the version before, whose marks are a transaction alone: none from there on had been seen.
create or replace function shoal.match_line(
  p_limit integer, p_after uuid, p_since xid8, p_again uuid[], p_chosen_ids text[], p_avoids_blocks boolean
) returns table ("nowMs" double precision, mark text, "isCut" boolean, last uuid, "takenIds" jsonb, tickets json, gone json)
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select r."nowMs", split_part(r.mark, ':', 1), r."isCut", r.last, r."takenIds", r.tickets, r.gone
  from shoal.match_line_since(
    p_limit, p_after, (p_since::text || ':' || p_since::text || ':')::pg_snapshot, p_again, p_chosen_ids, p_avoids_blocks
  ) r
$$;

call shoal.seal_schema();
