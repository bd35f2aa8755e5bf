import { createEmitter, type Runtime } from "@shoal/kernel";
import type { Health } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import type { Part } from "../part.ts";
import type { StrategyEvents } from "./executor/events.ts";
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
export function createStrategiesPart({ config, runtime }: StrategiesPartOptions) {
  const events = createEmitter<StrategyEvents>();
  const sandbox = createSandbox({ config, runtime });
  return {
    name: "strategies",
    needsSchema: true,
    events,
    /** The runner of this daemon, started when it is first needed. */
    runner: () => sandbox.runner(),
    routes: () => [],
    start() {},
    close: (limitMs) => sandbox.close(limitMs),
  } satisfies Part & Record<string, unknown>;
}
