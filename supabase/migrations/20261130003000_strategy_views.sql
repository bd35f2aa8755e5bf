-- What signed-in users see of their own strategies, by SQL and PostgREST: views in the schema public, which read and never write.
--
-- The tables stay closed: clients have no right on the schema shoal. Row security says the same once more, for a project that gives them one.
-- The views read with the rights of their owner, so that the condition in shoal.own_strategies is what decides.

do $$
declare
  table_name text;
begin
  for table_name in
    select unnest(array['strategy_owners', 'strategy_code', 'strategies', 'strategy_versions', 'strategy_clock', 'strategy_state',
      'strategy_books', 'strategy_runs', 'strategy_orders', 'strategy_fills', 'strategy_positions', 'strategy_balances',
      'strategy_equity', 'strategy_secrets', 'market_candles'])
  loop
    execute format('alter table shoal.%I enable row level security', table_name);
  end loop;
end
$$;

-- The strategies of the user whose token PostgREST verified. Says what shoal.request_uid() says without calling it: that function is
-- closed to users while the control is, and they may always look. Nobody is the operator by a token.
create or replace view shoal.own_strategies with (security_barrier) as
select s.* from shoal.strategies s
where s.owner_id = (
  select case when claimed.sub ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then nullif(claimed.sub::uuid, '00000000-0000-0000-0000-000000000000') end
  from (
    select coalesce(
      nullif(current_setting('request.jwt.claim.sub', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    ) as sub
  ) as claimed
);

-- What was asked of these strategies by bot_control, by the user or the operator, with the outcome: reading it is open also while bot_control is
-- not. Commands of others to a strategy are rejected, and are nobody's business but theirs. Each half has its index; ids are taken in capitals, too.
create or replace view shoal.own_strategy_commands with (security_barrier) as
select s.id as strategy_id, c.*
from shoal.own_strategies s
cross join lateral (
  select o.* from public.bot_control o where o.bot_id = any (array[s.id::text, upper(s.id::text)]) and o.issued_by is null
  union all
  select o.* from public.bot_control o where o.issued_by = s.owner_id and lower(o.bot_id) = s.id::text
) c;

-- Makes the views. One whose name the project has for something of its own is left out: the daemon does not need it.
create or replace procedure shoal.make_strategy_views()
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  wanted record;
  api_role text;
begin
  for wanted in
    select * from (values
      ('strategies', $view$
        select s.id, s.name, s.version, s.status, s.status_reason, s.config, s.venue, s.market, s.secret_name, s.account, s.filter,
          (s.interval_ms / 1000.0)::double precision as "executionInterval", s.cron, s.zone,
          case when s.status = 'running' then c.next_execution_at end as "nextExecutionAt",
          c.last_execution_at as "lastExecutionAt", c.total_executions as "executionCount",
          c.successful_executions as "successCount", c.failed_executions as "failureCount",
          c.sum_ms / nullif(c.total_executions, 0) as "avgExecutionTime", c.last_execution_duration_ms as "lastExecutionDuration",
          c.last_error as "lastError",
          case when s.status = 'running' then c.next_execution_at end as next_execution_at, c.last_execution_at,
          c.total_executions, c.successful_executions, c.failed_executions,
          c.sum_ms / nullif(c.total_executions, 0) as avg_execution_time, c.last_execution_duration_ms as last_execution_duration,
          c.last_error, c.missed_executions, c.skipped_executions, c.skipped_reason, c.consecutive_failures, c.fuel,
          s.created_at, s.updated_at
        from shoal.own_strategies s join shoal.strategy_clock c on c.strategy_id = s.id
      $view$),
      ('strategy_runs', $view$
        select r.id, r.strategy_id, r.number, r.epoch, r.version, r.planned_at, r.started_at, r.duration_ms, r.outcome, r.error, r.fuel,
          r.logs, r.notifications, r.order_count, r.equity
        from shoal.own_strategies s join shoal.strategy_runs r on r.strategy_id = s.id
      $view$),
      ('strategy_orders', $view$
        select o.id, o.strategy_id, o.run_id, o.number, o.venue, o.symbol, o.side, o.type, o.quantity, o.price, o.status, o.reason,
          o.exchange_id, o.filled, o.average, o.fee, o.placed_at, o.updated_at
        from shoal.own_strategies s join shoal.strategy_orders o on o.strategy_id = s.id
      $view$),
      ('strategy_fills', $view$
        select f.id, f.strategy_id, f.order_id, f.symbol, f.side, f.price, f.quantity, f.fee, f.fee_currency, f.liquidity,
          f.realised_profit, f.filled_at
        from shoal.own_strategies s join shoal.strategy_fills f on f.strategy_id = s.id
      $view$),
      ('strategy_positions', $view$
        select p.strategy_id, p.symbol, p.quantity, p.cost, p.realised_profit, p.paid_fees, p.updated_at
        from shoal.own_strategies s join shoal.strategy_positions p on p.strategy_id = s.id
      $view$),
      ('strategy_balances', $view$
        select b.strategy_id, b.currency, b.amount, b.updated_at
        from shoal.own_strategies s join shoal.strategy_balances b on b.strategy_id = s.id
      $view$),
      ('strategy_equity', $view$
        select e.strategy_id, e.at, e.equity
        from shoal.own_strategies s join shoal.strategy_equity e on e.strategy_id = s.id
      $view$),
      ('strategy_commands', $view$
        select c.id, c.strategy_id, c.command, c.payload, c.issued_by, c.created_at, c.applied_at, c.outcome, c.error
        from shoal.own_strategy_commands c
      $view$)
    ) as v (name, query)
  loop
    if exists (
      select from pg_class c
      where c.oid = to_regclass(format('public.%I', wanted.name))
        and coalesce(obj_description(c.oid, 'pg_class'), '') <> 'Of the signed-in user, by Shoal.'
    ) then
      raise warning 'The view public.% was not made, because the project has something else of that name: %.', wanted.name,
        case wanted.name when 'strategy_commands' then 'users do not see who commanded their strategies'
          else 'users see their strategies over HTTP only' end;
      continue;
    end if;
    execute format('create or replace view public.%I with (security_barrier) as %s', wanted.name, wanted.query);
    execute format('comment on view public.%I is %L', wanted.name, 'Of the signed-in user, by Shoal.');
    -- A project may give its clients all rights on whatever is made in public, and through a view they would write.
    execute format('revoke all on public.%I from public', wanted.name);
    for api_role in select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated', 'service_role') loop
      execute format('revoke all on public.%I from %I', wanted.name, api_role);
    end loop;
    if exists (select from pg_roles r where r.rolname = 'authenticated') then
      execute format('grant select on public.%I to authenticated', wanted.name);
    end if;
  end loop;
end
$$;

call shoal.make_strategy_views();
drop procedure shoal.make_strategy_views();

-- Says whether a user may command a bot or a strategy: one of the user's own, or one that is not deployed.
create or replace function shoal.may_command(p_bot_id text, p_user_id uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p_user_id is not null and not exists (
    select from public.bot_deployments d where d.bot_id = p_bot_id and d.owner_id is distinct from p_user_id
  ) and not exists (
    select from shoal.strategies s
    where s.id = case when p_bot_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_bot_id::uuid end
      and s.owner_id <> p_user_id
  )
$$;

call shoal.seal_schema();
