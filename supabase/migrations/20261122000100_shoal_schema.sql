-- The schema of Shoal and its leases. Every statement may run twice, so that this file can be applied by the daemon and
-- by the Supabase CLI, in any order.

create schema if not exists shoal;

-- Nothing in here is for API clients: people reach it through the daemon only. These roles exist on Supabase and on the
-- embedded backend, not on every Postgres.
revoke all on schema shoal from public;
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on schema shoal from %I', api_role);
    execute format('revoke all on all tables in schema shoal from %I', api_role);
  end loop;
end
$$;

-- Who owns what, for how long. `epoch` grows with each new holder and never falls, so whoever carries an old one can be
-- told apart (fenced). A released row stays, with no holder, to keep its epoch.
create table if not exists shoal.leases (
  resource text primary key,
  holder text,
  epoch bigint not null,
  expires_at timestamptz not null
);

create index if not exists leases_holder_idx on shoal.leases (holder) where holder is not null;

comment on table shoal.leases is 'Exclusive, expiring ownership with a fencing epoch; expiry is judged by the clock of this database.';
