import { createEmitter, type Emitter, type ReportLoop, type Runtime, SECOND_MS } from "@shoal/kernel";
import type { DependencyReport, Health, LoopOutcome } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import { type CheckResult, checkStrategy, createCompiler, DEFAULT_FUEL } from "@shoal/strategy-runner";
import { createCcxtExchanges } from "@shoal/trading/ccxt";
import type { Config } from "../config.ts";
import { undone, watchWrites } from "../health/watched-writes.ts";
import { strategyRoutes } from "../http/strategies.ts";
import { strategyHealthRoute } from "../http/strategy-health.ts";
import { strategyLimitsRoute } from "../http/strategy-limits.ts";
import { strategyOwnerRoutes } from "../http/strategy-owners.ts";
import { strategyReplayRoutes } from "../http/strategy-replay.ts";
import { strategySecretRoutes } from "../http/strategy-secrets.ts";
import type { Part } from "../part.ts";
import type { Pulse } from "../pulse/pulse.ts";
import type { StrategyLimits } from "./desk/bodies.ts";
import type { DeployOptions } from "./desk/deploy.ts";
import { createChangeLog } from "./desk/log.ts";
import { createOwnerDesk, type OwnerDesk } from "./desk/owners.ts";
import { createStrategyDesk } from "./desk/strategy-desk.ts";
import type { StrategyDesk } from "./desk/strategy-desk.types.ts";
import { createDatabaseClock } from "./executor/database-clock.ts";
import type { StrategyEvents } from "./executor/events.ts";
import { createExecutor } from "./executor/executor.ts";
import { logStrategies } from "./executor/log.ts";
import { createMarketData } from "./executor/market-data.ts";
import { observeStrategies } from "./executor/metrics.ts";
import { createSandbox, type Sandbox } from "./executor/sandbox.ts";
import { createEndlessMarket } from "./executor/synthetic-market.ts";
import { createMarkets } from "./markets.ts";
import { createOrderDispatcher } from "./orders/dispatcher.ts";
import type { OrderEvents } from "./orders/events.ts";
import { watchExchanges } from "./orders/exchange-watch.ts";
import { observeOrders } from "./orders/metrics.ts";
import { createReplays } from "./replay/replays.ts";
import { createRunInputs } from "./replay/run-inputs.ts";
import { parseKeyring } from "./secrets/keyring.ts";
import { createSecretStore } from "./secrets/secret-store.ts";

export interface StrategiesPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Pick<Health, "reportLoop"> & { readiness(): { readonly loops: readonly LoopOutcome[] } };
  readonly database: Database;
  readonly pulse: Pick<Pulse, "watch" | "isBeating">;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
}

const HANDED_BACK = "handed back unfinished at the end of the drain: other daemons run these strategies";

export type StrategiesPart = ReturnType<typeof createStrategiesPart>;

/** Runs owners' strategies when they are due, sends their orders to exchanges, and lets owners deploy and watch them. */
export function createStrategiesPart(options: StrategiesPartOptions) {
  const { config, runtime, database, pulse, signal, replicaId } = options;
  const { reportLoop, failing } = ownLoops(options.health);
  const own = { ...options, reportLoop };
  const events = createEmitter<StrategyEvents>();
  const orderEvents = createEmitter<OrderEvents>();
  const exchangeWatch = watchExchanges(orderEvents, runtime.clock);
  const sandbox = createSandbox({ config, runtime });
  const clock = createDatabaseClock(runtime.clock, runtime.log);
  const ofRuns = { ...runtime, clock };
  const synthetic = createEndlessMarket(clock);
  const data = createMarketData({ database, runtime: ofRuns, events, synthetic });
  const { exchanges, secrets, dispatcher, hasSecrets } = openVenues(own, orderEvents);
  const executor = createExecutor({
    ...{ config, database, runtime: ofRuns, replicaId, events, market: data, sandbox, reportLoop },
    ...{ hasSecrets, onOrdered: () => dispatcher.nudge(), onDatabaseNow: clock.heard },
    isWatched: () => pulse.isBeating,
  });
  const markets = createMarkets({ exchanges, data, defaultMarket: config.strategyMarket, now: clock.now, signal });
  const changes = createChangeLog(runtime);
  const desk = changes.desk(openDesk(own, { check: checkIn(sandbox), markets, hasSecrets }));
  const readInputs = createRunInputs(database, synthetic);
  const owners = changes.owners(watchedOwners(own));
  const isOn = config.strategyExecutor !== "off";
  const isRunning = () => isOn && !signal.aborted && !failing().includes("strategies");
  const isFailing = () => failing().length > 0 || (isOn && sandbox.trouble() !== undefined);
  const access = { isOpenToOwners: config.controlOpenTo === "owners" };
  const stats = () => ({
    ...{ heldCount: executor.heldCount, candles: data.stats, runner: sandbox.health() },
    isSandboxFailing: sandbox.trouble() !== undefined,
  });
  return {
    /** For who measures, and has no other way in. */
    ...{ events, orderEvents, desk },
    name: "strategies",
    role: "worker",
    needsSchema: true,
    observe: (metrics) => [
      observeStrategies(metrics, events, stats),
      observeOrders(metrics, orderEvents),
      logStrategies(events, runtime.log),
    ],
    health: [
      { dependency: "exchange", isRequired: false, read: () => reportOf(exchangeWatch.trouble(), "orders there wait") },
      { dependency: "sandbox", isRequired: false, read: () => reportOf(sandbox.trouble(), "no strategy runs") },
      { dependency: "market", isRequired: false, read: () => reportOf(data.trouble(), "strategies there wait") },
    ],
    // These two come first: otherwise "owners" and "secrets" would be taken for ids of strategies.
    routes: () => [
      ...strategyOwnerRoutes(owners),
      ...strategySecretRoutes(changes.secrets(secrets), access),
      ...strategyRoutes({ desk, ...access }),
      strategyLimitsRoute(limitsOf(config)),
      ...strategyReplayRoutes({
        readInputs,
        replay: createReplays({ clock: runtime.clock, readInputs, runner: sandbox.runner }),
      }),
      strategyHealthRoute({ desk, isSchedulerRunning: isRunning, isFailing, clock: runtime.clock }),
    ],
    start() {
      executor.start();
      if (config.strategyExecutor === "continuous") pulse.watch("strategies", executor.dueIn);
      if (!isOn || !hasSecrets) return;
      dispatcher.start();
      pulse.watch("orders", dispatcher.dueIn);
    },
    async drain(limitMs) {
      const [strategyIds] = await Promise.all([executor.drain(limitMs), dispatcher.drain(limitMs)]);
      if (strategyIds.length > 0) runtime.log.warn({ strategy_ids: strategyIds }, HANDED_BACK);
      return { strategyIds };
    },
    async close(limitMs) {
      changes.close();
      await Promise.all([sandbox.close(limitMs), data.close()]);
    },
    left: () => ({ leases: executor.heldCount }),
  } satisfies Part & Record<string, unknown>;
}

/** What a run may take here. */
function limitsOf(config: Config): StrategyLimits {
  return {
    ...{ fuel: DEFAULT_FUEL, wall_ms: config.strategyTimeLimitMs, cpu_ms: config.maxCpuTimeSeconds * SECOND_MS },
    ...{ memory_mb: config.maxMemoryMb, runs_kept: config.strategyRunsKept },
    ...{ max_failures: config.strategyMaxFailures, max_kills: config.strategyMaxKills },
  };
}

/** The reports of this part's loops, and which of these fail. */
function ownLoops({ reportLoop, readiness }: StrategiesPartOptions["health"]) {
  const names = new Set<string>();
  return {
    reportLoop(name: string) {
      names.add(name);
      return reportLoop(name);
    },
    failing: () =>
      readiness().loops.flatMap(({ name, state }) => (state === "failing" && names.has(name) ? [name] : [])),
  };
}

type OwnOptions = StrategiesPartOptions & { readonly reportLoop: ReportLoop };

/** What sends orders to exchanges, with the keys of their owners. */
function openVenues(
  { config, database, pulse, runtime, reportLoop, replicaId }: OwnOptions,
  events: Emitter<OrderEvents>,
) {
  const exchanges = createCcxtExchanges({ runtime });
  const keys = parseKeyring(config.encryptionKeys.join(","));
  const secrets = createSecretStore({ database, runtime, keyring: keys.ok ? keys.keyring : null });
  const dispatcher = createOrderDispatcher({
    ...{ database, runtime, secrets, events, reportLoop, replicaId },
    openExchange: (venue, keysOfOwner) => exchanges.account(venue, keysOfOwner),
    isWatched: () => pulse.isBeating,
  });
  return { exchanges, secrets, dispatcher, hasSecrets: keys.ok };
}

/** The check of sources, in the sandbox that runs them. Remembers the latest one, for a deploy that is tried again because it could not be written. */
function checkIn(sandbox: Sandbox): DeployOptions["check"] {
  const compiler = createCompiler();
  let latest: { readonly source: string; readonly language: string; readonly result: CheckResult } | undefined;
  return async (source, language) => {
    if (latest?.source === source && latest.language === language) return latest.result;
    const result = await checkStrategy(source, { compiler, sandbox: await sandbox.runner(), language });
    latest = { source, language, result };
    return result;
  };
}

function openDesk(
  { config, database, runtime, signal, reportLoop }: OwnOptions,
  parts: Pick<DeployOptions, "check" | "markets" | "hasSecrets">,
): StrategyDesk {
  const { clock } = runtime;
  const settings = { ...parts, clock, defaultMarket: config.strategyMarket, perOwnerCount: config.strategiesPerOwner };
  return watchWrites({
    ...{ runtime, signal, report: reportLoop("http-strategies") },
    port: createStrategyDesk({ ...settings, database }),
    writes: [
      ...(["deploy", "start", "stop", "pause", "resume", "execute"] as const),
      ...(["updateConfig", "rollback", "remove", "cancelOrder", "close"] as const),
    ],
    trial: createStrategyDesk({ ...settings, database: undone(database) }),
  });
}

function watchedOwners({ database, runtime, signal, reportLoop }: OwnOptions): OwnerDesk {
  return watchWrites({
    ...{ runtime, signal, report: reportLoop("http-strategy-owners") },
    port: createOwnerDesk(database),
    writes: ["setOwner"],
    trial: createOwnerDesk(undone(database)),
  });
}

/** Runs are tried again while either is away; nothing else of the daemon needs them. */
function reportOf(trouble: string | undefined, effect: string): DependencyReport {
  return trouble === undefined ? { state: "ok" } : { state: "degraded", detail: `${effect}: ${trouble}` };
}
