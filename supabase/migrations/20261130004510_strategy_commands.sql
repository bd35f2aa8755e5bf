-- Shows signed-in users what was asked of their strategies by bot_control, by themselves or by the operator, with the outcome. A view, as for
-- what strategies did: reading own rows is open also while bot_control is not.

-- Commands of others to a strategy are rejected, and are nobody's business but theirs. Each half has its index; ids are taken in capitals, too.
create or replace view shoal.own_strategy_commands with (security_barrier) as
select s.id as strategy_id, c.*
from shoal.own_strategies s
cross join lateral (
  select o.* from public.bot_control o where o.bot_id = any (array[s.id::text, upper(s.id::text)]) and o.issued_by is null
  union all
  select o.* from public.bot_control o where o.issued_by = s.owner_id and lower(o.bot_id) = s.id::text
) c;

do $$
declare
  api_role text;
begin
  if exists (
    select from pg_class c
    where c.oid = to_regclass('public.strategy_commands')
      and coalesce(obj_description(c.oid, 'pg_class'), '') <> 'Of the signed-in user, by Shoal.'
  ) then
    raise warning 'The view public.strategy_commands was not made, because the project has something else of that name: users do not see who commanded their strategies.';
    return;
  end if;
  create or replace view public.strategy_commands with (security_barrier) as
  select c.id, c.strategy_id, c.command, c.payload, c.issued_by, c.created_at, c.applied_at, c.outcome, c.error
  from shoal.own_strategy_commands c;
  comment on view public.strategy_commands is 'Of the signed-in user, by Shoal.';
  -- As 20261130003000_strategy_views.sql does it.
  revoke all on public.strategy_commands from public;
  for api_role in select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated', 'service_role') loop
    execute format('revoke all on public.strategy_commands from %I', api_role);
  end loop;
  if exists (select from pg_roles r where r.rolname = 'authenticated') then
    grant select on public.strategy_commands to authenticated;
  end if;
end
$$;

call shoal.seal_schema();
