import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import type { CandleCacheStats } from "@shoal/market";
import {
  allOf,
  type EventSubscriber,
  errorCodes,
  JOB_SECONDS,
  type Listeners,
  type Metrics,
  reasonWords,
  subscribe,
  WORK_SECONDS,
  workNames,
} from "@shoal/monitor";
import type { StrategyRunnerHealth } from "@shoal/strategy-runner";
import type { StrategyEvents } from "./events.ts";

type Some = Partial<Listeners<StrategyEvents>>;

/** What this process does at the moment, asked at every scrape. */
export interface ExecutorStats {
  /** Strategies that it has claimed and not settled. */
  readonly heldCount: number;
  readonly candles: Pick<CandleCacheStats, "hitCount" | "missCount" | "keptBytes">;
  /** Whether the sandbox cannot run anything: it was not allowed to start, or its processes do not. */
  readonly isSandboxFailing: boolean;
  /** Undefined while no strategy has needed the sandbox. */
  readonly runner: StrategyRunnerHealth | undefined;
}

/** Feeds the metrics of strategies from the executor's events. Once per `metrics`. The result takes all listeners away again. */
export function observeStrategies(
  metrics: Metrics,
  events: EventSubscriber<StrategyEvents>,
  getStats: () => ExecutorStats,
): Unsubscribe {
  const off = subscribe<StrategyEvents>(events, {
    ...ofRuns(metrics),
    ...ofTicks(metrics),
    ...ofMarket(metrics),
    ...ofTurns(metrics),
  });
  const setters = [marketFigures(metrics), sandboxFigures(metrics)];
  const stop = metrics.beforeScrape(() => {
    const stats = getStats();
    for (const set of setters) set(stats);
  });
  return () => {
    off();
    stop();
  };
}

function ofRuns({ counter, histogram }: Metrics) {
  const runs = counter({
    name: "shoal_strategy_runs_total",
    help: "Runs of strategies that were settled, by outcome; killed ones were ended from outside.",
    labels: { outcome: allOf<StrategyEvents["strategy:ran"]["outcome"]>({ ok: true, failed: true, killed: true }) },
  });
  const errors = counter({
    name: "shoal_strategy_run_errors_total",
    help: "Runs that failed or were killed, by error code.",
    labels: { code: errorCodes() },
  });
  const duration = histogram({
    name: "shoal_strategy_run_duration_seconds",
    help: "Time of one run of a strategy, whatever came of it.",
    buckets: WORK_SECONDS,
  });
  const fuel = counter({
    name: "shoal_strategy_fuel_total",
    help: "Fuel that runs of strategies burned; one run may burn 150 million units.",
  });
  const missed = counter({
    name: "shoal_strategy_ticks_missed_total",
    help: "Ticks that went by without a run of their own and are made up for by one run.",
  });
  const skipped = counter({
    name: "shoal_strategy_ticks_skipped_total",
    help: "Ticks that needed no run, by reason.",
    labels: { reason: reasonWords() },
  });
  const halted = counter({
    name: "shoal_strategies_halted_total",
    help: "Strategies that run no more because their runs failed (paused) or were killed (quarantined) too often.",
    labels: { status: allOf<StrategyEvents["strategy:halted"]["status"]>({ paused: true, quarantined: true }) },
  });
  return {
    "strategy:ran": (run) => {
      runs.inc({ outcome: run.outcome });
      if (run.code !== null) errors.inc({ code: run.code });
      duration.observe({}, run.durationMs / SECOND_MS);
      fuel.inc({}, run.fuel);
      missed.inc({}, run.missedCount);
    },
    "strategy:skipped": ({ reason, missedCount }) => {
      skipped.inc({ reason });
      missed.inc({}, missedCount);
    },
    "strategy:halted": ({ status }) => halted.inc({ status }),
  } satisfies Some;
}

function ofTicks({ counter, histogram }: Metrics) {
  const lag = histogram({
    name: "shoal_strategy_lag_seconds",
    help: "How long each strategy had been due when it was claimed. The count is the number of claims.",
    buckets: JOB_SECONDS,
  });
  const unable = counter({
    name: "shoal_strategy_runs_unable_total",
    help: "Claimed strategies that could not be run through no fault of theirs, by error code; their tick is kept.",
    labels: { code: errorCodes() },
  });
  const released = counter({ name: "shoal_strategy_runs_released_total", help: "Claimed strategies handed back." });
  const lost = counter({
    name: "shoal_strategy_runs_lost_total",
    help: "Claimed strategies of which nothing was written, because of a deploy, a stop or a lost lease.",
  });
  return {
    "strategies:claimed": ({ dueForMs }) => {
      for (const each of dueForMs) lag.observe({}, each / SECOND_MS);
    },
    "strategy:unable": ({ code }) => unable.inc({ code }),
    "strategy:released": () => released.inc({}),
    "strategy:lost": () => lost.inc({}),
  } satisfies Some;
}

function ofMarket({ counter }: Metrics) {
  const stale = counter({
    name: "shoal_strategy_candles_stale_total",
    help: "Times that a run was given older candles because the market could not be asked, by market.",
    labels: { market: workNames() },
  });
  const failed = counter({
    name: "shoal_strategy_candles_failed_total",
    help: "Times that a market had no candles for a run, by market and error code.",
    labels: { market: workNames(), code: errorCodes() },
  });
  return {
    "market:stale": ({ market }) => stale.inc({ market }),
    "market:failed": ({ market, code }) => failed.inc({ market, code }),
  } satisfies Some;
}

function ofTurns({ counter, histogram }: Metrics) {
  const duration = histogram({
    name: "shoal_strategy_turn_duration_seconds",
    help: "Time for one statement that settles runs and claims strategies.",
    buckets: WORK_SECONDS,
  });
  const failed = counter({
    name: "shoal_strategy_turns_failed_total",
    help: "Statements of the executor that failed and are sent again, by error code.",
    labels: { code: errorCodes() },
  });
  return {
    "strategies:turn": ({ durationMs }) => duration.observe({}, durationMs / SECOND_MS),
    "strategies:failed": ({ code }) => failed.inc({ code }),
  } satisfies Some;
}

function marketFigures({ counter, gauge }: Metrics) {
  const held = gauge({ name: "shoal_strategies_held", help: "Strategies that this daemon has claimed now." });
  const reads = counter({
    name: "shoal_strategy_candles_read_total",
    help: "Series of candles read for runs, from memory (hit) or after a look at the market (miss).",
    labels: { result: allOf<"hit" | "miss">({ hit: true, miss: true }) },
  });
  const kept = gauge({ name: "shoal_strategy_candles_bytes", help: "Memory of the candles that are kept." });
  const grown = { hit: growth(), miss: growth() };
  return ({ heldCount, candles }: ExecutorStats) => {
    held.set({}, heldCount);
    reads.inc({ result: "hit" }, grown.hit(candles.hitCount));
    reads.inc({ result: "miss" }, grown.miss(candles.missCount));
    kept.set({}, candles.keptBytes);
  };
}

function sandboxFigures({ counter, gauge }: Metrics) {
  const children = gauge({
    name: "shoal_strategy_children",
    help: "Processes of the sandbox that can run a strategy, by what they do.",
    labels: { state: allOf<"idle" | "running">({ idle: true, running: true }) },
  });
  const queued = gauge({ name: "shoal_strategy_runs_queued", help: "Runs that wait for a process of the sandbox." });
  const failing = gauge({
    name: "shoal_strategy_sandbox_failing",
    help: "1 while no process of the sandbox can run a strategy, because none starts or none may.",
  });
  const lost = counter({
    name: "shoal_strategy_children_lost_total",
    help: "Processes of the sandbox that did not start, or ended without a run.",
  });
  const walls = gauge({
    name: "shoal_strategy_walls_missing",
    help: "Walls that this system lacks around the processes of the sandbox.",
  });
  const grown = growth();
  return ({ runner, isSandboxFailing }: ExecutorStats) => {
    children.set({ state: "idle" }, runner?.idleCount ?? 0);
    children.set({ state: "running" }, runner?.runningCount ?? 0);
    queued.set({}, runner?.queuedCount ?? 0);
    failing.set({}, isSandboxFailing ? 1 : 0);
    lost.inc({}, grown(runner?.lostCount ?? 0));
    walls.set({}, runner?.jail.walls.filter(({ holds }) => !holds).length ?? 0);
  };
}

/** Returns by how much a total has grown since it was last told. */
function growth(): (total: number) => number {
  let last = 0;
  return (total) => {
    const by = total - last;
    last = total;
    return by;
  };
}
