import { type Alert, count, onDaemon, percent, seconds, twice } from "./alert.ts";
import { THRESHOLDS } from "./thresholds.ts";

const RUNS: readonly Alert[] = [
  ...twice("shoal:strategies_oldest_due_seconds:max", THRESHOLDS.strategyDueSeconds, {
    alert: "ShoalStrategiesLate",
    for: "1m",
    summary: "Strategies run late",
    description: `The strategy that is due longest has waited for ${seconds}.`,
  }),
  {
    alert: "ShoalSandboxFailing",
    expr: "shoal_strategy_sandbox_failing == 1",
    for: "1m",
    severity: "critical",
    summary: "The sandbox does not start: no strategy runs",
    description: `For 1 min no process of the sandbox of ${onDaemon} has been able to run a strategy.`,
  },
  {
    alert: "ShoalStrategyRunsKilled",
    expr: `shoal:strategy_runs_killed:ratio15m > ${THRESHOLDS.strategyKilledRatio} and on (job) shoal:strategy_runs_killed:increase15m >= ${THRESHOLDS.strategyKilledRuns}`,
    for: "5m",
    severity: "warning",
    summary: "Runs of strategies are killed",
    description: `${percent} of the runs of 15 min were ended from outside, by a limit of time, processor or memory.`,
  },
  {
    alert: "ShoalStrategyOwnersFailing",
    expr: `shoal:strategy_owners_failing:ratio > ${THRESHOLDS.strategyOwnersFailingRatio} and on (job) max by (job) (shoal_strategy_owners_failing) >= ${THRESHOLDS.strategyFailingOwners}`,
    for: "5m",
    severity: "warning",
    summary: "Strategies of many owners fail at once",
    description: `${percent} of the owners have a strategy whose last three runs failed: the cause is hardly their code.`,
  },
  {
    alert: "ShoalStrategiesQuarantined",
    expr: 'sum by (job) (increase(shoal_strategies_halted_total{status="quarantined"}[15m])) > 0',
    for: "0m",
    severity: "warning",
    summary: "A strategy is in quarantine",
    description: `${count} strategies were killed too often in 15 min and run no more.`,
  },
  {
    alert: "ShoalMarketAway",
    // A symbol that a market does not have is a matter of one owner.
    expr: 'sum by (job, market) (increase(shoal_strategy_candles_failed_total{code!="MARKET_SYMBOL_UNKNOWN"}[5m])) > 0 or sum by (job, market) (increase(shoal_strategy_candles_stale_total[5m])) > 0',
    for: "5m",
    severity: "warning",
    summary: "A market cannot be asked for candles",
    description: "Strategies on {{ $labels.market }} have had old candles or none for 5 min.",
  },
];

const ORDERS: readonly Alert[] = [
  ...twice("shoal:strategy_orders_oldest_unknown_seconds:max", THRESHOLDS.orderUnknownSeconds, {
    alert: "ShoalOrdersUnknown",
    for: "1m",
    summary: "Nobody knows whether an exchange has an order",
    description: `The order that is unknown longest was sent ${seconds} ago.`,
  }),
  {
    alert: "ShoalOrdersNotSent",
    expr: `max by (job) (shoal_strategy_orders_oldest_intended_seconds) > ${THRESHOLDS.orderUnsentSeconds}`,
    for: "1m",
    severity: "critical",
    summary: "Orders are not sent",
    description: `An order has waited for ${seconds} to be sent to its exchange.`,
  },
  {
    alert: "ShoalKeysRefused",
    // Refused keys stay so until their owner writes others: only new ones are for somebody to look at.
    expr: "max by (job) (delta(shoal_strategy_secrets_refused[15m])) > 0",
    for: "0m",
    severity: "warning",
    summary: "An exchange refuses the keys of an owner",
    description: `${count} keys of owners were refused in 15 min: no order is sent with them.`,
  },
];

export const STRATEGY_ALERTS: readonly Alert[] = [...RUNS, ...ORDERS];
