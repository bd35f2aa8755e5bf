import { printable } from "@shoal/kernel";
import { DEFAULT_FUEL } from "@shoal/strategy-runner";
import { percentText } from "../../strategies/backtest/report/page.ts";
import type {
  HoldingsBody,
  OrderBody,
  OwnerBody,
  RunBody,
  StatusBody,
  StrategyBody,
  VersionBody,
  WholeRunBody,
} from "../../strategies/desk/bodies.ts";
import { row } from "../drawing.ts";
import { type Fit, table } from "../table.ts";
import { logText, rows } from "./run-view.ts";

/** Width of the terminal; absent where there is none. */
export type Width = Pick<Fit, "columns">;

const NONE = "-";

/** Writes an instant as `2026-01-01 10:00:00`, in UTC. */
export const when = (iso: string | null) => (iso === null ? NONE : iso.slice(0, 19).replace("T", " "));
const msText = (ms: number | null) => (ms === null ? NONE : `${Number(ms.toPrecision(3))} ms`);
const orNone = (value: string | number | null) => value ?? NONE;

/** Writes when a strategy runs: `5m`, or cron with its zone. */
function scheduleText({ executionInterval, cron, zone }: StatusBody): string {
  if (executionInterval === null) return `${cron ?? NONE} ${zone}`;
  const units = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "m"],
  ] as const;
  const [seconds, unit] = units.find(([each]) => executionInterval % each === 0) ?? [1, "s"];
  return `${executionInterval / seconds}${unit}`;
}

export function drawStrategies(strategies: readonly StatusBody[], width: Width): string {
  if (strategies.length === 0) return "no strategies\n";
  const cells = strategies.map((each) => [
    each.name,
    each.status,
    each.version,
    scheduleText(each),
    each.venue,
    each.stats.total_executions,
    each.stats.failed_executions,
    when(each.stats.next_execution_at),
    each.strategy_id,
    each.owner_id ?? "operator",
    each.status_reason ?? each.stats.last_error ?? NONE,
  ]);
  const headings = ["name", "status", "version", "every", "venue", "runs", "failed"];
  const spare = ["version", "venue", "every", "runs", "failed", "next (UTC)", "owner", "why"];
  return table([...headings, "next (UTC)", "id", "owner", "why"], cells, { ...width, spare });
}

export function drawStrategy(strategy: StatusBody | StrategyBody): string {
  const { stats } = strategy;
  const runs = `${stats.total_executions} (${stats.successful_executions} ok, ${stats.failed_executions} failed), ${msText(stats.avg_execution_time)} on average`;
  const lines = [
    `${strategy.name}   ${strategy.status}${strategy.is_executing ? ", a run is under way" : ""}`,
    ...(strategy.status_reason === null ? [] : [row("because", strategy.status_reason)]),
    row("id", strategy.strategy_id),
    row("owner", strategy.owner_id ?? "the operator"),
    row("version", `${strategy.version}, changed ${when(strategy.updated_at)}`),
    row(
      "trades",
      `on ${strategy.venue}${strategy.secret === null ? "" : ` with the secret ${strategy.secret}`}, candles of ${strategy.market}`,
    ),
    row("every", scheduleText(strategy)),
    ...("config" in strategy ? [row("config", configText(strategy.config))] : []),
    row("next run", when(stats.next_execution_at)),
    row("last run", `${when(stats.last_execution_at)}, took ${msText(stats.last_execution_duration)}`),
    row("runs", runs),
    row("missed", `${stats.missed_executions}, because nothing ran then`),
    row(
      "skipped",
      `${stats.skipped_executions}${stats.skipped_reason === null ? "" : `, now because of ${stats.skipped_reason}`}`,
    ),
    row("fuel", `${stats.fuel.toLocaleString("en-US")} in all`),
    row("last error", stats.last_error ?? "none"),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** Of settings that were not given those of the file hold, which the daemon does not repeat. */
const configText = (config: StrategyBody["config"]) =>
  Object.keys(config).length === 0 ? "as its file has it" : JSON.stringify(config);

/** Says in a line what became of a strategy. */
export function drawOutcome({ name, status, version, stats, strategy_id }: StatusBody): string {
  const next = stats.next_execution_at === null ? "" : `, next run ${when(stats.next_execution_at)} UTC`;
  return `${printable(`${name} version ${version} is ${status}${next}   ${strategy_id}`)}\n`;
}

export function drawOwners(owners: readonly OwnerBody[], width: Width): string {
  if (owners.length === 0) return "no owners\n";
  const cells = owners.map((each) => [
    each.owner_id ?? "operator",
    each.weight,
    each.strategy_limit === null ? `${each.strategies}` : `${each.strategies} of ${each.strategy_limit}`,
    each.running,
    each.fuel_used_today,
    orNone(each.fuel_per_day),
    msText(each.run_ms),
    when(each.next_due_at),
    each.gone_at === null ? NONE : `deleted ${when(each.gone_at)}`,
  ]);
  const headings = [
    "owner",
    "weight",
    "strategies",
    "running",
    "fuel today",
    "of",
    "a run takes",
    "next (UTC)",
    "user",
  ];
  return table(headings, cells, { ...width, spare: ["a run takes", "next (UTC)", "user"] });
}

export function drawVersions(versions: readonly VersionBody[], width: Width): string {
  if (versions.length === 0) return "no versions\n";
  const cells = versions.map(({ version, deployed_at, deployed_by, code_id, config }) => [
    version,
    when(deployed_at),
    deployed_by ?? "operator",
    code_id.slice(0, SHOWN_HASH),
    JSON.stringify(config),
  ]);
  return table(["version", "deployed at (UTC)", "by", "code", "config"], cells, { ...width, spare: ["by"] });
}

/** As many characters as tell hashes apart. */
const SHOWN_HASH = 12;

export function drawRuns(runs: readonly RunBody[], width: Width): string {
  if (runs.length === 0) return "no runs\n";
  const cells = runs.map((run) => [
    run.id,
    when(run.started_at),
    run.outcome,
    run.version,
    msText(run.duration_ms),
    run.fuel,
    run.order_count,
    orNone(run.equity),
    run.has_journal ? "yes" : "no",
    run.error === null ? NONE : `${run.error.code}: ${run.error.message}`,
  ]);
  const headings = ["run", "started (UTC)", "outcome", "version", "took", "fuel", "orders", "equity"];
  const spare = ["version", "took", "fuel", "orders", "equity", "journal", "error"];
  return table([...headings, "journal", "error"], cells, { ...width, spare });
}

function journalText({ journal, outcome }: WholeRunBody): string {
  if (journal !== null) return "kept";
  return outcome === "killed"
    ? "none: what was ended from outside cannot be replayed"
    : "gone: this run cannot be replayed";
}

export function drawWholeRun(run: WholeRunBody): string {
  const share = percentText(run.fuel / DEFAULT_FUEL, 3);
  const place = run.error?.line === undefined ? "" : ` (line ${run.error.line}, column ${run.error.column ?? 1})`;
  const lines = [
    printable(`run ${run.id}   ${run.outcome}`),
    row("strategy", `${run.strategy_id}, version ${run.version}`),
    row("planned", when(run.planned_at)),
    row("started", `${when(run.started_at)}, took ${msText(run.duration_ms)}`),
    ...(run.error === null ? [] : rows("error", [`${run.error.code}: ${run.error.message}${place}`])),
    row("orders", String(run.order_count)),
    row("equity", String(orNone(run.equity))),
    row("fuel", `${run.fuel.toLocaleString("en-US")}, ${share} of what a run may burn`),
    ...rows("log", run.logs.map(logText)),
    ...rows("notifications", run.notifications),
    row("journal", journalText(run)),
  ];
  return `${lines.join("\n")}\n`;
}

export function drawOrders(orders: readonly OrderBody[], width: Width): string {
  if (orders.length === 0) return "no orders\n";
  const cells = orders.map((order) => [
    when(order.placed_at),
    order.status,
    order.side,
    order.quantity,
    order.symbol,
    order.type,
    orNone(order.price),
    order.filled,
    orNone(order.average),
    order.fee,
    order.reason ?? NONE,
    order.id,
  ]);
  const headings = ["placed (UTC)", "status", "side", "quantity", "symbol", "type", "price", "filled", "average"];
  const spare = ["type", "average", "fee", "why", "id"];
  return table([...headings, "fee", "why", "id"], cells, { ...width, spare });
}

export function drawHoldings({ positions, balances, equity }: HoldingsBody, width: Width): string {
  const cells = positions.map((each) => [
    each.symbol,
    each.quantity,
    each.cost,
    each.realised_profit,
    each.paid_fees,
    when(each.updated_at),
  ]);
  const headings = ["symbol", "quantity", "cost", "profit taken", "fees", "as of (UTC)"];
  const held =
    positions.length === 0 ? "no positions\n" : table(headings, cells, { ...width, spare: ["fees", "as of (UTC)"] });
  const money = balances.map(({ currency, amount }) => printable(`${amount} ${currency}`)).join(", ") || NONE;
  return `${held}${row("balances", money)}\n${row("equity", printable(equity ?? "not known before the first run"))}\n`;
}
