-- What executors do with strategies, first part: write what became of runs.
--
-- Planner settings, here and in what follows, as in 20261130000700_job_claim.sql: along the indexes, with one plan for all parameters. A plan may be made while
-- a table has five rows and be kept when it has a million, so no table is joined to a list: each row of the list looks for its own in a
-- lateral subquery, which `offset 0` keeps as it is, or the list is an array. And rows that are locked are changed where they are.
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
    positions jsonb, balances jsonb, orders jsonb, cancels jsonb, fills jsonb, "bookedFillIds" jsonb, "bookedProfits" jsonb,
    pause jsonb,
    -- skip, unable
    reason text, "untilMs" double precision, code text, message text, "retryInMs" double precision
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
    ) as due_at offset 0) n
  )
  where o.owner_id = any (owner_ids);
end
$$;

-- Reads what became of claims, and locks what it is about: owners, whose rows stay where they are then, and clocks. `done`: what is to be
-- written. `lost`: claims that are out of date. A claim whose outcome was written before, without getting an answer, is in neither.
create or replace function shoal.strategy_lock_settled(
  p_holder text, p_done jsonb, out done shoal.strategy_settled[], out lost uuid[], out owner_ids uuid[], out owner_tids tid[]
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  given constant shoal.strategy_settled[] :=
    array(select d from jsonb_populate_recordset(null::shoal.strategy_settled, p_done) d);
  ids constant uuid[] := array(select d.id from unnest(given) d);
  held record;
begin
  if exists (
    select from unnest(given) d
    where d.id is null or d.epoch is null or coalesce(d.kind, '') not in ('run', 'skip', 'unable', 'release')
      or d.kind = 'unable' and not coalesce(d."retryInMs" >= 0, false)
      or coalesce(d."missedCount", 0) < 0
      or coalesce(d.pause ->> 'status', case when d.pause is null then 'paused' else '' end) not in ('paused', 'quarantined')
  ) or (select count(distinct i) from unnest(ids) i) < cardinality(ids) then
    raise exception 'What became of a strategy must be given once, with its id, epoch, and a kind that is known.'
      using errcode = 'invalid_parameter_value';
  end if;
  owner_ids := array(select c.owner_id from shoal.strategy_clock c where c.strategy_id = any (ids));
  select array_agg(l.owner_id), array_agg(l.tid) into owner_ids, owner_tids
  from (
    select o.owner_id, o.ctid as tid from shoal.strategy_owners o where o.owner_id = any (owner_ids) order by o.owner_id for update
  ) l;
  select array_agg(h.strategy_id) as ids, array_agg(h.epoch) as epochs into held
  from (
    select c.strategy_id, c.epoch from shoal.strategy_clock c
    where c.strategy_id = any (ids) and c.holder = p_holder and c.claimed_at is not null
    order by c.strategy_id for update
  ) h;
  done := array(
    select d from unnest(given) d join unnest(held.ids, held.epochs) as h (id, epoch) on h.id = d.id and h.epoch = d.epoch
  );
  if cardinality(done) = cardinality(given) then return; end if;
  lost := array(
    select d.id from unnest(given) d
    left join lateral (
      select c.epoch, c.holder from shoal.strategy_clock c where c.strategy_id = d.id offset 0
    ) c on true
    left join lateral (
      select r.epoch from shoal.strategy_runs r where r.id = d."runId" and r.strategy_id = d.id offset 0
    ) r on true
    where not coalesce(c.epoch = d.epoch and c.holder = p_holder, false)
      -- The turn of which no answer came may also have claimed it again.
      and not coalesce(r.epoch < c.epoch, false)
  );
end
$$;

-- Keeps the newest 10,000 orders and fills on paper of each strategy: 50 orders in a run are 4 million rows in a day. Orders that are not over
-- stay. At most as many go as twenty runs can add.
create or replace function shoal.strategy_forget_trades(p_ids uuid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  kept_count constant integer := 10000;
  most constant integer := 6000;
  paper_ids constant uuid[] := array(select s.id from shoal.strategies s where s.id = any (p_ids) and s.venue = 'paper');
begin
  delete from shoal.strategy_orders o
  using unnest(paper_ids) as p (id)
  cross join lateral (
    select k.placed_at from shoal.strategy_orders k where k.strategy_id = p.id order by k.placed_at desc offset kept_count limit 1
  ) last
  cross join lateral (
    select k.ctid as tid from shoal.strategy_orders k
    where k.strategy_id = p.id and k.placed_at <= last.placed_at and k.status in ('filled', 'cancelled', 'rejected')
    order by k.placed_at limit most
  ) old
  where o.ctid = old.tid;

  delete from shoal.strategy_fills f
  using unnest(paper_ids) as p (id)
  cross join lateral (
    select k.filled_at from shoal.strategy_fills k where k.strategy_id = p.id order by k.filled_at desc offset kept_count limit 1
  ) last
  cross join lateral (
    select k.ctid as tid from shoal.strategy_fills k
    where k.strategy_id = p.id and k.filled_at <= last.filled_at and k.booked_at is not null order by k.filled_at limit most
  ) old
  where f.ctid = old.tid;
end
$$;

-- Keeps 8 MB of journals of each strategy, of the newest runs: a run that has fetched all the candles it may has one of 600 kB. The older
-- runs keep their figures.
create or replace function shoal.strategy_forget_journals(p_ids uuid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  kept_bytes constant bigint := 8 * 1024 * 1024;
begin
  update shoal.strategy_runs r set journal = null
  from unnest(p_ids) as p (id)
  cross join lateral (
    select k.ctid as tid, sum(octet_length(k.journal)) over (order by k.number desc) as bytes
    from shoal.strategy_runs k where k.strategy_id = p.id and k.journal is not null offset 0
  ) old
  where r.ctid = old.tid and old.bytes > kept_bytes;
end
$$;

-- Writes the clocks and runs of what became of claims whose rows are locked, and when their owners are due.
create or replace function shoal.strategy_write_clocks(
  p_holder text, p_done shoal.strategy_settled[], p_keep_runs integer, p_at timestamptz, p_owner_ids uuid[], p_owner_tids tid[]
) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  now_ms constant bigint := floor(extract(epoch from p_at) * 1000);
  written record;
begin
  with held as materialized (
    select d.*, s.status, s.interval_ms, c.tid, c.owner_id, c.is_claim_manual as is_manual, c.next_execution_at as planned_at,
      floor(extract(epoch from c.next_execution_at) * 1000)::bigint as planned_ms,
      ('x' || left(d.id::text, 8))::bit(32)::bigint % s.interval_ms as phase_ms,
      d.kind = 'run' as is_run, d.kind in ('run', 'skip') as is_over
    from unnest(p_done) d
    cross join lateral (
      select k.ctid as tid, k.owner_id, k.is_claim_manual, k.next_execution_at from shoal.strategy_clock k
      where k.strategy_id = d.id offset 0
    ) c
    cross join lateral (select t.status, t.interval_ms from shoal.strategies t where t.id = d.id offset 0) s
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
    where c.ctid = n.tid
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
    delete from shoal.strategy_runs r
    using changed c cross join lateral (
      select o.ctid as tid from shoal.strategy_runs o where o.strategy_id = c.id and o.number <= c.number - p_keep_runs
      order by o.number limit 1000
    ) old
    where c.is_run and r.ctid = old.tid
  )
  select array_agg(t.tid) as tids, array_agg(o.claim_count) as claim_counts, array_agg(o.sum_ms) as sums_ms,
    array_agg(o.fuel) as fuels, array_agg(o.due_at) as due_ats,
    array(select c.id from changed c where c.is_run and c.number % 20 = 0) as full_ids
  into written
  from (
    -- What needed no run cost its claim.
    select c.owner_id, count(*) as claim_count, sum(greatest(coalesce(c."durationMs", 0), 1)) as sum_ms,
      sum(coalesce(c.fuel, 0))::bigint as fuel, min(c.due_at) as due_at
    from changed c group by c.owner_id
  ) o
  join unnest(p_owner_ids, p_owner_tids) as t (owner_id, tid) on t.owner_id = o.owner_id;

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
      ) as due_at offset 0) n
    )
  from unnest(written.tids, written.claim_counts, written.sums_ms, written.fuels, written.due_ats)
    as w (tid, claim_count, sum_ms, fuel, due_at)
  where o.ctid = w.tid;
  if written.full_ids <> '{}' then perform shoal.strategy_forget_trades(written.full_ids); end if;
end
$$;

-- Writes states, books, positions, balances and equity as they are after runs.
create or replace function shoal.strategy_write_accounts(p_done shoal.strategy_settled[], p_at timestamptz) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  with patch as materialized (
    select d.id, e.key, e.value from unnest(p_done) d cross join lateral jsonb_each(d."statePatch") e where d.kind = 'run'
  ), gone as (
    delete from shoal.strategy_state s
    using patch p cross join lateral (
      select k.ctid as tid from shoal.strategy_state k where k.strategy_id = p.id and k.key = p.key offset 0
    ) old
    where p.value = 'null' and s.ctid = old.tid
  )
  -- What is as it was is not written: that would lock its row, and cost as much as a change.
  insert into shoal.strategy_state as s (strategy_id, key, value)
  select p.id, p.key, p.value from patch p
  where p.value <> 'null' and p.value is distinct from (
    select k.value from shoal.strategy_state k where k.strategy_id = p.id and k.key = p.key
  )
  on conflict (strategy_id, key) do update set value = excluded.value;

  insert into shoal.strategy_equity as e (strategy_id, at, equity)
  select g.id, g.at, g.equity
  from (
    select d.id, date_trunc('hour', to_timestamp(d."startedAtMs" / 1000), 'UTC') as at, d.equity
    from unnest(p_done) d where d.kind = 'run' and d.equity is not null
  ) g
  where g.equity is distinct from (select k.equity from shoal.strategy_equity k where k.strategy_id = g.id and k.at = g.at)
  on conflict (strategy_id, at) do update set equity = excluded.equity;

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
    delete from shoal.strategy_positions p
    using unnest(p_done) d cross join lateral (
      select k.ctid as tid, k.symbol from shoal.strategy_positions k where k.strategy_id = d.id offset 0
    ) old
    where d.book is not null and p.ctid = old.tid
      and not exists (select from given g where g.id = d.id and g.symbol = old.symbol)
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
    delete from shoal.strategy_balances b
    using unnest(p_done) d cross join lateral (
      select k.ctid as tid, k.currency from shoal.strategy_balances k where k.strategy_id = d.id offset 0
    ) old
    where d.book is not null and b.ctid = old.tid
      and not exists (select from given g where g.id = d.id and g.currency = old.currency)
  )
  insert into shoal.strategy_balances as b (strategy_id, currency, amount, updated_at)
  select g.id, g.currency, g.amount, p_at from given g
  on conflict (strategy_id, currency) do update set amount = excluded.amount, updated_at = excluded.updated_at
  where b.amount <> excluded.amount;
end
$$;

-- Writes orders, cancellations and fills, and what fills of an exchange have realised, once a run has taken them into the book. Returns
-- whether there is something to send to an exchange. The number of a transaction is written as 20261130003600_analytics.sql counts them.
create or replace function shoal.strategy_write_orders(p_done shoal.strategy_settled[], p_at timestamptz) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  sent_count integer;
  cancels record;
  cancel_count integer;
begin
  with upserted as (
    insert into shoal.strategy_orders as t (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, price,
      status, reason, filled, average, fee, placed_at, updated_at, check_at)
    select o.id, d.id, s.owner_id, o."runId", o.number, s.venue, o.symbol, o.side, o.type, o.quantity, o.price,
      o.status, o.reason, o.filled, o.average, o.fee, to_timestamp(o."placedAtMs" / 1000), p_at,
      case when s.venue <> 'paper' and o.status = 'intended' then p_at end
    from unnest(p_done) d
    cross join lateral (select t.owner_id, t.venue from shoal.strategies t where t.id = d.id offset 0) s
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

  select array_agg(e::uuid) as ids, array_agg(d.id) as strategy_ids into cancels
  from unnest(p_done) d cross join lateral jsonb_array_elements_text(d.cancels) e where d.kind = 'run';
  perform from shoal.strategy_orders o where o.id = any (cancels.ids) order by o.id for update;
  update shoal.strategy_orders o
  -- A dispatcher that has it sees what is wanted when it writes its outcome.
  set is_cancel_wanted = true, updated_at = p_at, check_at = case when o.claimed_at is null then p_at else o.check_at end
  from unnest(cancels.ids, cancels.strategy_ids) as c (id, strategy_id)
  cross join lateral (select k.ctid as tid from shoal.strategy_orders k where k.id = c.id offset 0) live
  where o.ctid = live.tid and o.strategy_id = c.strategy_id and o.venue <> 'paper' and not o.is_cancel_wanted
    and o.status in ('intended', 'sent', 'unknown', 'open');
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

  update shoal.strategy_fills f
  set booked_at = p_at, realised_profit = coalesce((d."bookedProfits" ->> e)::shoal.finite_numeric, f.realised_profit),
    profit_in = case when d."bookedProfits" ? e
      then pg_current_xact_id()::text::bigint + (select s.xid_offset from shoal.analytics_state s where s.is_only) end
  from unnest(p_done) d
  cross join lateral jsonb_array_elements_text(d."bookedFillIds") e
  cross join lateral (select k.ctid as tid from shoal.strategy_fills k where k.strategy_id = d.id and k.id = e offset 0) free
  where d.kind = 'run' and f.ctid = free.tid and f.booked_at is null;
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
  perform shoal.strategy_write_clocks(p_holder, settled.done, p_keep_runs, now_at, settled.owner_ids, settled.owner_tids);
  select coalesce(bool_or(d.kind = 'release'), false) as is_released, coalesce(bool_or(d.pause is not null), false) as is_paused,
    coalesce(bool_or("statePatch" <> '{}' or d.book is not null or d.equity is not null), false) as account,
    coalesce(bool_or(d.orders <> '[]' or d.cancels <> '[]' or d.fills <> '[]' or d."bookedFillIds" <> '[]'), false) as orders,
    -- As base64. A hundred smaller ones are within what is kept.
    array_agg(d.id) filter (where length(d.journal) > 100000) as large_journals
  into has from unnest(settled.done::shoal.strategy_settled[]) d;
  if has.large_journals is not null then perform shoal.strategy_forget_journals(has.large_journals); end if;
  if has.is_paused then
    update shoal.strategies s
    set status = d.pause ->> 'status', status_reason = d.pause ->> 'reason', updated_at = now_at
    from unnest(settled.done::shoal.strategy_settled[]) d
    cross join lateral (select t.ctid as tid from shoal.strategies t where t.id = d.id for update) held
    where s.ctid = held.tid and d.kind = 'run' and d.pause is not null
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

call shoal.seal_schema();
