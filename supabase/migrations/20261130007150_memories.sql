-- What a bot remembers of a person from one talk to the next: only of people who have said that it may, until 30 days after their last talk.

create table if not exists public.bot_memory_consents (
  user_id uuid primary key,
  allowed_at timestamptz not null default clock_timestamp()
);

alter table public.bot_memory_consents enable row level security;

comment on table public.bot_memory_consents is 'People who allow bots to remember them, until they call bot_memory_allow(false).';

create table if not exists shoal.person_memories (
  person_id text not null check (person_id <> ''),
  -- Which bot remembers: the id of its persona.
  bot_key text not null check (char_length(bot_key) between 1 and 128),
  -- Texts, the oldest first.
  facts jsonb not null check (jsonb_typeof(facts) = 'array' and jsonb_array_length(facts) <= 12 and octet_length(facts::text) <= 4096),
  updated_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (person_id, bot_key)
);

create index if not exists person_memories_expires_idx on shoal.person_memories (expires_at);

alter table shoal.person_memories enable row level security;

-- Returns the signed-in person of that id whom bots may remember now: one who allows it, and whose latest wait began by an authenticated way. An entry in
-- the lobby proves nothing about its sender, who would be told what somebody else had said.
create or replace function shoal.remembered_person(p_person_id text) returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.user_id from public.bot_memory_consents c
  where c.user_id = case when p_person_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_person_id::uuid end
    and 'api' = (select t.source from shoal.match_tickets t where t.user_id = p_person_id order by t.status = 'closed', t.opened_at desc limit 1)
$$;

-- Returns what that bot remembers of a person, the oldest first.
create or replace function shoal.memory_load(p_person_id text, p_bot_key text) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce((
    select m.facts from shoal.person_memories m
    where m.person_id = p_person_id and m.bot_key = p_bot_key and m.expires_at > clock_timestamp() and shoal.remembered_person(p_person_id) is not null
  ), '[]')
$$;

-- Adds texts to what a bot remembers of a person, at most 12 and 4 kB: the oldest go. One that is known becomes the latest. False: it may not be kept.
create or replace function shoal.memory_save(p_person_id text, p_bot_key text, p_facts jsonb) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant uuid := shoal.remembered_person(p_person_id);
  v_facts jsonb;
begin
  -- Whoever withdraws waits for this, and then erases it; and one save of a person waits for the other.
  perform from public.bot_memory_consents c where c.user_id = v_user_id for no key update;
  if not found then return false; end if;
  with texts as (
    select f.fact, f.nth from shoal.person_memories m
    cross join jsonb_array_elements(m.facts) with ordinality f(fact, nth)
    where m.person_id = p_person_id and m.bot_key = p_bot_key and m.expires_at > clock_timestamp()
    union all
    select f.fact, f.nth + 1000 from jsonb_array_elements(p_facts) with ordinality f(fact, nth)
    where jsonb_typeof(f.fact) = 'string' and octet_length(f.fact::text) between 3 and 1024
  ), latest as (
    select t.fact, max(t.nth) as nth from texts t group by t.fact order by 2 desc limit 12
  ), sized as (
    -- Two characters between two texts, and the brackets.
    select l.fact, l.nth, sum(octet_length(l.fact::text) + 2) over (order by l.nth desc) as bytes from latest l
  )
  select coalesce(jsonb_agg(s.fact order by s.nth), '[]') into v_facts from sized s where s.bytes <= 4096;

  insert into shoal.person_memories as m (person_id, bot_key, facts, expires_at)
  values (p_person_id, p_bot_key, v_facts, clock_timestamp() + interval '30 days')
  on conflict (person_id, bot_key) do update set facts = excluded.facts, updated_at = clock_timestamp(), expires_at = excluded.expires_at;
  return true;
end
$$;

-- Erases what bots remember of a person, and that they may; also what is being saved at this moment.
create or replace function shoal.memory_erase(p_person_id text) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  -- First, because a save that is under way holds it.
  delete from public.bot_memory_consents c
  where c.user_id = case when p_person_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_person_id::uuid end;
  delete from shoal.person_memories m where m.person_id = p_person_id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

-- Says whether bots may remember the signed-in caller, and returns it. False: what they remember is erased at once. Null: nothing is changed.
create or replace function public.bot_memory_allow(allowed boolean) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_user_id constant uuid := shoal.request_uid();
begin
  if v_user_id is null then
    raise exception 'Nobody is signed in: only a signed-in person can say what bots may remember.' using errcode = 'insufficient_privilege',
      hint = 'Sign in first and send the access token of that session; supabase.auth.signInAnonymously() is enough.';
  end if;
  if bot_memory_allow.allowed then
    insert into public.bot_memory_consents (user_id) values (v_user_id) on conflict do nothing;
  elsif not bot_memory_allow.allowed then
    perform shoal.memory_erase(v_user_id::text);
  end if;
  return exists (select from public.bot_memory_consents c where c.user_id = v_user_id);
end
$$;

-- Supabase's default privileges open every new table and function in `public`.
do $$
declare
  api_role text;
begin
  revoke all on function public.bot_memory_allow(boolean) from public;
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on public.bot_memory_consents from %I', api_role);
    execute format('revoke all on function public.bot_memory_allow(boolean) from %I', api_role);
  end loop;
  if exists (select from pg_roles where rolname = 'authenticated') then
    grant select on public.bot_memory_consents to authenticated;
    grant execute on function public.bot_memory_allow(boolean) to authenticated;
    drop policy if exists "people see what they have allowed" on public.bot_memory_consents;
    -- As shoal.request_uid(), on which people have no right while the control is closed to them.
    create policy "people see what they have allowed" on public.bot_memory_consents for select to authenticated
      using (user_id::text = coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
      ));
  end if;
end
$$;

-- Deletes at most p_limit memories that have expired. Returns how many.
create or replace function shoal.memories_forget(p_limit integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  delete from shoal.person_memories m where (m.person_id, m.bot_key) in (
    select o.person_id, o.bot_key from shoal.person_memories o where o.expires_at < clock_timestamp()
    order by o.expires_at limit p_limit for update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

call shoal.seal_schema();
