-- Blocks and reports, of somebody met within a week.

-- Whom somebody does not want to meet again: people, and bots. It keeps apart both ways.
create table if not exists public.match_blocks (
  user_id text not null,
  blocked_id text not null,
  is_bot boolean not null,
  created_at timestamptz not null default now(),
  primary key (user_id, blocked_id),
  check (user_id <> blocked_id)
);
create index if not exists match_blocks_blocked_idx on public.match_blocks (blocked_id, user_id);

-- People see whom they blocked, nobody sees by whom, and all is written by the functions below.
alter table public.match_blocks enable row level security;
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on public.match_blocks from %I', api_role);
  end loop;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant select on public.match_blocks to service_role;
  end if;
  if exists (select from pg_roles where rolname = 'authenticated') then
    grant select on public.match_blocks to authenticated;
    drop policy if exists "people see whom they blocked" on public.match_blocks;
    -- Says what shoal.request_uid() says, which may be closed to them.
    create policy "people see whom they blocked" on public.match_blocks for select to authenticated
      using (user_id = (
        select lower(coalesce(
          nullif(current_setting('request.jwt.claim.sub', true), ''),
          nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
        ))
      ));
  end if;
end
$$;

-- Returns who had the other seat of that match; no row: the person had none in it, or it has been over for a week.
create or replace function shoal.match_partner(p_user_id text, p_match_id uuid)
returns table (partner_id text, is_bot boolean)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  select partner.participant_id, partner.bot
  from shoal.matches m
  join shoal.match_seats own on own.match_id = m.match_id and own.participant_id = p_user_id and not own.bot
  join shoal.match_seats partner on partner.match_id = m.match_id and partner.seat <> own.seat
  where m.match_id = p_match_id and coalesce(m.ended_at, now()) > now() - interval '7 days'
$$;

-- Has replicas read the tickets of these people anew, if they wait.
create or replace function shoal.match_line_touch(p_user_ids text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_ids constant uuid[] := array(
    select open.id from unnest(p_user_ids) as named (user_id)
    cross join lateral (
      select o.id from shoal.match_tickets o where o.user_id = named.user_id and o.status <> 'closed' offset 0
    ) open
  );
begin
  perform 1 from shoal.match_tickets t
  where t.id = any (v_ids) and t.status || '' = 'waiting' order by t.id for no key update;
  update shoal.match_tickets t set status = t.status where t.id = any (v_ids) and t.status || '' = 'waiting';
end
$$;

-- Keeps a person apart from whom it met in that match, from now on, and ends what the two are in. The first row names the other, without a
-- change; no row: the two have not met. Idempotent.
create or replace function shoal.match_block(p_user_id text, p_match_id uuid)
returns table (blocked_id text, change shoal.match_change)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  v_blocked_id text;
  v_is_bot boolean;
  v_match_ids uuid[];
begin
  perform pg_advisory_xact_lock(hashtextextended('shoal:match:' || p_user_id, 0));
  select p.partner_id, p.is_bot into v_blocked_id, v_is_bot from shoal.match_partner(p_user_id, p_match_id) p;
  if not found then return; end if;
  -- Waits for the commits under way: see shoal.match_commit_checked.
  perform pg_advisory_xact_lock(hashtextextended('shoal:match_blocks', 0));
  if not exists (select from public.match_blocks b where b.user_id = p_user_id and b.blocked_id = v_blocked_id) then
    if (select count(*) from (select from public.match_blocks b where b.user_id = p_user_id limit 1000) few) >= 1000 then
      raise exception 'At most 1,000 may be blocked by one person: unblock somebody first.' using errcode = 'program_limit_exceeded';
    end if;
    insert into public.match_blocks (user_id, blocked_id, is_bot) values (p_user_id, v_blocked_id, v_is_bot);
  end if;

  v_match_ids := array(
    select own.match_id from shoal.match_seats own
    join shoal.match_seats partner on partner.match_id = own.match_id and partner.seat <> own.seat
    where own.participant_id = p_user_id and own.is_open and not own.bot and partner.participant_id = v_blocked_id
  );
  perform 1 from shoal.matches m where m.match_id = any (v_match_ids) order by m.match_id for no key update;
  return query select v_blocked_id, null::shoal.match_change;
  return query
  select v_blocked_id, c from shoal.match_end_locked(v_match_ids, 'blocked', array[p_user_id], false, null) c;
  perform shoal.match_line_touch(array[p_user_id, v_blocked_id]);
end
$$;

-- Takes a block back. False: there was none.
create or replace function shoal.match_unblock(p_user_id text, p_blocked_id text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  delete from public.match_blocks b where b.user_id = p_user_id and b.blocked_id = p_blocked_id;
  if not found then return false; end if;
  perform shoal.match_line_touch(array[p_user_id, p_blocked_id]);
  return true;
end
$$;

-- Marks the conversation of that match for the operator. False: that person had no seat in it. Idempotent. A mark is about a person: that of a
-- talk with a bot is about the one who reports it.
create or replace function shoal.match_report(p_user_id text, p_match_id uuid, p_reason text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  v_partner record;
begin
  select * into v_partner from shoal.match_partner(p_user_id, p_match_id);
  if not found then return false; end if;
  perform shoal.mark_conversation(
    p_match_id, case when v_partner.is_bot then p_user_id else v_partner.partner_id end,
    case when v_partner.is_bot then v_partner.partner_id end, 'report', 'person', p_user_id, p_reason
  );
  return true;
end
$$;

-- What signed-in people call by RPC, each for themselves.

-- The reason without what only surrounds it; null for one that says nothing.
create or replace function shoal.match_reason(p_reason text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if char_length(p_reason) > 500 then
    raise exception 'The reason must have at most 500 characters.' using errcode = 'invalid_parameter_value';
  end if;
  return nullif(btrim(p_reason, E' \t\r\n'), '');
end
$$;

-- Never meets the partner of that match again, and ends it; with a reason, reports it, too.
create or replace function public.match_block(match_id uuid, reason text default null) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_reason constant text := shoal.match_reason(match_block.reason);
  v_blocked_id text;
  v_changes shoal.match_change[];
begin
  select min(b.blocked_id), array_agg(b.change) filter (where b.change is not null) into v_blocked_id, v_changes
  from shoal.match_block(v_user_id, match_block.match_id) b;
  if v_blocked_id is null then
    raise exception 'Nobody is blocked: you had no seat in that match, or it has been over for a week.' using errcode = 'invalid_parameter_value';
  end if;
  if v_reason is not null then perform shoal.match_report(v_user_id, match_block.match_id, v_reason); end if;
  perform shoal.match_keep_untold(v_changes);
  return jsonb_build_object('blocked_id', v_blocked_id);
end
$$;

-- False: that one was not blocked.
create or replace function public.match_unblock(user_id text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return shoal.match_unblock(shoal.match_caller(), match_unblock.user_id);
end
$$;

create or replace function public.match_report(match_id uuid, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant text := shoal.match_caller();
  v_reason constant text := shoal.match_reason(match_report.reason);
begin
  if v_reason is null then
    raise exception 'A report needs a reason, of 1 to 500 characters.' using errcode = 'invalid_parameter_value';
  end if;
  if not shoal.match_report(v_user_id, match_report.match_id, v_reason) then
    raise exception 'Nothing is reported: you had no seat in that match, or it has been over for a week.' using errcode = 'invalid_parameter_value';
  end if;
end
$$;

-- Supabase's default privileges let its roles execute every new function in `public`.
do $$
declare
  api_role text;
begin
  revoke all on function public.match_block(uuid, text), public.match_unblock(text), public.match_report(uuid, text) from public;
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format(
      'revoke all on function public.match_block(uuid, text), public.match_unblock(text), public.match_report(uuid, text) from %I', api_role
    );
  end loop;
  if exists (select from pg_roles where rolname = 'authenticated') then
    grant execute on function public.match_block(uuid, text), public.match_unblock(text), public.match_report(uuid, text) to authenticated;
  end if;
end
$$;

call shoal.seal_schema();
