-- What executors do with strategies: write what became of runs, claim what is due, extend leases, load, prune.
--
-- Planner settings as in 20261130000700_job_claim.sql: along the indexes, with one plan for all parameters.
--
-- Locks, everywhere: rows of strategy_owners by owner_id, then of strategies and strategy_clock by id, then the rest. A claim skips
-- what is locked and never waits. While an owner is locked, nobody else changes its clocks, except that a holder extends a lease:
-- that moves a due_at away, so that next_due_at is too early at worst, which the next claim sees and mends.

-- A decimal that is a number: numeric also has NaN and infinities, which pass for amounts above 0.
do $$
begin
  create domain shoal.finite_numeric as numeric check (value > '-Infinity' and value < 'Infinity');
exception when duplicate_object then null;
end
$$;

-- What became of one claim, as the daemon sends it (SettledRun in apps/bot-service); null where its kind has no such field.
do $$
begin
  create type shoal.strategy_settled as (
    id uuid, epoch bigint, kind text, "nextAtMs" double precision, "notBeforeMs" double precision, "missedCount" bigint,
    -- run
    "runId" uuid, version integer, "codeId" text, "buildId" text, "plannedAtMs" double precision, "startedAtMs" double precision,
    "durationMs" double precision, outcome text, error jsonb, fuel bigint, "imageHash" text, journal text, logs jsonb,
    notifications jsonb, equity shoal.finite_numeric, "statePatch" jsonb, book jsonb, "settledUntilMs" double precision,
    positions jsonb, balances jsonb, orders jsonb, cancels jsonb, fills jsonb, "bookedFillIds" jsonb, pause jsonb,
    -- skip, unable
    reason text, "untilMs" double precision, code text, message text, "retryInMs" double precision
  );
exception when duplicate_object then null;
end
$$;

-- claimed: a strategy to run. lost: nothing was written, because others have it or it is out of date. next: in how many ms the next
-- one is due, null if none will be. ordered: orders at an exchange are to be sent or cancelled.
do $$
begin
  create type shoal.strategy_turn_row as (
    kind text, id uuid, owner_id uuid, epoch bigint, planned_at timestamptz, is_manual boolean, revision bigint,
    lost_claims integer, version integer, code_id text, due_for_ms double precision, now timestamptz,
    consecutive_failures integer, consecutive_kills integer, last_execution_at timestamptz, skipped_since timestamptz,
    -- Of what the owner may burn today; null: no limit.
    fuel_left bigint,
    next_due_ms double precision
  );
exception when duplicate_object then null;
end
$$;

-- Returns the first tick after an instant. Ticks lie at phase + k * interval since 1970, with a phase of the strategy's own, so that
-- not all run at the full minute. shoal.strategy_write_clocks has the same expression.
create or replace function shoal.strategy_next_tick(p_id uuid, p_interval_ms bigint, p_after timestamptz) returns timestamptz
language sql immutable strict set search_path = pg_catalog, pg_temp as $$
  select to_timestamp((t.after_ms - mod(mod(t.after_ms - t.phase_ms, p_interval_ms) + p_interval_ms, p_interval_ms) + p_interval_ms)
    / 1000.0::float8)
  from (
    select floor(extract(epoch from p_after) * 1000)::bigint as after_ms,
      ('x' || left(p_id::text, 8))::bit(32)::bigint % p_interval_ms as phase_ms
  ) t
$$;

-- Locks owners: the first statement of whatever changes strategies or their clocks.
create or replace function shoal.strategy_owner_lock(owner_ids uuid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  insert into shoal.strategy_owners (owner_id) select distinct e from unnest(owner_ids) e order by e on conflict do nothing;
  perform from shoal.strategy_owners o where o.owner_id = any (owner_ids) order by o.owner_id for update;
end
$$;

-- Recomputes when owners are due: the last statement of whatever changes due_at.
create or replace function shoal.strategy_owner_refresh(owner_ids uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  now_at constant timestamptz := clock_timestamp();
begin
  perform shoal.strategy_owner_lock(owner_ids);
  update shoal.strategy_owners o
  set (next_due_at, is_waiting) = (
    select n.due_at, o.is_waiting and coalesce(n.due_at <= now_at, false)
    from (select (
      select c.due_at from shoal.strategy_clock c
      where c.owner_id = o.owner_id and c.due_at is not null order by c.due_at limit 1
    ) as due_at) n
  )
  where o.owner_id = any (owner_ids);
end
$$;

-- Reads what became of claims, and locks what it is about. `done`: what is to be written. `lost`: claims that are out of date. A claim
-- whose outcome was written before, without getting an answer, is in neither.
create or replace function shoal.strategy_lock_settled(
  p_holder text, p_done jsonb, out done shoal.strategy_settled[], out lost uuid[]
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  given constant shoal.strategy_settled[] :=
    array(select d from jsonb_populate_recordset(null::shoal.strategy_settled, p_done) d);
  owner_ids uuid[];
  held uuid[];
begin
  if exists (
    select from unnest(given) d
    where d.id is null or d.epoch is null or coalesce(d.kind, '') not in ('run', 'skip', 'unable', 'release')
      or d.kind = 'unable' and not coalesce(d."retryInMs" >= 0, false)
      or coalesce(d."missedCount", 0) < 0
      or coalesce(d.pause ->> 'status', case when d.pause is null then 'paused' else '' end) not in ('paused', 'quarantined')
  ) or (select count(distinct d.id) from unnest(given) d) < cardinality(given) then
    raise exception 'What became of a strategy must be given once, with its id, epoch, and a kind that is known.'
      using errcode = 'invalid_parameter_value';
  end if;
  owner_ids := array(
    select distinct c.owner_id from unnest(given) d join shoal.strategy_clock c on c.strategy_id = d.id
  );
  perform from shoal.strategy_owners o where o.owner_id = any (owner_ids) order by o.owner_id for update;
  held := array(
    select c.strategy_id from unnest(given) d join shoal.strategy_clock c on c.strategy_id = d.id
    where c.epoch = d.epoch and c.holder = p_holder and c.claimed_at is not null
    order by c.strategy_id for update of c
  );
  if cardinality(held) = cardinality(given) then
    done := given;
    return;
  end if;
  done := array(select d from unnest(given) d where d.id = any (held));
  lost := array(
    select d.id from unnest(given) d
    where d.id <> all (held)
      and not exists (
        select from shoal.strategy_clock c where c.strategy_id = d.id and c.epoch = d.epoch and c.holder = p_holder
      )
      -- The turn of which no answer came may also have claimed it again.
      and not exists (
        select from shoal.strategy_runs r join shoal.strategy_clock c on c.strategy_id = r.strategy_id
        where r.id = d."runId" and r.strategy_id = d.id and c.epoch > d.epoch
      )
  );
end
$$;

-- Writes the clocks and runs of what became of claims whose rows are locked, and when their owners are due.
create or replace function shoal.strategy_write_clocks(
  p_holder text, p_done shoal.strategy_settled[], p_keep_runs integer, p_at timestamptz
) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  now_ms constant bigint := floor(extract(epoch from p_at) * 1000);
  written record;
begin
  with held as materialized (
    select d.*, s.status, s.interval_ms, c.owner_id, c.is_claim_manual as is_manual, c.next_execution_at as planned_at,
      floor(extract(epoch from c.next_execution_at) * 1000)::bigint as planned_ms,
      ('x' || left(d.id::text, 8))::bit(32)::bigint % s.interval_ms as phase_ms,
      d.kind = 'run' as is_run, d.kind in ('run', 'skip') as is_over
    from unnest(p_done) d
    join shoal.strategy_clock c on c.strategy_id = d.id
    join shoal.strategies s on s.id = d.id
  ), next as (
    -- A run by hand leaves the schedule as it is, and what is tried again its tick.
    select h.*,
      case when h.is_manual or not h.is_over then h.planned_at
        when h.interval_ms is null then to_timestamp(h."nextAtMs" / 1000)
        else to_timestamp((h.phase_ms + ((start.ms - h.phase_ms) / h.interval_ms + 1) * h.interval_ms) / 1000.0::float8)
        end as next_at,
      -- Ticks between that could have run.
      case when h.is_manual or not h.is_over then 0
        when h.interval_ms is null then coalesce(h."missedCount", 0)
        else (over.ms - h.phase_ms) / h.interval_ms - (h.planned_ms - h.phase_ms) / h.interval_ms end as missed_count,
      coalesce(h."statePatch", '{}') <> '{}' or h.book is not null as is_changed
    from held h
    cross join lateral (select greatest(now_ms, h.planned_ms) as ms) over
    cross join lateral (
      select greatest(over.ms, ceil(h."notBeforeMs")::bigint - 1, ceil(h."untilMs")::bigint - 1) as ms
    ) start
  ), changed as (
    update shoal.strategy_clock c
    set next_execution_at = n.next_at,
      due_at = case n.kind when 'release' then p_at
        when 'unable' then p_at + n."retryInMs" * interval '1 millisecond'
        else case when n.pause is not null then null
          -- Asked for since the claim.
          when c.is_manual then p_at
          when n.status = 'running' then n.next_at end end,
      is_manual = n.pause is null and c.is_manual or n.is_manual and not n.is_over,
      holder = p_holder, claimed_at = null, lost_claims = 0,
      revision = c.revision + n.is_changed::integer,
      last_execution_at = case when n.is_run then to_timestamp(n."startedAtMs" / 1000) else c.last_execution_at end,
      last_execution_duration_ms = case when n.is_run then n."durationMs" else c.last_execution_duration_ms end,
      total_executions = c.total_executions + n.is_run::integer,
      successful_executions = c.successful_executions + coalesce(n.outcome = 'ok', false)::integer,
      failed_executions = c.failed_executions + coalesce(n.outcome <> 'ok', false)::integer,
      sum_ms = c.sum_ms + coalesce(n."durationMs", 0),
      fuel = c.fuel + coalesce(n.fuel, 0),
      missed_executions = c.missed_executions + n.missed_count,
      skipped_executions = c.skipped_executions + (n.kind = 'skip')::integer,
      skipped_reason = case n.kind when 'run' then null when 'skip' then n.reason else c.skipped_reason end,
      skipped_since = case n.kind when 'run' then null when 'skip' then coalesce(c.skipped_since, p_at) else c.skipped_since end,
      consecutive_failures = case n.outcome when 'ok' then 0 else
        least(c.consecutive_failures, 2147483646) + n.is_run::integer end,
      consecutive_kills = case when n.outcome = 'killed' then least(c.consecutive_kills, 2147483646) + 1
        when n.is_run then 0 else c.consecutive_kills end,
      last_error = case when n.outcome <> 'ok' then left(concat_ws(': ', n.error ->> 'code', n.error ->> 'message'), 1000)
        when n.kind = 'unable' then left(concat_ws(': ', n.code, n.message), 1000) else c.last_error end
    from next n
    where c.strategy_id = n.id
    returning n.*, c.due_at, c.total_executions as number
  ), runs as (
    insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at,
      duration_ms, outcome, error, fuel, image_hash, journal, logs, notifications, order_count, equity)
    select c."runId", c.id, c.number, c.epoch, c.version, c."codeId", c."buildId", to_timestamp(c."plannedAtMs" / 1000),
      to_timestamp(c."startedAtMs" / 1000), c."durationMs", c.outcome, c.error, c.fuel, c."imageHash",
      decode(c.journal, 'base64'), c.logs, c.notifications,
      (select count(*) from jsonb_to_recordset(c.orders) as o ("runId" uuid) where o."runId" = c."runId"), c.equity
    from changed c where c.is_run
  ), pruned as (
    delete from shoal.strategy_runs r using changed c
    where c.is_run and r.strategy_id = c.id and r.number <= c.number - p_keep_runs
  )
  select array_agg(o.owner_id) as owner_ids, array_agg(o.claim_count) as claim_counts, array_agg(o.sum_ms) as sums_ms,
    array_agg(o.fuel) as fuels, array_agg(o.due_at) as due_ats
  into written
  from (
    -- What needed no run cost its claim.
    select c.owner_id, count(*) as claim_count, sum(greatest(coalesce(c."durationMs", 0), 1)) as sum_ms,
      sum(coalesce(c.fuel, 0))::bigint as fuel, min(c.due_at) as due_at
    from changed c group by c.owner_id
  ) o;

  update shoal.strategy_owners o
  set cost_ms = o.cost_ms + (w.sum_ms / w.claim_count - o.cost_ms) * (1 - power(0.9, w.claim_count)),
    fuel_used = case when o.fuel_day = (p_at at time zone 'UTC')::date then o.fuel_used else 0 end + w.fuel,
    fuel_day = (p_at at time zone 'UTC')::date,
    (next_due_at, is_waiting) = (
      select n.due_at, o.is_waiting and coalesce(n.due_at <= p_at, false)
      from (select (
        -- Nothing is due before: the search need not read index entries of dead rows, which stay while an old transaction is open.
        select c.due_at from shoal.strategy_clock c
        where c.owner_id = o.owner_id and c.due_at >= least(o.next_due_at, w.due_at) order by c.due_at limit 1
      ) as due_at) n
    )
  from unnest(written.owner_ids, written.claim_counts, written.sums_ms, written.fuels, written.due_ats)
    as w (owner_id, claim_count, sum_ms, fuel, due_at)
  where o.owner_id = w.owner_id;
end
$$;

-- Writes states, books, positions, balances and equity as they are after runs.
create or replace function shoal.strategy_write_accounts(p_done shoal.strategy_settled[], p_at timestamptz) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  with patch as materialized (
    select d.id, e.key, e.value from unnest(p_done) d cross join lateral jsonb_each(d."statePatch") e where d.kind = 'run'
  ), gone as (
    delete from shoal.strategy_state s using patch p where s.strategy_id = p.id and s.key = p.key and p.value = 'null'
  )
  insert into shoal.strategy_state as s (strategy_id, key, value)
  select p.id, p.key, p.value from patch p where p.value <> 'null'
  on conflict (strategy_id, key) do update set value = excluded.value;

  insert into shoal.strategy_equity as e (strategy_id, at, equity)
  select d.id, date_trunc('hour', to_timestamp(d."startedAtMs" / 1000), 'UTC'), d.equity
  from unnest(p_done) d where d.kind = 'run' and d.equity is not null
  on conflict (strategy_id, at) do update set equity = excluded.equity where e.equity <> excluded.equity;

  if not exists (select from unnest(p_done) d where d.book is not null) then return; end if;
  insert into shoal.strategy_books as b (strategy_id, book, settled_until)
  select d.id, d.book, to_timestamp(d."settledUntilMs" / 1000) from unnest(p_done) d where d.kind = 'run' and d.book is not null
  on conflict (strategy_id) do update set book = excluded.book, settled_until = excluded.settled_until;

  with given as materialized (
    select d.id, p.*
    from unnest(p_done) d
    cross join lateral jsonb_to_recordset(d.positions) as p (symbol text, quantity shoal.finite_numeric,
      cost shoal.finite_numeric, "realisedProfit" shoal.finite_numeric, "paidFees" shoal.finite_numeric)
    where d.book is not null
  ), gone as (
    delete from shoal.strategy_positions p using unnest(p_done) d
    where d.book is not null and p.strategy_id = d.id
      and not exists (select from given g where g.id = p.strategy_id and g.symbol = p.symbol)
  )
  insert into shoal.strategy_positions as p (strategy_id, symbol, quantity, cost, realised_profit, paid_fees, updated_at)
  select g.id, g.symbol, g.quantity, g.cost, g."realisedProfit", g."paidFees", p_at from given g
  on conflict (strategy_id, symbol) do update
  set quantity = excluded.quantity, cost = excluded.cost, realised_profit = excluded.realised_profit,
    paid_fees = excluded.paid_fees, updated_at = excluded.updated_at
  where (p.quantity, p.cost, p.realised_profit, p.paid_fees)
    is distinct from (excluded.quantity, excluded.cost, excluded.realised_profit, excluded.paid_fees);

  with given as materialized (
    select d.id, b.*
    from unnest(p_done) d
    cross join lateral jsonb_to_recordset(d.balances) as b (currency text, amount shoal.finite_numeric)
    where d.book is not null
  ), gone as (
    delete from shoal.strategy_balances b using unnest(p_done) d
    where d.book is not null and b.strategy_id = d.id
      and not exists (select from given g where g.id = b.strategy_id and g.currency = b.currency)
  )
  insert into shoal.strategy_balances as b (strategy_id, currency, amount, updated_at)
  select g.id, g.currency, g.amount, p_at from given g
  on conflict (strategy_id, currency) do update set amount = excluded.amount, updated_at = excluded.updated_at
  where b.amount <> excluded.amount;
end
$$;

-- Writes orders, cancellations and fills, and returns whether there is something to send to an exchange.
create or replace function shoal.strategy_write_orders(p_done shoal.strategy_settled[], p_at timestamptz) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  sent_count integer;
  cancel_count integer;
begin
  with upserted as (
    insert into shoal.strategy_orders as t (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, price,
      status, reason, filled, average, fee, placed_at, updated_at, check_at)
    select o.id, d.id, s.owner_id, o."runId", o.number, s.venue, o.symbol, o.side, o.type, o.quantity, o.price,
      o.status, o.reason, o.filled, o.average, o.fee, to_timestamp(o."placedAtMs" / 1000), p_at,
      case when s.venue <> 'paper' and o.status = 'intended' then p_at end
    from unnest(p_done) d
    join shoal.strategies s on s.id = d.id
    cross join lateral jsonb_to_recordset(d.orders) as o (id uuid, "runId" uuid, number integer, symbol text, side text, type text,
      quantity shoal.finite_numeric, price shoal.finite_numeric, status text, reason text, filled shoal.finite_numeric,
      average shoal.finite_numeric, fee shoal.finite_numeric, "placedAtMs" double precision)
    where d.kind = 'run'
    order by o.id
    on conflict (id) do update
    set quantity = excluded.quantity, status = excluded.status, reason = excluded.reason, filled = excluded.filled,
      average = excluded.average, fee = excluded.fee, updated_at = excluded.updated_at
    -- What happens to an order at an exchange is the dispatcher's to say.
    where t.venue = 'paper' and t.strategy_id = excluded.strategy_id
    returning t.check_at
  )
  select count(u.check_at) into sent_count from upserted u;

  with wanted as materialized (
    select o.id from shoal.strategy_orders o
    join (
      select d.id as strategy_id, e::uuid as id from unnest(p_done) d cross join lateral jsonb_array_elements_text(d.cancels) e
      where d.kind = 'run'
    ) c on c.id = o.id and c.strategy_id = o.strategy_id
    where o.venue <> 'paper' and o.status in ('intended', 'sent', 'unknown', 'open') and not o.is_cancel_wanted
    order by o.id for update of o
  )
  update shoal.strategy_orders o
  -- A dispatcher that has it sees what is wanted when it writes its outcome.
  set is_cancel_wanted = true, updated_at = p_at, check_at = case when o.claimed_at is null then p_at else o.check_at end
  from wanted w where o.id = w.id;
  get diagnostics cancel_count = row_count;

  insert into shoal.strategy_fills (id, strategy_id, order_id, symbol, side, price, quantity, fee, fee_currency, liquidity,
    realised_profit, filled_at, booked_at)
  select f.id, d.id, f."orderId", f.symbol, f.side, f.price, f.quantity, f.fee, f."feeCurrency", f.liquidity,
    f."realisedProfit", to_timestamp(f."filledAtMs" / 1000), p_at
  from unnest(p_done) d
  cross join lateral jsonb_to_recordset(d.fills) as f (id text, "orderId" uuid, symbol text, side text, price shoal.finite_numeric,
    quantity shoal.finite_numeric, fee shoal.finite_numeric, "feeCurrency" text, liquidity text,
    "realisedProfit" shoal.finite_numeric, "filledAtMs" double precision)
  where d.kind = 'run'
  on conflict do nothing;

  update shoal.strategy_fills f set booked_at = p_at
  from unnest(p_done) d cross join lateral jsonb_array_elements_text(d."bookedFillIds") e
  where d.kind = 'run' and f.strategy_id = d.id and f.id = e and f.booked_at is null;
  return sent_count + cancel_count > 0;
end
$$;

-- Writes what became of claims, all or nothing. `lost` has the ids of those that this holder does not hold any more, or that a deploy,
-- a stop or the like made out of date: nothing is written of them.
create or replace function shoal.strategy_settle(
  p_holder text, p_done jsonb, p_keep_runs integer, out lost uuid[], out has_ordered boolean
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  settled record;
  has record;
  now_at timestamptz;
begin
  settled := shoal.strategy_lock_settled(p_holder, p_done);
  lost := settled.lost;
  has_ordered := false;
  if cardinality(settled.done) = 0 then return; end if;
  now_at := clock_timestamp();
  perform shoal.strategy_write_clocks(p_holder, settled.done, p_keep_runs, now_at);
  select coalesce(bool_or(d.kind = 'release'), false) as is_released, coalesce(bool_or(d.pause is not null), false) as is_paused,
    coalesce(bool_or("statePatch" <> '{}' or d.book is not null or d.equity is not null), false) as account,
    coalesce(bool_or(d.orders <> '[]' or d.cancels <> '[]' or d.fills <> '[]' or d."bookedFillIds" <> '[]'), false) as orders
  into has from unnest(settled.done::shoal.strategy_settled[]) d;
  if has.is_paused then
    update shoal.strategies s
    set status = d.pause ->> 'status', status_reason = d.pause ->> 'reason', updated_at = now_at
    from unnest(settled.done::shoal.strategy_settled[]) d
    where s.id = d.id and d.kind = 'run' and d.pause is not null
      and (s.status = 'running' or d.pause ->> 'status' = 'quarantined');
  end if;
  if has.account or has.orders then
    begin
      if has.account then perform shoal.strategy_write_accounts(settled.done, now_at); end if;
      if has.orders then has_ordered := shoal.strategy_write_orders(settled.done, now_at); end if;
    -- Not data exceptions, although they are about these values alone.
    exception when cardinality_violation or program_limit_exceeded then
      raise exception 'What a run has written is too large, or has a position, a balance or an order twice.'
        using errcode = 'invalid_parameter_value';
    end;
  end if;
  if has_ordered then perform pg_notify('shoal_orders', ''); end if;
  if has.is_released then perform pg_notify('shoal_strategies', ''); end if;
end
$$;

-- Owners that were locked for a claim, in the order in which they are served; one entry of each array is of one owner.
do $$
begin
  create type shoal.strategy_line as (
    owner_ids uuid[],
    -- Finish tags, from the present on.
    tags double precision[],
    -- Runs for each ms of tag.
    rates double precision[],
    -- Nothing of the owner is due before.
    due_ats timestamptz[],
    are_waiting boolean[],
    claimed_counts integer[],
    -- Nothing more of the owner is due.
    are_empty boolean[],
    -- The largest start tag of all owners.
    present double precision
  );
exception when duplicate_object then null;
end
$$;

-- Locks owners of which something is due, at most p_limit of those that wait and as many of those whose time has come.
create or replace function shoal.strategy_line_up(p_limit integer, p_at timestamptz) returns shoal.strategy_line
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  line shoal.strategy_line;
begin
  line.present := coalesce((select o.start_tag from shoal.strategy_owners o order by o.start_tag desc limit 1), 0);
  select array_agg(o.owner_id), array_agg(o.tag), array_agg(o.rate), array_agg(o.next_due_at), array_agg(o.is_waiting),
    array_agg(0), array_agg(false)
  into line.owner_ids, line.tags, line.rates, line.due_ats, line.are_waiting, line.claimed_counts, line.are_empty
  from (
    select f.owner_id, greatest(f.finish_tag - line.present, 0) as tag, f.weight / f.cost_ms as rate, f.next_due_at,
      f.is_waiting
    from (
      select * from (
        select w.owner_id, w.finish_tag, w.weight, w.cost_ms, w.next_due_at, w.is_waiting from shoal.strategy_owners w
        where w.is_waiting order by w.finish_tag limit p_limit for update skip locked
      ) waiting
      union all
      select * from (
        select d.owner_id, d.finish_tag, d.weight, d.cost_ms, d.next_due_at, d.is_waiting from shoal.strategy_owners d
        where not d.is_waiting and d.next_due_at <= p_at order by d.next_due_at limit p_limit for update skip locked
      ) new
    ) f
    order by tag, f.next_due_at
  ) o;
  return line;
end
$$;

-- Shares p_room claims among the owners of a line, so that the tags of all that get some end at one level. Each entry: how many
-- the owner gets.
create or replace function shoal.strategy_share(p_line shoal.strategy_line, p_room integer) returns integer[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return (
    with line as materialized (
      select l.n, l.tag, l.rate, not l.is_empty as is_open
      from unnest(p_line.tags, p_line.rates, p_line.are_empty) with ordinality as l (tag, rate, is_empty, n)
    ), level as materialized (
      -- Levelled up to each owner in turn: the lowest is the one at which those above it get nothing.
      select min(l.tag) as tag from (
        select (p_room + sum(o.tag * o.rate) over line_order) / sum(o.rate) over line_order as tag
        from line o where o.is_open window line_order as (order by o.tag, o.n rows unbounded preceding)
      ) l
    ), share as (
      select l.n, l.tag, case when l.is_open and l.tag < v.tag
        then least(ceil((v.tag - l.tag) * l.rate - 1e-6), p_room)::integer else 0 end as claim_count
      from line l cross join level v
    )
    select array_agg(greatest(least(s.claim_count, p_room - s.before_count), 0) order by s.n)
    from (
      select c.n, c.claim_count, sum(c.claim_count) over (order by c.tag, c.n) - c.claim_count as before_count from share c
    ) s
  );
end
$$;

-- Claims up to p_limit strategies that are due. Those of one owner come by their time, and owners by start-time fair queueing: while
-- there is too little, each gets a share of time by its weight, whatever the others have waiting; what one does not need goes to
-- the others.
create or replace function shoal.strategy_claim(p_holder text, p_lease_ms double precision, p_limit integer)
returns setof shoal.strategy_turn_row
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- An owner's run that took very long costs it no more than so much of its place.
  max_lead_ms constant double precision := 60000;
  now_at constant timestamptz := clock_timestamp();
  today constant date := now_at at time zone 'UTC';
  line shoal.strategy_line := shoal.strategy_line_up(p_limit, now_at);
  claimed shoal.strategy_turn_row[] := '{}';
  room integer := p_limit;
  shares integer[];
  due record;
begin
  while room > 0 and false = any (line.are_empty) loop
    shares := shoal.strategy_share(line, room);
    exit when 0 = all (shares);
    select array_agg(d.tid) as tids, array_agg(d.due_at) as due_ats, array_agg(d.n) as ns, count(*)::integer as count into due
    from unnest(line.owner_ids, line.due_ats, shares) with ordinality as l (owner_id, due_at, share, n)
    cross join lateral (
      select c.ctid as tid, c.due_at, l.n from shoal.strategy_clock c
      where c.owner_id = l.owner_id and c.due_at >= l.due_at and c.due_at <= now_at
      order by c.due_at limit l.share for update skip locked
    ) d
    where l.share > 0;
    if due.count > 0 then
      -- A locked row stays at its place.
      with taken as (
        update shoal.strategy_clock c
        set due_at = now_at + p_lease_ms * interval '1 millisecond', epoch = least(c.epoch, 9223372036854775806) + 1,
          holder = p_holder, claimed_at = now_at, is_manual = false,
          is_claim_manual = c.is_manual or c.is_claim_manual and c.claimed_at is not null,
          lost_claims = least(c.lost_claims, 2147483646) + (c.claimed_at is not null)::integer
        from unnest(due.tids, due.due_ats) as t (tid, due_at), shoal.strategies s, shoal.strategy_owners o
        where c.ctid = t.tid and s.id = c.strategy_id and o.owner_id = c.owner_id
        returning row('claimed', c.strategy_id, c.owner_id, c.epoch, case when c.is_claim_manual then now_at else c.next_execution_at end,
          c.is_claim_manual, c.revision, c.lost_claims, s.version, s.code_id, extract(epoch from now_at - t.due_at) * 1000, now_at,
          c.consecutive_failures, c.consecutive_kills, c.last_execution_at, c.skipped_since,
          case when o.fuel_per_day is not null
            then greatest(o.fuel_per_day - case when o.fuel_day = today then o.fuel_used else 0 end, 0) end,
          null)::shoal.strategy_turn_row as claim
      )
      select claimed || array_agg(t.claim) into claimed from taken t;
    end if;
    select array_agg(s.claimed_count + s.got order by s.n), array_agg(s.tag + s.got / s.rate order by s.n),
      array_agg(s.is_empty or s.got < s.share order by s.n)
    into line.claimed_counts, line.tags, line.are_empty
    from (
      select l.*, (select count(*)::integer from unnest(due.ns) g where g = l.n) as got
      from unnest(line.claimed_counts, line.tags, line.rates, line.are_empty, shares)
        with ordinality as l (claimed_count, tag, rate, is_empty, share, n)
    ) s;
    room := room - due.count;
  end loop;
  return query select * from unnest(claimed);

  update shoal.strategy_owners o
  set start_tag = case when l.claimed_count > 0 then greatest(l.tag - l.claimed_count / l.rate, 0) + line.present else o.start_tag end,
    finish_tag = least(l.tag, max_lead_ms) + line.present,
    (next_due_at, is_waiting) = (
      select n.due_at, coalesce(n.due_at <= now_at, false)
      from (select (
        select c.due_at from shoal.strategy_clock c
        where c.owner_id = o.owner_id and c.due_at >= o.next_due_at order by c.due_at limit 1
      ) as due_at) n
    )
  from unnest(line.owner_ids, line.tags, line.rates, line.are_waiting, line.claimed_counts, line.are_empty)
    as l (owner_id, tag, rate, is_waiting, claimed_count, is_empty)
  -- Those that waited and wait on are as they were.
  where o.owner_id = l.owner_id and (l.claimed_count > 0 or l.is_empty or not l.is_waiting);
end
$$;

-- Returns in how many ms the next strategy is due; null if none will be.
create or replace function shoal.strategy_next_due_ms() returns double precision
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
  -- What is due and was not claimed is locked, for as long as others take for a turn.
  locked_ms constant double precision := 5;
begin
  if exists (select from shoal.strategy_owners o where o.is_waiting) then return locked_ms; end if;
  return (
    select greatest(extract(epoch from o.next_due_at - clock_timestamp()) * 1000, locked_ms) from shoal.strategy_owners o
    where not o.is_waiting and o.next_due_at is not null order by o.next_due_at limit 1
  );
end
$$;

-- Writes what became of claims (an array of shoal.strategy_settled, or null), and claims up to p_limit strategies: what an executor
-- does over and over, in one round trip. Of each strategy the newest p_keep_runs runs are kept.
create or replace function shoal.strategy_turn(
  p_holder text, p_lease_ms double precision, p_limit integer, p_done jsonb, p_keep_runs integer
) returns setof shoal.strategy_turn_row
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  settled record;
  claimed_count integer;
  answer shoal.strategy_turn_row;
begin
  if p_done <> '[]' then
    settled := shoal.strategy_settle(p_holder, p_done, p_keep_runs);
    answer.kind := 'lost';
    foreach answer.id in array coalesce(settled.lost, '{}') loop
      return next answer;
    end loop;
    if settled.has_ordered then
      answer := null;
      answer.kind := 'ordered';
      return next answer;
    end if;
  end if;
  if p_limit > 0 then
    return query select * from shoal.strategy_claim(p_holder, p_lease_ms, p_limit);
    get diagnostics claimed_count = row_count;
    if claimed_count < p_limit then
      answer := null;
      answer.kind := 'next';
      answer.next_due_ms := shoal.strategy_next_due_ms();
      return next answer;
    end if;
  end if;
end
$$;

-- Extends leases to p_lease_ms from now, and returns the ids of those that this holder still has. A locked row is returned without being
-- extended: one locked row must not cost all others their lease.
create or replace function shoal.strategy_extend(
  p_holder text, p_lease_ms double precision, p_ids uuid[], p_epochs bigint[]
) returns setof uuid
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  owner_ids uuid[];
begin
  -- Before any clock is locked: the refresh waits for nothing then.
  owner_ids := array(
    select o.owner_id from shoal.strategy_owners o
    where o.owner_id = any (array(select c.owner_id from shoal.strategy_clock c where c.strategy_id = any (p_ids)))
    order by o.owner_id for update skip locked
  );
  return query
  with held as materialized (
    select c.strategy_id as id, c.owner_id from unnest(p_ids, p_epochs) as mine (id, epoch)
    join shoal.strategy_clock c on c.strategy_id = mine.id and c.epoch = mine.epoch and c.holder = p_holder
    where c.claimed_at is not null
  ), free as materialized (
    select c.strategy_id as id from held h join shoal.strategy_clock c on c.strategy_id = h.id
    where c.holder = p_holder and c.claimed_at is not null
    order by c.strategy_id for update of c skip locked
  ), extended as (
    update shoal.strategy_clock c set due_at = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from free f where c.strategy_id = f.id
  )
  select h.id from held h;
  perform shoal.strategy_owner_refresh(owner_ids);
end
$$;

-- Returns what a run needs of strategies, as of one moment. Fills of an exchange that no run has taken into the book come in their order.
create or replace function shoal.strategy_load(p_ids uuid[]) returns table (
  id uuid, owner_id uuid, name text, version integer, code_id text, config jsonb, interval_ms bigint, cron text, zone text,
  venue text, market text, account jsonb, filter jsonb, state jsonb, book jsonb, settled_until timestamptz, revision bigint,
  last_order_at timestamptz, unbooked_fills jsonb
)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select s.id, s.owner_id, s.name, s.version, s.code_id, s.config, s.interval_ms, s.cron, s.zone, s.venue, s.market, s.account,
    s.filter,
    coalesce((select jsonb_object_agg(t.key, t.value) from shoal.strategy_state t where t.strategy_id = s.id), '{}'),
    b.book, b.settled_until, c.revision,
    (select o.placed_at from shoal.strategy_orders o where o.strategy_id = s.id order by o.placed_at desc limit 1),
    coalesce((
      select jsonb_agg(jsonb_build_object('id', f.id, 'orderId', f.order_id, 'symbol', f.symbol, 'side', f.side,
        'price', f.price::text, 'quantity', f.quantity::text, 'fee', f.fee::text, 'feeCurrency', f.fee_currency,
        'liquidity', f.liquidity, 'realisedProfit', f.realised_profit::text,
        'filledAtMs', floor(extract(epoch from f.filled_at) * 1000)::bigint) order by f.filled_at, f.id)
      from shoal.strategy_fills f where f.strategy_id = s.id and f.booked_at is null
    ), '[]')
  from shoal.strategies s
  join shoal.strategy_clock c on c.strategy_id = s.id
  left join shoal.strategy_books b on b.strategy_id = s.id
  where s.id = any (p_ids);
end
$$;

-- Deletes what is too old, at most p_limit rows of each table, and returns how many of which; and mends owners whose clocks were
-- changed by hand. Of each series the newest p_candle_count candles stay, whatever their age: a run may have seen so many. Orders and fills on paper go; those at an exchange stay, and so do orders that are not over.
create or replace function shoal.strategy_prune(
  p_candle_days double precision, p_candle_count integer, p_history_days double precision, p_limit integer
) returns table (what text, count bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  now_at constant timestamptz := clock_timestamp();
  candles_before constant timestamptz := now_at - p_candle_days * interval '1 day';
  history_before constant timestamptz := now_at - p_history_days * interval '1 day';
begin
  return query
  -- From series to series, instead of over all of their candles.
  with recursive series as (
    (select c.market, c.symbol, c.timeframe from shoal.market_candles c order by 1, 2, 3 limit 1)
    union all
    select n.* from series s
    cross join lateral (
      select c.market, c.symbol, c.timeframe from shoal.market_candles c
      where (c.market, c.symbol, c.timeframe) > (s.market, s.symbol, s.timeframe) order by 1, 2, 3 limit 1
    ) n
  ), old as materialized (
    select o.tid from series s
    cross join lateral (
      select c.ctid as tid from shoal.market_candles c
      where c.market = s.market and c.symbol = s.symbol and c.timeframe = s.timeframe
        and c.open_at < candles_before and c.open_at < (
          select k.open_at from shoal.market_candles k
          where k.market = s.market and k.symbol = s.symbol and k.timeframe = s.timeframe
          order by k.open_at desc offset p_candle_count - 1 limit 1
        )
    ) o
    limit p_limit
  ), gone as (
    delete from shoal.market_candles c using old o where c.ctid = o.tid returning 1
  )
  select 'candles', count(*) from gone;

  return query
  with old as materialized (
    select e.ctid as tid from shoal.strategies s join shoal.strategy_equity e on e.strategy_id = s.id and e.at < history_before
    limit p_limit
  ), gone as (
    delete from shoal.strategy_equity e using old o where e.ctid = o.tid returning 1
  )
  select 'equity', count(*) from gone;

  return query
  with old as materialized (
    select f.ctid as tid from shoal.strategies s
    join shoal.strategy_fills f on f.strategy_id = s.id and f.filled_at < history_before
    where s.venue = 'paper' and f.booked_at is not null limit p_limit
  ), gone as (
    delete from shoal.strategy_fills f using old o where f.ctid = o.tid returning 1
  )
  select 'fills', count(*) from gone;

  return query
  with old as materialized (
    select t.ctid as tid from shoal.strategies s
    join shoal.strategy_orders t on t.strategy_id = s.id and t.placed_at < history_before
    where t.venue = 'paper' and t.status in ('filled', 'cancelled', 'rejected') limit p_limit
  ), gone as (
    delete from shoal.strategy_orders t using old o where t.ctid = o.tid returning 1
  )
  select 'orders', count(*) from gone;

  return query
  with gone as (
    delete from shoal.strategy_code c
    where c.id in (
      select k.id from shoal.strategy_code k
      -- A deploy writes the code before what names it.
      where k.created_at < now_at - interval '1 day'
        and not exists (select from shoal.strategies s where s.code_id = k.id)
        and not exists (select from shoal.strategy_versions v where v.code_id = k.id)
      limit p_limit for update skip locked
    )
    returning 1
  )
  select 'code', count(*) from gone;

  perform shoal.strategy_owner_refresh(array(
    select o.owner_id from shoal.strategy_owners o
    where o.next_due_at is distinct from (
      select c.due_at from shoal.strategy_clock c
      where c.owner_id = o.owner_id and c.due_at is not null order by c.due_at limit 1
    )
    limit p_limit
  ));
end
$$;

call shoal.seal_schema();
