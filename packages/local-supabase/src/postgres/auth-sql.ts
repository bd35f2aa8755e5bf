/**
 * Makes what the embedded `/auth/v1` and `/rest/v1` need: users and their sessions, the role that may become the roles of API
 * clients, and the function that runs a request as one of them. Runs after the roles are made. Idempotent.
 *
 * `auth.users` and `auth.sessions` have the columns of Supabase's that are used here.
 * @source supabase/auth, migrations; https://docs.postgrest.org/en/v14/references/auth.html
 */
export const AUTH_SQL = `
create table if not exists auth.users (
  id uuid primary key default gen_random_uuid(),
  aud text not null default 'authenticated',
  role text not null default 'authenticated',
  email text,
  is_anonymous boolean not null default false,
  raw_app_meta_data jsonb not null default '{}',
  raw_user_meta_data jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_sign_in_at timestamptz
);

create table if not exists auth.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  created_at timestamptz not null default now(),
  refreshed_at timestamptz,
  -- How many refresh tokens were used up: only the last one that was issued is good. No token is kept.
  refresh_token_counter integer not null default 0
);
create index if not exists sessions_user_id_idx on auth.sessions (user_id);

do $$
begin
  perform pg_advisory_xact_lock(hashtext('shoal:roles'));
  if not exists (select from pg_roles where rolname = 'authenticator') then
    create role authenticator nologin noinherit;
    grant anon, authenticated, service_role to authenticator;
  end if;
end
$$;

create schema if not exists local_rest;
grant usage on schema local_rest to anon, authenticated, service_role;

-- Runs one statement that returns "body" and "row_count", as the present role. Returns a refusal of Postgres as PostgREST
-- writes it, its detail and hint included. Has no search_path of its own: the statement has that of the request.
create or replace function local_rest.run(
  p_statement text, p_values text[], out body text, out row_count integer, out refusal jsonb
) language plpgsql as $$
declare
  v_code text;
  v_message text;
  v_detail text;
  v_hint text;
begin
  execute p_statement into body, row_count using p_values;
exception when others then
  get stacked diagnostics v_code = returned_sqlstate, v_message = message_text, v_detail = pg_exception_detail,
    v_hint = pg_exception_hint;
  refusal := jsonb_build_object('code', v_code, 'message', v_message, 'details', nullif(v_detail, ''), 'hint', nullif(v_hint, ''));
end
$$;
revoke execute on function local_rest.run from public;
grant execute on function local_rest.run to anon, authenticated, service_role;
`;
