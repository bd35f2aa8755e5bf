import { type InFlight, WorkEngine } from "@shoal/job-queue/work";
import { createLoop, type Emitter, fullJitter, type ReportLoop, type Runtime, SECOND_MS, sleep } from "@shoal/kernel";
import { createWakeListener, type Database } from "@shoal/store";
import type { Config } from "../../config.ts";
import type { StrategyEvents } from "./events.ts";
import type { MarketData } from "./market-data.ts";
import { createRunnerOfStrategies, type RunnerOfStrategies, type RunSettlement } from "./run-strategy.ts";
import type { Sandbox } from "./sandbox.ts";
import { released } from "./settled-run.ts";
import { StrategyMemory } from "./strategy-memory.ts";
import { StrategySource, type StrategySourceOptions, type StrategyWork } from "./strategy-source.ts";

export type ExecutorConfig = Pick<
  Config,
  | "strategyExecutor"
  | "strategiesPerCycle"
  | "strategyBatchSize"
  | "strategyBatchPauseMs"
  | "strategyCycleMs"
  | "strategyTimeLimitMs"
  | "strategyRunsKept"
  | "strategyMaxFailures"
  | "strategyMaxKills"
>;

export interface ExecutorOptions {
  readonly config: ExecutorConfig;
  readonly database: Database;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly events: Emitter<StrategyEvents>;
  readonly market: MarketData;
  readonly sandbox: Sandbox;
  readonly reportLoop: ReportLoop;
  readonly onOrdered: () => void;
  /** As for the runner of strategies. */
  readonly hasSecrets?: boolean;
  /** As for the source. */
  readonly onDatabaseNow?: StrategySourceOptions["onDatabaseNow"];
  /** Whether somebody looks into the database every few seconds and calls `dueIn`. Default: nobody does. */
  readonly isWatched?: () => boolean;
  /** Default 10,000. */
  readonly leaseMs?: number;
}

/** Runs strategies that are due. */
export interface Executor {
  /** Strategies that are claimed and not settled. */
  readonly heldCount: number;
  /** Claims from now on, as configured. Idempotent; does nothing after `drain`. */
  start(): void;
  /** Something may be due: looks now. */
  nudge(): void;
  /** A strategy is due in so many ms. */
  dueIn(delayMs: number): void;
  /** Claims no more, lets runs end within `limitMs`, gives back the others, and resolves with the ids of those. Leaves no timer and no listener. Idempotent. */
  drain(limitMs: number): Promise<readonly string[]>;
}

const CHANNEL = "shoal_strategies";
const LEASE_MS = 10 * SECOND_MS;
const BATCH_SIZE = 32;
/** A run waits for its subject, its candles and a child before its own time begins. */
const WAITS_MS = 30 * SECOND_MS;
const CYCLE_BACKOFF = fullJitter(500, 30 * SECOND_MS);

/** Makes the executor of a daemon; any number of daemons may share one database. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { config, database, runtime, replicaId, events, market, sandbox, reportLoop } = options;
  const { isWatched = () => false } = options;
  const limits = { maxFailures: config.strategyMaxFailures, maxKills: config.strategyMaxKills };
  const { hasSecrets = true } = options;
  const runner = createRunnerOfStrategies({ runtime, market, sandbox, limits, hasSecrets });
  const claims = reportLoop("strategies");
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL, onWake: () => engine.nudge() },
    onUnsupported: () =>
      runtime.log.info(
        {},
        "strategies that are due are only found by polling each second: this connection cannot LISTEN",
      ),
  });
  const source = new StrategySource({
    ...{ database, runtime, events, holder: replicaId, leaseMs: options.leaseMs ?? LEASE_MS },
    ...{ keptRunCount: config.strategyRunsKept, memory: new StrategyMemory(database) },
    handler: {
      run: (work, { signal }) => runner.run(work, signal),
      timeLimitMs: config.strategyTimeLimitMs + WAITS_MS,
    },
    settle: (work, outcome) => settlementOf(runner, work, outcome),
    reports: { claims, writesOf: () => claims, leases: reportLoop("strategies-leases") },
    isAnnounced: () => listener.isListening && isWatched(),
    onOrdered: options.onOrdered,
    ...(options.onDatabaseNow && { onDatabaseNow: options.onDatabaseNow }),
  });
  const engine = new WorkEngine({ source, runtime, concurrency: sandbox.childCount, batchSize: BATCH_SIZE });
  const ending = new AbortController();
  const cycles = createCycles(options, engine, ending.signal);
  let drained: Promise<readonly string[]> | undefined;

  const drain = async (limitMs: number) => {
    ending.abort(new Error("the daemon drains"));
    const stopped = Promise.all([cycles.stop(), listener.close()]);
    const given = await engine.drain(limitMs);
    await stopped;
    return given.map(({ id }) => id);
  };

  return {
    get heldCount() {
      return source.heldCount;
    },
    start() {
      if (drained) return;
      if (config.strategyExecutor === "cycle") cycles.start();
      if (config.strategyExecutor !== "continuous") return;
      engine.start();
      listener.start();
    },
    nudge: () => engine.nudge(),
    dueIn: (delayMs) => engine.dueIn(delayMs),
    drain: (limitMs) => (drained ??= drain(limitMs)),
  };
}

/** A few strategies at a time, in batches with pauses between. */
function createCycles(
  { config, runtime, reportLoop }: ExecutorOptions,
  engine: WorkEngine<StrategyWork>,
  signal: AbortSignal,
) {
  const { strategiesPerCycle, strategyBatchSize, strategyBatchPauseMs, strategyCycleMs } = config;
  const { clock } = runtime;
  const runCycle = async () => {
    const startedMs = clock.monotonicMs();
    let leftCount = strategiesPerCycle;
    while (leftCount > 0) {
      const asked = Math.min(leftCount, strategyBatchSize);
      const [report] = (await engine.runPass(asked)).values();
      leftCount -= asked;
      if (leftCount === 0 || (report?.claimed ?? 0) < asked) break;
      await sleep(clock, strategyBatchPauseMs, signal);
    }
    return Math.max(0, startedMs + strategyCycleMs - clock.monotonicMs());
  };
  const report = reportLoop("strategies");
  return createLoop({ runtime, work: runCycle, onError() {}, report, backoff: CYCLE_BACKOFF, nudgeMs: 0 });
}

const STALLED = {
  code: "STRATEGY_STALLED",
  message: `Its run had not begun after ${WAITS_MS / SECOND_MS} s: the database, the market or a process was too slow.`,
};

/** What the engine says of an attempt, as it is written. */
function settlementOf(
  runner: RunnerOfStrategies,
  work: StrategyWork,
  outcome: InFlight<StrategyWork>["outcome"],
): RunSettlement {
  if (outcome?.kind === "completed") return outcome.value as RunSettlement;
  if (outcome?.kind === "failed") return runner.failed(work, outcome.code === "JOB_TIME_LIMIT" ? STALLED : outcome);
  return { settled: released(work), missedCount: 0 };
}
