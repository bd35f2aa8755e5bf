/**
 * What of the daemon runs strategies and sends their orders, in a process that a test may kill: `bun strategies-daemon.ts <settings as JSON>`.
 * Drains at SIGTERM.
 */
import { createEmitter, createSystemRuntime, unreported } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { createCcxtExchanges } from "@shoal/trading/ccxt";
import { parseConfig } from "../../src/config.ts";
import type { StrategyEvents } from "../../src/strategies/executor/events.ts";
import { createExecutor } from "../../src/strategies/executor/executor.ts";
import { createMarketData } from "../../src/strategies/executor/market-data.ts";
import { createSandbox } from "../../src/strategies/executor/sandbox.ts";
import { createEndlessMarket } from "../../src/strategies/executor/synthetic-market.ts";
import { createOrderDispatcher } from "../../src/strategies/orders/dispatcher.ts";
import type { OrderEvents } from "../../src/strategies/orders/events.ts";
import { parseKeyring } from "../../src/strategies/secrets/keyring.ts";
import { createSecretStore } from "../../src/strategies/secrets/secret-store.ts";

export interface DaemonSettings {
  readonly databaseUrl: string;
  readonly encryptionKey: string;
  /** Settings of ccxt, with which `binance` is the stand-in. */
  readonly binance: Readonly<Record<string, unknown>>;
  readonly leaseMs: number;
  /** Candles and runs go by a clock that began to be so many times too fast at that moment: a candle of a minute closes each second with 60. */
  readonly marketSpeed: number;
  readonly marketSinceMs: number;
}

const settings: DaemonSettings = JSON.parse(process.argv[2] ?? "");
const system = createSystemRuntime();
const { clock } = system;
const { marketSinceMs, marketSpeed, leaseMs } = settings;
const marketRuntime = {
  ...system,
  clock: {
    now: () => marketSinceMs + (clock.now() - marketSinceMs) * marketSpeed,
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs: number, fire: () => void) => clock.after(delayMs, fire),
    get pendingTimers() {
      return clock.pendingTimers;
    },
  },
};
const { config } = parseConfig({ MAX_CONCURRENT_STRATEGIES: "2", STRATEGY_RUNS_KEPT: "10000" });
const database = createDatabase({ url: settings.databaseUrl, runtime: system, maxConnections: 6 });
const keyring = parseKeyring(settings.encryptionKey);
if (!keyring.ok) throw new Error(keyring.problem);
const secrets = createSecretStore({ database, runtime: system, keyring: keyring.keyring });
const exchanges = createCcxtExchanges({ runtime: system, settings: { binance: settings.binance } });
const replicaId = system.ids.uuid();
const dispatcher = createOrderDispatcher({
  ...{ database, runtime: system, secrets, replicaId, leaseMs, reportLoop: unreported },
  events: createEmitter<OrderEvents>(),
  openExchange: (venue, keys) => exchanges.account(venue, keys),
});
const events = createEmitter<StrategyEvents>();
const sandbox = createSandbox({ config, runtime: system });
const endless = createEndlessMarket(marketRuntime.clock);
const market = createMarketData({ database, runtime: marketRuntime, events, sourceOf: () => endless });
const executor = createExecutor({
  ...{ config, database, runtime: marketRuntime, replicaId, events, market, sandbox, leaseMs },
  reportLoop: unreported,
  onOrdered: () => dispatcher.nudge(),
});

process.on("SIGTERM", async () => {
  await Promise.all([executor.drain(10_000), dispatcher.drain(10_000)]);
  await Promise.all([sandbox.close(1000), market.close()]);
  await database.close();
  process.exit(clock.pendingTimers === 0 ? 0 : 3);
});
dispatcher.start();
executor.start();
