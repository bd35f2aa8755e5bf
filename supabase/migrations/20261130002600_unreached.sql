-- People whose notice of a match could not be delivered. Their silence is not their own: it does not count towards closing the ticket.
alter table shoal.match_seats add column if not exists is_unreached boolean not null default false;

-- Notes that a person was not told of a pending match. Nothing where the seat is confirmed or the match is over. Idempotent.
create or replace function shoal.match_unreached(p_match_id uuid, p_participant_id text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update shoal.match_seats s set is_unreached = true
  where s.match_id = p_match_id and s.participant_id = p_participant_id and s.is_open and s.confirmed_at is null
$$;

-- Ends matches as before. A person who was not told of the match goes back to the line, however often that happens.
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
    returning s.match_id, s.participant_id, s.ticket_id, s.confirmed_at is not null as has_confirmed, s.is_unreached
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
      select case
        when p_max_unconfirmed is not null and e.was_pending and not s.has_confirmed and not s.is_unreached then 1 else 0
      end as by_one
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

call shoal.seal_schema();
