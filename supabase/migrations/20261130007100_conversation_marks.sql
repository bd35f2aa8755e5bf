-- Marks: conversations that an operator should look at, because a person in them was in danger or a minor, or because one reported the other. What was
-- said is never kept.

create table if not exists shoal.conversation_marks (
  id bigint generated always as identity primary key,
  match_id uuid not null,
  -- Whom it is about; of a report of a bot: who reports.
  person_id text not null check (person_id <> ''),
  bot_id text,
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  source text not null check (source in ('bot', 'person')),
  reporter_id text check (source = 'person' or reporter_id is null),
  -- What the reporter wrote.
  reason text check (char_length(reason) <= 500),
  created_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz,
  -- api or console: who has looked.
  seen_by text,
  check ((seen_at is null) = (seen_by is null))
);

create unique index if not exists conversation_marks_once_idx on shoal.conversation_marks (match_id, person_id, kind, source);
create index if not exists conversation_marks_person_idx on shoal.conversation_marks (person_id, created_at);
create index if not exists conversation_marks_reporter_idx on shoal.conversation_marks (reporter_id, created_at) where reporter_id is not null;
create index if not exists conversation_marks_unseen_idx on shoal.conversation_marks (kind, created_at) where seen_at is null;
create index if not exists conversation_marks_created_idx on shoal.conversation_marks (created_at);

alter table shoal.conversation_marks enable row level security;

comment on table shoal.conversation_marks is 'Conversations that an operator should look at; never what was said in them. Kept for 90 days.';

-- Marks a conversation for the operator and tells the daemons (NOTIFY shoal_marks). Idempotent by match, person, kind and source. Returns the id of the mark, or null where none is made: that person has no seat in the match (any more: who was erased has
-- none), or there are as many marks of the person, or reports by the reporter, as are kept of one day.
create or replace function shoal.mark_conversation(
  p_match_id uuid, p_person_id text, p_bot_id text, p_kind text, p_source text, p_reporter_id text, p_reason text
) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  per_person constant integer := 50;
  per_reporter constant integer := 20;
  v_id bigint;
begin
  -- Held until this is committed: an erasure of the person waits for it, and then finds the mark.
  perform from shoal.match_seats s
  where s.match_id = p_match_id and s.participant_id = p_person_id and not s.bot for share;
  if not found then return null; end if;
  -- One after the other, so that none is counted without the others.
  perform pg_advisory_xact_lock(hashtextextended('shoal:mark:' || who, 0))
  from unnest(array[p_person_id, p_reporter_id]) who where who is not null order by who;

  select m.id into v_id from shoal.conversation_marks m
  where m.match_id = p_match_id and m.person_id = p_person_id and m.kind = p_kind and m.source = p_source;
  if found then return v_id; end if;
  if (
    select count(*) from (
      select from shoal.conversation_marks m
      where m.person_id = p_person_id and m.created_at > clock_timestamp() - interval '1 day' and m.source = p_source limit per_person
    ) as of_person
  ) >= per_person or (
    select count(*) from (
      select from shoal.conversation_marks m
      where m.reporter_id = p_reporter_id and m.created_at > clock_timestamp() - interval '1 day' limit per_reporter
    ) as of_reporter
  ) >= per_reporter then
    return null;
  end if;

  insert into shoal.conversation_marks (match_id, person_id, bot_id, kind, source, reporter_id, reason)
  values (p_match_id, p_person_id, p_bot_id, p_kind, p_source, p_reporter_id, nullif(left(btrim(p_reason), 500), ''))
  on conflict do nothing returning id into v_id;
  if v_id is not null then
    perform pg_notify('shoal_marks', jsonb_build_object('id', v_id, 'match_id', p_match_id, 'kind', p_kind, 'source', p_source)::text);
  end if;
  return v_id;
end
$$;

-- Deletes at most p_limit marks of more than 90 days ago, and the oldest beyond 100,000. Returns how many.
create or replace function shoal.marks_forget(p_limit integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  most_kept constant integer := 100000;
  v_newest_gone bigint;
  v_count integer;
begin
  select m.id into v_newest_gone from shoal.conversation_marks m order by m.id desc offset most_kept limit 1;
  delete from shoal.conversation_marks m where m.id in (
    select o.id from shoal.conversation_marks o
    where o.created_at < clock_timestamp() - interval '90 days' or o.id <= v_newest_gone
    order by o.id limit p_limit for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

call shoal.seal_schema();
