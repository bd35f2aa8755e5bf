/** The owner_id of what is the operator's, who has no user id. */
export const OPERATOR_ID = "00000000-0000-0000-0000-000000000000";

/** The id of a page that has none before it: behind all ids, so that one plan finds any page by the index. */
export const idBefore = (parameter: string) =>
  `coalesce(${parameter}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)`;

/** Time as the HTTP API writes it, as `Date.toISOString` does. */
export const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const isoAs = (table: string, ...names: readonly string[]) =>
  names.map((name) => `${iso(`${table}.${name}`)} as ${name}`).join(", ");
/** Exact, without zeros at the end. */
const decimalsAs = (table: string, ...names: readonly string[]) =>
  names.map((name) => `trim_scale(${table}.${name})::text as ${name}`).join(", ");

// int8 would arrive as text.
export const STATUS_COLUMNS = `
s.id as strategy_id, s.name, nullif(s.owner_id, '${OPERATOR_ID}') as owner_id, s.version, s.status, s.status_reason,
c.claimed_at is not null and c.due_at > clock_timestamp() as is_executing,
(s.interval_ms / 1000.0)::float8 as "executionInterval", s.cron, s.zone, s.venue, s.market, s.secret_name as secret,
${isoAs("s", "created_at", "updated_at")},
jsonb_build_object(
  'total_executions', c.total_executions, 'successful_executions', c.successful_executions,
  'failed_executions', c.failed_executions, 'avg_execution_time', c.sum_ms / nullif(c.total_executions, 0),
  'last_execution_at', ${iso("c.last_execution_at")}, 'last_execution_duration', c.last_execution_duration_ms::float8,
  'next_execution_at', ${iso("case when s.status = 'running' then c.next_execution_at when c.is_manual then c.due_at end")},
  'last_error', c.last_error, 'consecutive_failures', c.consecutive_failures, 'missed_executions', c.missed_executions,
  'skipped_executions', c.skipped_executions, 'skipped_reason', c.skipped_reason, 'fuel', c.fuel
) as stats`;
export const STRATEGY_COLUMNS = `${STATUS_COLUMNS}, s.code_id, s.config, s.account, s.filter`;
export const STRATEGIES = "shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id";

export const VERSION_COLUMNS = `
v.version, v.code_id, v.config, ${isoAs("v", "deployed_at")}, v.deployed_by`;

export const RUN_COLUMNS = `
r.id, r.strategy_id, r.epoch::float8 as epoch, r.version, r.code_id, r.build_id, ${isoAs("r", "planned_at", "started_at")},
r.duration_ms::float8 as duration_ms, r.outcome, r.error, r.fuel::float8 as fuel, r.order_count,
${decimalsAs("r", "equity")}, r.journal is not null as has_journal`;

export const ORDER_COLUMNS = `
o.id, o.strategy_id, o.run_id, o.number, o.venue, o.symbol, o.side, o.type, ${decimalsAs("o", "quantity", "price")}, o.status,
o.reason, o.exchange_id, ${decimalsAs("o", "filled", "average", "fee")}, ${isoAs("o", "placed_at", "updated_at")}`;

export const FILL_COLUMNS = `
f.id, f.order_id, f.symbol, f.side, ${decimalsAs("f", "price", "quantity", "fee")}, f.fee_currency, f.liquidity,
${decimalsAs("f", "realised_profit")}, ${isoAs("f", "filled_at")}`;

export const POSITION_COLUMNS = `
p.symbol, ${decimalsAs("p", "quantity", "cost", "realised_profit", "paid_fees")}, ${isoAs("p", "updated_at")}`;

export const BALANCE_COLUMNS = `b.currency, ${decimalsAs("b", "amount")}, ${isoAs("b", "updated_at")}`;

export const EQUITY_COLUMNS = `${isoAs("e", "at")}, ${decimalsAs("e", "equity")}`;

/** Of `o`, with what its strategies take. */
export const OWNER_COLUMNS = `
nullif(o.owner_id, '${OPERATOR_ID}') as owner_id, o.weight, o.strategy_limit, o.fuel_per_day::float8 as fuel_per_day,
case when o.fuel_day = (clock_timestamp() at time zone 'UTC')::date then o.fuel_used else 0 end::float8 as fuel_used_today,
(select count(*)::int from shoal.strategies s where s.owner_id = o.owner_id) as strategies,
(select count(*)::int from shoal.strategies s where s.owner_id = o.owner_id and s.status = 'running') as running,
o.cost_ms::float8 as run_ms, ${isoAs("o", "next_due_at", "gone_at")}`;

/** Whether the asker may see `s`; $1 is the id, $2 the user, null for the operator. */
export const OWN = "s.id = $1::uuid and ($2::uuid is null or s.owner_id = $2::uuid)";
