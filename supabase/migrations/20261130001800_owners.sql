-- Who may command bots, and how much one user takes.

-- Closes the control to people's clients once, when this file comes to a database that it was open in. Afterwards the daemon
-- decides by CONTROL_OPEN_TO, and this file, applied again, leaves that alone.
do $$
begin
  if to_regprocedure('shoal.open_control(text)') is null and exists (select from pg_roles where rolname = 'authenticated') then
    revoke all on public.bot_control, public.bot_deployments from authenticated;
    revoke all on function shoal.request_uid(), shoal.may_command(text, uuid) from authenticated;
  end if;
end
$$;

-- Opens the control to signed-in users (owners: within the policies) or closes it to them (nobody), and returns to whom it was
-- open before. Changes nothing where nothing is to be changed, because daemons that start together would get in each other's
-- way. Needs the owner of both tables.
create or replace function shoal.open_control(p_to text) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  was text;
begin
  if p_to is null or p_to not in ('nobody', 'owners') then
    raise exception 'The control can be open to nobody or to owners.' using errcode = 'invalid_parameter_value';
  end if;
  -- A Postgres without the roles of Supabase has no clients to open it to.
  if not exists (select from pg_roles where rolname = 'authenticated') then return p_to; end if;
  perform pg_advisory_xact_lock(hashtextextended('shoal:open_control', 0));
  was := case when has_any_column_privilege('authenticated', 'public.bot_control', 'insert') then 'owners' else 'nobody' end;
  if was = p_to then return was; end if;
  revoke all on public.bot_control, public.bot_deployments from authenticated;
  revoke all on function shoal.request_uid(), shoal.may_command(text, uuid) from authenticated;
  if p_to = 'owners' then
    grant select, insert (id, bot_id, command, payload, issued_by) on public.bot_control to authenticated;
    grant select on public.bot_deployments to authenticated;
    grant execute on function shoal.request_uid(), shoal.may_command(text, uuid) to authenticated;
  end if;
  -- Postgres only warns of a grant by a role that has other privileges on the table.
  if has_any_column_privilege('authenticated', 'public.bot_control', 'insert') <> (p_to = 'owners') then
    raise exception 'Only the owner of public.bot_control may open or close it.' using errcode = 'insufficient_privilege';
  end if;
  return was;
end
$$;

-- An identity column needs no privilege on its sequence; Supabase's default privileges let clients advance and reset it.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on sequence %s from %I', pg_get_serial_sequence('public.bot_control', 'seq'), api_role);
  end loop;
end
$$;

-- Limits the pending commands of one user. Inserts of one user take turns until they commit: each would count without the rows
-- of the others, and all together pass the limit.
create or replace function shoal.bot_control_limit_pending() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  issuer constant uuid := shoal.request_uid();
begin
  if issuer is null then return null; end if;
  perform pg_advisory_xact_lock(hashtextextended('shoal:bot_control:' || issuer, 0));
  if (
    select count(*) from (
      select from public.bot_control where issued_by = issuer and applied_at is null limit 1001
    ) as waiting
  ) > 1000 then
    raise exception 'At most 1000 commands of one user may wait to be applied: wait until some are, then insert again.' using errcode = 'program_limit_exceeded';
  end if;
  return null;
end
$$;

-- Serves the limit on the running bots of one owner.
create index if not exists bot_deployments_owner_live_idx on public.bot_deployments (owner_id)
  where owner_id is not null and (desired <> 'stopped' or status <> 'stopped');

call shoal.seal_schema();
