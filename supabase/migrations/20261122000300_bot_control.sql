-- Commands to bots, and the bots that commands deployed. Every statement may run twice, as in the migrations before.
--
-- Both tables are in the schema public, because owners' own clients write commands through PostgREST and hear of their
-- outcome through Realtime. What they may is said by grants and policies below; everything else is the daemon's.

-- Tables of these names that are somebody else's are left as they are.
do $$
declare
  ours record;
  missing text;
begin
  for ours in
    select * from (values
      ('bot_control', array['id uuid', 'seq bigint', 'bot_id text', 'command text', 'payload jsonb', 'issued_by uuid',
        'created_at timestamp with time zone', 'applied_at timestamp with time zone', 'outcome text', 'error text']),
      ('bot_deployments', array['bot_id text', 'owner_id uuid', 'kind text', 'name text', 'config jsonb', 'desired text',
        'stops_gracefully boolean', 'generation integer', 'status text', 'replica text', 'last_error text',
        'created_at timestamp with time zone', 'updated_at timestamp with time zone', 'status_at timestamp with time zone'])
    ) as t (name, columns)
  loop
    continue when to_regclass(format('public.%I', ours.name)) is null;
    select string_agg(wanted, ', ') into missing from unnest(ours.columns) as wanted
    where not exists (
      select from pg_attribute a
      where a.attrelid = to_regclass(format('public.%I', ours.name)) and a.attnum > 0 and not a.attisdropped
        and a.attname || ' ' || format_type(a.atttypid, null) = wanted
    );
    if missing is not null then
      raise exception 'The table public.% belongs to somebody else: it has no column %. Shoal needs that name for a table of its own: give the old one another name, such as %_old, and start again.',
        ours.name, missing, ours.name;
    end if;
  end loop;
end
$$;

-- Who asks: the user of the token that PostgREST verified; null for everybody who comes with a connection of the project.
-- The same as auth.uid() of Supabase, which a bare Postgres lacks, but null for an id that is no UUID.
create or replace function shoal.request_uid() returns uuid
language sql stable set search_path = '' as $$
  select case when claimed.sub ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then claimed.sub::uuid end
  from (
    select coalesce(
      nullif(current_setting('request.jwt.claim.sub', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    ) as sub
  ) as claimed
$$;

create table if not exists public.bot_control (
  id uuid primary key default gen_random_uuid(),
  -- The order in which the commands to one bot are applied.
  seq bigint generated always as identity,
  bot_id text not null check (char_length(bot_id) between 1 and 128),
  -- Not only known ones: what is unknown is answered in `outcome`.
  command text not null check (char_length(command) <= 64),
  payload jsonb not null default '{}' constraint bot_control_payload_size check (octet_length(payload::text) <= 65536),
  -- A user; null: the operator.
  issued_by uuid default shoal.request_uid(),
  created_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz,
  outcome text check (outcome in ('applied', 'rejected')),
  error text,
  check ((applied_at is null) = (outcome is null))
) with (fillfactor = 80);

create index if not exists bot_control_pending_idx on public.bot_control (bot_id, seq) where applied_at is null;

comment on table public.bot_control is 'Commands to bots: insert a row, and the daemon applies it at once and writes the outcome.';

create table if not exists public.bot_deployments (
  bot_id text primary key check (char_length(bot_id) between 1 and 128),
  -- A user; null: the operator.
  owner_id uuid,
  kind text not null,
  name text not null,
  config jsonb not null default '{}' check (jsonb_typeof(config) = 'object'),
  -- removed: stopped, and then forgotten.
  desired text not null check (desired in ('running', 'paused', 'stopped', 'removed')),
  stops_gracefully boolean not null default false,
  -- Grows when the bot is to begin anew.
  generation integer not null default 1 check (generation > 0),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  -- Below: what whoever runs it says of it.
  status text not null
    check (status in ('starting', 'running', 'paused', 'stopping', 'stopped', 'crashed', 'quarantined')),
  replica text,
  last_error text,
  status_at timestamptz not null default clock_timestamp()
) with (fillfactor = 80);

create index if not exists bot_deployments_live_idx on public.bot_deployments (bot_id)
  where desired <> 'stopped' or status <> 'stopped';
create index if not exists bot_deployments_owner_idx on public.bot_deployments (owner_id) where owner_id is not null;

comment on table public.bot_deployments is 'Bots deployed by commands: what is wanted of them, and how far the daemon is.';

-- Whether a user may command a bot: his own, or one that nobody has. Above row security, which hides the bots of others.
create or replace function shoal.may_command(p_bot_id text, p_user_id uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select p_user_id is not null and not exists (
    select from public.bot_deployments d where d.bot_id = p_bot_id and d.owner_id is distinct from p_user_id
  )
$$;

-- An applied row whose command or payload is changed is a new command, behind all others.
create or replace function shoal.bot_control_renew() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.seq := nextval(pg_get_serial_sequence('public.bot_control', 'seq'));
  new.created_at := clock_timestamp();
  new.applied_at := null;
  new.outcome := null;
  new.error := null;
  return new;
end
$$;

create or replace trigger bot_control_renewed before update on public.bot_control
  for each row
  when (old.applied_at is not null and (old.bot_id, old.command, old.payload) is distinct from (new.bot_id, new.command, new.payload))
  execute function shoal.bot_control_renew();

create or replace function shoal.bot_control_notify() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('shoal_control', '');
  return null;
end
$$;

create or replace trigger bot_control_written after insert or update of bot_id, command, payload on public.bot_control
  for each statement execute function shoal.bot_control_notify();

-- The commands of all are applied in one order: a flood from one user must not hold up those of the others.
create index if not exists bot_control_asker_idx on public.bot_control (issued_by)
  where applied_at is null and issued_by is not null;

create or replace function shoal.bot_control_bound() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  asker constant uuid := shoal.request_uid();
begin
  if asker is not null and (
    select count(*) from (
      select from public.bot_control where issued_by = asker and applied_at is null limit 1001
    ) as waiting
  ) > 1000 then
    raise exception 'At most 1000 commands of one user may wait to be applied.' using errcode = 'program_limit_exceeded';
  end if;
  return null;
end
$$;

create or replace trigger bot_control_bounded after insert on public.bot_control
  for each statement execute function shoal.bot_control_bound();

alter table public.bot_control enable row level security;
alter table public.bot_deployments enable row level security;

-- The roles of Supabase, as far as they are there.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on public.bot_control, public.bot_deployments from %I', api_role);
  end loop;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant select, insert, update, delete on public.bot_control to service_role;
    grant select on public.bot_deployments to service_role;
    grant execute on function shoal.request_uid() to service_role;
  end if;
  if exists (select from pg_roles where rolname = 'authenticated') then
    grant select, insert (id, bot_id, command, payload, issued_by) on public.bot_control to authenticated;
    grant select on public.bot_deployments to authenticated;
    grant execute on function shoal.request_uid(), shoal.may_command(text, uuid) to authenticated;
    drop policy if exists "owners command their bots" on public.bot_control;
    create policy "owners command their bots" on public.bot_control for insert to authenticated
      with check (issued_by = (select shoal.request_uid()) and shoal.may_command(bot_id, issued_by));
    drop policy if exists "owners see what was asked of their bots" on public.bot_control;
    create policy "owners see what was asked of their bots" on public.bot_control for select to authenticated
      using (
        issued_by = (select shoal.request_uid())
        -- By the operator, and since the bot is theirs: its id may have been somebody else's before.
        or issued_by is null and exists (
          select from public.bot_deployments d
          where d.bot_id = bot_control.bot_id and d.owner_id = (select shoal.request_uid())
            and bot_control.created_at >= d.created_at
        )
      );
    drop policy if exists "owners see their bots" on public.bot_deployments;
    create policy "owners see their bots" on public.bot_deployments for select to authenticated
      using (owner_id = (select shoal.request_uid()));
  end if;
end
$$;

-- Realtime tells the daemon of commands, and owners of outcomes.
do $$
declare
  ours text;
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then return; end if;
  for ours in
    select name from unnest(array['bot_control', 'bot_deployments']) as name
    where not exists (
      select from pg_publication_tables
      where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = name
    )
  loop
    execute format('alter publication supabase_realtime add table public.%I', ours);
  end loop;
exception when insufficient_privilege then
  -- Commands are applied all the same, by LISTEN or by looking.
  raise warning 'Realtime will not tell of commands: the owner of the publication supabase_realtime must add the tables public.bot_control and public.bot_deployments to it.';
end
$$;
