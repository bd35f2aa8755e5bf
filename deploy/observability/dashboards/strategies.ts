import { chart, maxOf, quantilesOf, REPLICA, rateOf, sumOf } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { limitsOf, type Page, type Row } from "./frame.ts";

const RUNS: Row = {
  title: "Runs",
  panels: [
    chart({
      title: "Runs",
      description: "By outcome. Killed: ended from outside. Alert ShoalStrategyRunsKilled.",
      unit: "ops",
      isStacked: true,
      queries: [{ expr: rateOf("shoal_strategy_runs_total", "outcome"), legend: "{{outcome}}" }],
    }),
    chart({
      title: "Due longest",
      description: "How long it has waited, and how long strategies were due when claimed. Alert ShoalStrategiesLate.",
      unit: "s",
      limits: limitsOf(THRESHOLDS.strategyDueSeconds),
      queries: [
        { expr: maxOf("shoal_strategies_oldest_due_seconds"), legend: "due longest" },
        ...quantilesOf("shoal_strategy_lag_seconds"),
      ],
    }),
    chart({
      title: "A run took",
      description: "Its waits included.",
      unit: "s",
      queries: quantilesOf("shoal_strategy_run_duration_seconds"),
    }),
    chart({
      title: "Due and claimed",
      description: "Due and not claimed in the whole database; claimed by each daemon.",
      unit: "short",
      queries: [
        { expr: maxOf("shoal_strategies_due"), legend: "due" },
        { expr: sumOf("shoal_strategies_held", "instance"), legend: "claimed by {{instance}}" },
      ],
    }),
    chart({
      title: "Ticks without a run of their own",
      description: "Skipped ones needed none, by reason; missed ones are made up for by one run.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_strategy_ticks_skipped_total", "reason"), legend: "skipped {{reason}}" },
        { expr: rateOf("shoal_strategy_ticks_missed_total"), legend: "missed" },
      ],
    }),
    chart({
      title: "Why runs fail",
      description: "By error code. The owner sees the same code.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_strategy_run_errors_total", "code"), legend: "{{code}}" }],
    }),
  ],
};

const STRATEGIES_ROW: Row = {
  title: "Strategies and owners",
  panels: [
    chart({
      title: "Strategies",
      description: "By status, in the whole database.",
      unit: "short",
      queries: [{ expr: maxOf("shoal_strategies", "status"), legend: "{{status}}" }],
    }),
    chart({
      title: "Owners that fail",
      description: "Part of those with something to run. Alert ShoalStrategyOwnersFailing.",
      unit: "percentunit",
      limits: { alertAt: THRESHOLDS.strategyOwnersFailingRatio },
      queries: [{ expr: "max(shoal:strategy_owners_failing:ratio)", legend: "failing" }],
    }),
    chart({
      title: "Halted",
      description: "Strategies that run no more: failed too often, or killed. Alert ShoalStrategiesQuarantined.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_strategies_halted_total", "status"), legend: "{{status}}" }],
    }),
    chart({
      title: "Fuel",
      description: "Burned per second: the work of all runs, on any machine the same.",
      unit: "short",
      queries: [{ expr: rateOf("shoal_strategy_fuel_total"), legend: "fuel" }],
    }),
    chart({
      title: "Not run, through no fault of theirs",
      description: "By error code; their tick is kept. Lost: outdated by a deploy or a stop. Released: handed back.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_strategy_runs_unable_total", "code"), legend: "{{code}}" },
        { expr: rateOf("shoal_strategy_runs_lost_total"), legend: "lost" },
        { expr: rateOf("shoal_strategy_runs_released_total"), legend: "released" },
      ],
    }),
    chart({
      title: "The executor",
      description: "A statement that settles and claims, and those that failed by error code. Alert ShoalLoopFailing.",
      unit: "s",
      queries: [
        ...quantilesOf("shoal_strategy_turn_duration_seconds"),
        { expr: rateOf("shoal_strategy_turns_failed_total", "code"), legend: "failed {{code}}, per second" },
      ],
    }),
  ],
};

const SANDBOX: Row = {
  title: "Sandbox and market",
  panels: [
    chart({
      title: "Processes of the sandbox",
      description: "One run at a time each. Alert ShoalSandboxFailing when none starts.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: sumOf("shoal_strategy_children", "state"), legend: "{{state}}" }],
    }),
    chart({
      title: "Waiting for a process",
      description: "Runs that were claimed and have not begun.",
      unit: "short",
      queries: [{ expr: sumOf("shoal_strategy_runs_queued"), legend: "waiting" }],
    }),
    chart({
      title: "Processes lost, walls missing",
      description: "Processes that did not start or ended without a run; walls that the system lacks around each.",
      unit: "short",
      queries: [
        { expr: `sum(increase(shoal_strategy_children_lost_total{${REPLICA}}[5m]))`, legend: "lost in 5 min" },
        { expr: maxOf("shoal_strategy_walls_missing", "instance"), legend: "walls missing on {{instance}}" },
      ],
    }),
    chart({
      title: "Candles read",
      description: "From memory, and after a look at the market.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_strategy_candles_read_total", "result"), legend: "{{result}}" }],
    }),
    chart({
      title: "Candles old or missing",
      description: "Runs that were given older candles, or none. Alert ShoalMarketAway.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_strategy_candles_stale_total", "market"), legend: "old, {{market}}" },
        { expr: rateOf("shoal_strategy_candles_failed_total", "market, code"), legend: "none, {{market}}, {{code}}" },
      ],
    }),
    chart({
      title: "Candles in memory",
      description: "Of each daemon.",
      unit: "bytes",
      queries: [{ expr: sumOf("shoal_strategy_candles_bytes", "instance"), legend: "{{instance}}" }],
    }),
  ],
};

const ORDERS: Row = {
  title: "Orders at exchanges",
  panels: [
    chart({
      title: "Live",
      description: "By status, in the whole database.",
      unit: "short",
      queries: [{ expr: maxOf("shoal_strategy_orders_live", "status"), legend: "{{status}}" }],
    }),
    chart({
      title: "Unknown for",
      description: "Since the oldest unknown order was sent. Alert ShoalOrdersUnknown.",
      unit: "s",
      limits: limitsOf(THRESHOLDS.orderUnknownSeconds),
      queries: [{ expr: maxOf("shoal_strategy_orders_oldest_unknown_seconds"), legend: "unknown" }],
    }),
    chart({
      title: "Not sent for",
      description: "The intent that waits longest. Alert ShoalOrdersNotSent.",
      unit: "s",
      limits: { alertAt: THRESHOLDS.orderUnsentSeconds },
      queries: [{ expr: maxOf("shoal_strategy_orders_oldest_intended_seconds"), legend: "not sent" }],
    }),
    chart({
      title: "Changes",
      description: "By the status that orders came to.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_strategy_orders_total", "status"), legend: "{{status}}" },
        { expr: rateOf("shoal_strategy_fills_total", "venue"), legend: "fills of {{venue}}" },
      ],
    }),
    chart({
      title: "Answered after",
      description: "From the run that wanted the order until the exchange's first answer.",
      unit: "s",
      queries: quantilesOf("shoal_strategy_order_answer_seconds"),
    }),
    chart({
      title: "Refused, cancelled, not answered",
      description: "Ends of orders by the code of their reason, and calls that failed by error code.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_strategy_order_ends_total", "code"), legend: "{{code}}" },
        { expr: rateOf("shoal_strategy_order_errors_total", "code"), legend: "call failed {{code}}" },
        { expr: rateOf("shoal_strategy_order_calls_failed_total", "venue"), legend: "calls of {{venue}} that failed" },
        { expr: rateOf("shoal_strategy_order_calls_answered_total", "venue"), legend: "calls of {{venue}} answered" },
      ],
    }),
    chart({
      title: "Keys refused",
      description: "Now, and by venue. Alert ShoalKeysRefused.",
      unit: "short",
      queries: [
        { expr: maxOf("shoal_strategy_secrets_refused"), legend: "refused now" },
        { expr: rateOf("shoal_strategy_keys_refused_total", "venue"), legend: "{{venue}}, per second" },
      ],
    }),
    chart({
      title: "The dispatcher",
      description: "Time of a statement; those that failed, and orders that another daemon has.",
      unit: "s",
      queries: [
        ...quantilesOf("shoal_strategy_order_turn_duration_seconds"),
        { expr: rateOf("shoal_strategy_order_turns_failed_total", "code"), legend: "failed {{code}}, per second" },
        { expr: rateOf("shoal_strategy_orders_lost_total"), legend: "lost, per second" },
      ],
    }),
  ],
};

export const STRATEGIES: Page = {
  uid: "shoal-strategies",
  title: "Shoal: strategies",
  description: "Runs of owners' strategies, the sandbox, the market, and orders at exchanges.",
  rows: [RUNS, STRATEGIES_ROW, SANDBOX, ORDERS],
};
