-- Commands to bots, and the bots that commands deployed.
--
-- Both tables are in the schema public, because clients of owners write commands through PostgREST and hear of their outcome
-- through Realtime. The grants and policies below say what owners may do; only the daemon does more.

-- Refuses tables of these names that do not have these columns, and leaves them unchanged.
do $$
declare
  expected record;
  missing text;
begin
  for expected in
    select * from (values
      ('bot_control', array['id uuid', 'seq bigint', 'bot_id text', 'command text', 'payload jsonb', 'issued_by uuid',
        'created_at timestamp with time zone', 'applied_at timestamp with time zone', 'outcome text', 'error text']),
      ('bot_deployments', array['bot_id text', 'owner_id uuid', 'kind text', 'name text', 'config jsonb', 'desired text',
        'stops_gracefully boolean', 'generation integer', 'status text', 'replica text', 'last_error text',
        'created_at timestamp with time zone', 'updated_at timestamp with time zone', 'status_at timestamp with time zone'])
    ) as t (name, columns)
  loop
    continue when to_regclass(format('public.%I', expected.name)) is null;
    select string_agg(wanted, ', ') into missing from unnest(expected.columns) as wanted
    where not exists (
      select from pg_attribute a
      where a.attrelid = to_regclass(format('public.%I', expected.name)) and a.attnum > 0 and not a.attisdropped
        and a.attname || ' ' || format_type(a.atttypid, null) = wanted
    );
    if missing is not null then
      raise exception 'The table public.% is not one of Shoal: it has no column %. Shoal needs that name for a table of its own: rename the existing one, for example to %_old, and start again.',
        expected.name, missing, expected.name;
    end if;
  end loop;
end
$$;

-- Returns the user of the token that PostgREST verified; null on a direct connection to the database. Does the same as
-- auth.uid() of Supabase, which a bare Postgres lacks, but returns null for an id that is no UUID.
create or replace function shoal.request_uid() returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
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
  -- Also takes unknown commands: they are rejected in `outcome`.
  command text not null check (char_length(command) <= 64),
  payload jsonb not null default '{}' constraint bot_control_payload_size check (octet_length(payload::text) <= 65536),
  -- The user who issued it; null for the operator.
  issued_by uuid default shoal.request_uid(),
  created_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz,
  outcome text check (outcome in ('applied', 'rejected')),
  error text,
  check ((applied_at is null) = (outcome is null))
) with (fillfactor = 80);

create index if not exists bot_control_pending_idx on public.bot_control (bot_id, seq) where applied_at is null;
-- Serves the limit on the pending commands of one user.
create index if not exists bot_control_issuer_pending_idx on public.bot_control (issued_by)
  where applied_at is null and issued_by is not null;
-- Serve an owner's list of commands: those the owner issued, and those the operator issued for the owner's bots.
create index if not exists bot_control_issuer_idx on public.bot_control (issued_by) where issued_by is not null;
create index if not exists bot_control_operator_idx on public.bot_control (bot_id) where issued_by is null;

comment on table public.bot_control is 'Commands to bots: insert a row, and the daemon applies it and writes the outcome.';

create table if not exists public.bot_deployments (
  bot_id text primary key check (char_length(bot_id) between 1 and 128),
  -- A user; null for the operator.
  owner_id uuid,
  kind text not null,
  name text not null,
  config jsonb not null default '{}' check (jsonb_typeof(config) = 'object'),
  -- removed: the row is deleted once the bot has stopped.
  desired text not null check (desired in ('running', 'paused', 'stopped', 'removed')),
  stops_gracefully boolean not null default false,
  -- Grows when the bot is to restart.
  generation integer not null default 1 check (generation > 0),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  -- The columns below are reported by the replica that runs the bot.
  status text not null
    check (status in ('starting', 'running', 'paused', 'stopping', 'stopped', 'crashed', 'quarantined')),
  replica text,
  last_error text,
  status_at timestamptz not null default clock_timestamp()
) with (fillfactor = 80);

create index if not exists bot_deployments_live_idx on public.bot_deployments (bot_id)
  where desired <> 'stopped' or status <> 'stopped';
create index if not exists bot_deployments_owner_idx on public.bot_deployments (owner_id) where owner_id is not null;

comment on table public.bot_deployments is 'Bots deployed by commands: the state that is wanted, and the state that the daemon reports.';

-- Says whether a user may command a bot: one of the user's own, or one that is not deployed. Bypasses row security, which
-- hides the bots of other owners.
create or replace function shoal.may_command(p_bot_id text, p_user_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p_user_id is not null and not exists (
    select from public.bot_deployments d where d.bot_id = p_bot_id and d.owner_id is distinct from p_user_id
  )
$$;

-- Turns an applied row whose bot, command or payload is changed into a new command, behind all others.
create or replace function shoal.bot_control_requeue() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  new.seq := nextval(pg_get_serial_sequence('public.bot_control', 'seq'));
  new.created_at := clock_timestamp();
  new.applied_at := null;
  new.outcome := null;
  new.error := null;
  return new;
end
$$;

create or replace trigger bot_control_requeue before update on public.bot_control
  for each row
  when (old.applied_at is not null and (old.bot_id, old.command, old.payload) is distinct from (new.bot_id, new.command, new.payload))
  execute function shoal.bot_control_requeue();

create or replace function shoal.bot_control_notify() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('shoal_control', '');
  return null;
end
$$;

create or replace trigger bot_control_notify after insert or update of bot_id, command, payload on public.bot_control
  for each statement execute function shoal.bot_control_notify();

-- Limits the pending commands of one user, so that a flood from one does not hold up those of the others.
create or replace function shoal.bot_control_limit_pending() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  issuer constant uuid := shoal.request_uid();
begin
  if issuer is not null and (
    select count(*) from (
      select from public.bot_control where issued_by = issuer and applied_at is null limit 1001
    ) as waiting
  ) > 1000 then
    raise exception 'At most 1000 commands of one user may wait to be applied: wait until some are, then insert again.' using errcode = 'program_limit_exceeded';
  end if;
  return null;
end
$$;

create or replace trigger bot_control_limit_pending after insert on public.bot_control
  for each statement execute function shoal.bot_control_limit_pending();

alter table public.bot_control enable row level security;
alter table public.bot_deployments enable row level security;

-- Opens both tables to the roles of Supabase that exist here.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on public.bot_control, public.bot_deployments from %I', api_role);
    execute format('revoke all on function shoal.request_uid(), shoal.may_command(text, uuid) from %I', api_role);
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
        -- Commands of the operator since the bot is theirs: its id may have belonged to another owner before.
        or issued_by is null
          -- Implied by the next condition; said as an array, which an index can find.
          and bot_id = any (array(
            select d.bot_id from public.bot_deployments d where d.owner_id = (select shoal.request_uid())
          ))
          and exists (
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

-- Lets Realtime tell the daemon of commands, and owners of outcomes.
do $$
declare
  table_name text;
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then return; end if;
  for table_name in
    select t.name from unnest(array['bot_control', 'bot_deployments']) as t (name)
    where not exists (
      select from pg_publication_tables p
      where p.pubname = 'supabase_realtime' and p.schemaname = 'public' and p.tablename = t.name
    )
  loop
    execute format('alter publication supabase_realtime add table public.%I', table_name);
  end loop;
exception when insufficient_privilege then
  -- Commands are still applied: the daemon hears of them by LISTEN or by polling.
  raise warning 'Realtime will not tell of commands and outcomes: the owner of the publication supabase_realtime must add the tables public.bot_control and public.bot_deployments to it.';
end
$$;

call shoal.seal_schema();
