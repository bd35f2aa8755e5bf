/** An executor of strategies in a process of its own, for tests that kill it. Says `ready` once it claims. */
import { createEmitter, createSystemRuntime, unreported } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { parseConfig } from "../../src/config.ts";
import type { StrategyEvents } from "../../src/strategies/executor/events.ts";
import { createExecutor } from "../../src/strategies/executor/executor.ts";
import { createMarketData } from "../../src/strategies/executor/market-data.ts";
import { createSandbox } from "../../src/strategies/executor/sandbox.ts";

const runtime = createSystemRuntime();
const { config } = parseConfig({ MAX_CONCURRENT_STRATEGIES: "2", STRATEGY_RUNS_KEPT: "10000" });
const database = createDatabase({ url: process.argv[2] ?? "", runtime, maxConnections: 3 });
const events = createEmitter<StrategyEvents>();
const sandbox = createSandbox({ config, runtime });
const market = createMarketData({ database, runtime, events });
const executor = createExecutor({
  ...{ config, database, runtime, events, market, sandbox, replicaId: runtime.ids.uuid(), reportLoop: unreported },
  ...{ onOrdered() {}, leaseMs: 3_000 },
});
await sandbox.runner();
executor.start();
events.on("strategy:ran", ({ strategyId }) => process.stdout.write(`${strategyId}\n`));
process.stdout.write("ready\n");
