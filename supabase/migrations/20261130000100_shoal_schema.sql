-- The schema of Shoal, how it is closed to API clients, and its leases. In this file and in all others every statement may run
-- twice, so that the daemon and the Supabase CLI can both apply them.

-- Refuses a schema of the time before this file, which would keep its old tables under the new functions.
do $$
begin
  if to_regclass('shoal.leases') is not null and to_regprocedure('shoal.seal_schema()') is null then
    raise exception 'The schema shoal was made by a version of Shoal before its first release, which cannot be upgraded. Nothing was changed.'
      using hint = 'Start anew, in an empty database or after dropping the schema shoal and the tables public.bot_control and public.bot_deployments.';
  end if;
end
$$;

create schema if not exists shoal;
revoke all on schema shoal from public;

-- Closes the schema to API clients; the last statement of each file that creates something calls it. Tables: nothing is open to
-- them. Functions: Postgres lets everybody execute a new one, and a project may open the schema to let its clients call
-- shoal.enqueue(). What that project granted on the functions below, and what row security needs of them, stays.
create or replace procedure shoal.seal_schema()
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  open_functions constant text[] := array['enqueue', 'may_command', 'request_uid'];
  routine record;
  api_role text;
begin
  -- Those of another owner (supabase/cron.sql may be run by one) are closed by that file.
  for routine in
    select p.oid::regprocedure as signature, p.proname <> all (open_functions) as is_closed
    from pg_proc p where p.pronamespace = 'shoal'::regnamespace and pg_has_role(p.proowner, 'usage')
  loop
    execute format('revoke all on routine %s from public', routine.signature);
    -- These roles exist on Supabase and on the embedded backend, not on every Postgres.
    for api_role in select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated') and routine.is_closed loop
      execute format('revoke all on routine %s from %I', routine.signature, api_role);
    end loop;
  end loop;
  for api_role in select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated') loop
    execute format('revoke all on all tables in schema shoal from %I', api_role);
    execute format('revoke all on all sequences in schema shoal from %I', api_role);
  end loop;
end
$$;

do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on schema shoal from %I', api_role);
  end loop;
end
$$;

-- Who owns what, for how long. `epoch` grows with each new holder and never falls, so that a holder with an older one is
-- recognized and refused (fenced). A released row stays, without a holder, to keep its epoch.
create table if not exists shoal.leases (
  resource text primary key,
  holder text,
  epoch bigint not null,
  expires_at timestamptz not null
);

create index if not exists leases_holder_idx on shoal.leases (holder) where holder is not null;

comment on table shoal.leases is 'Exclusive, expiring ownership with a fencing epoch; expiry is judged by the clock of this database.';

call shoal.seal_schema();
