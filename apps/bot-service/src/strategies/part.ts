import { createEmitter, type Runtime } from "@shoal/kernel";
import type { DependencyReport, Health } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import type { Part } from "../part.ts";
import type { StrategyEvents } from "./executor/events.ts";
import { createExecutor } from "./executor/executor.ts";
import { createMarketData } from "./executor/market-data.ts";
import { observeStrategies } from "./executor/metrics.ts";
import { createSandbox } from "./executor/sandbox.ts";

export interface StrategiesPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Pick<Health, "reportLoop">;
  readonly database: Database;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
}

/** Runs owners' strategies when they are due, and lets owners deploy and watch them. */
export function createStrategiesPart({ config, runtime, replicaId, health, database }: StrategiesPartOptions) {
  const events = createEmitter<StrategyEvents>();
  const sandbox = createSandbox({ config, runtime });
  const market = createMarketData({ database, runtime, events });
  const { reportLoop } = health;
  const executor = createExecutor({
    ...{ config, database, runtime, replicaId, events, market, sandbox, reportLoop },
    onOrdered() {},
  });
  return {
    name: "strategies",
    needsSchema: true,
    events,
    market,
    /** The runner of this daemon, started when it is first needed. */
    runner: () => sandbox.runner(),
    observe: (metrics) => [
      observeStrategies(metrics, events, () => ({
        ...{ heldCount: executor.heldCount, candles: market.stats, runner: sandbox.health() },
        isSandboxFailing: sandbox.trouble() !== undefined,
      })),
    ],
    health: [
      { dependency: "sandbox", isRequired: false, read: () => reportOf(sandbox.trouble(), "no strategy runs") },
      { dependency: "market", isRequired: false, read: () => reportOf(market.trouble(), "strategies there wait") },
    ],
    routes: () => [],
    start: () => executor.start(),
    async drain(limitMs) {
      const strategyIds = await executor.drain(limitMs);
      if (strategyIds.length === 0) return;
      runtime.log.warn(
        { strategy_ids: strategyIds },
        "handed back unfinished at the end of the drain: other daemons run these strategies",
      );
    },
    async close(limitMs) {
      await Promise.all([sandbox.close(limitMs), market.close()]);
    },
    left: () => ({ leases: executor.heldCount }),
  } satisfies Part & Record<string, unknown>;
}

/** Runs are tried again while either is away; nothing else of the daemon needs them. */
function reportOf(trouble: string | undefined, effect: string): DependencyReport {
  return trouble === undefined ? { state: "ok" } : { state: "degraded", detail: `${effect}: ${trouble}` };
}
