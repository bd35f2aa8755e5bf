import { AUTH_SQL } from "./auth-sql.ts";
import { REALTIME_SQL } from "./realtime-sql.ts";

/**
 * Makes the roles, publication and functions that every Supabase database has and a bare Postgres lacks, as far as Shoal
 * and its examples rely on them. Idempotent.
 * @source https://supabase.com/docs/guides/database/postgres/roles
 */
export const BOOTSTRAP_SQL = `
do $$
begin
  -- Roles belong to the whole server, and two databases may be prepared at the same time.
  perform pg_advisory_xact_lock(hashtext('shoal:roles'));
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then
    create role authenticated nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'service_role') then
    create role service_role nologin noinherit bypassrls;
  end if;
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;

grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;

-- PostgREST and Realtime leave a setting empty where there is none.
create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
                  nullif(current_setting('request.jwt.claims', true), ''))::jsonb
$$;

create or replace function auth.uid() returns uuid language sql stable as $$
  select nullif(coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), auth.jwt() ->> 'sub'), '')::uuid
$$;

create or replace function auth.role() returns text language sql stable as $$
  select nullif(coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), auth.jwt() ->> 'role'), '')
$$;

create or replace function auth.email() returns text language sql stable as $$
  select nullif(coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), auth.jwt() ->> 'email'), '')
$$;
${AUTH_SQL}${REALTIME_SQL}`;
