import { createSystemRuntime, type EventSource, type Log, SECOND_MS } from "@shoal/kernel";
import { createHealth, createMetrics, type LineRelay } from "@shoal/monitor";
import { createAccessPart, PUBLIC_ACCESS } from "./access/part.ts";
import { createAnalyticsPart } from "./analytics/part.ts";
import { openBackend } from "./backend/backend.ts";
import { createEnvironmentPart } from "./backend/environment-part.ts";
import type { Config } from "./config.ts";
import { createConsoleDataPart } from "./console/data-part.ts";
import { createFeed } from "./console/feed.ts";
import { createConsolePart } from "./console/part.ts";
import { createControlPart } from "./control/part.ts";
import { createDatabasePart } from "./database/part.ts";
import { BotRegistry } from "./fleet/bot-registry.ts";
import { createHandOverPart } from "./fleet/hand-over/part.ts";
import { observeReplies } from "./fleet/metrics.ts";
import { createFleetPart } from "./fleet/part.ts";
import { loadFleetConfig } from "./fleet-config.ts";
import { logLoop } from "./health/loop-log.ts";
import { createHealthPart } from "./health/part.ts";
import { createHttpPart } from "./http/part.ts";
import { createJobsPart } from "./jobs/part.ts";
import { createMarksPart } from "./marks/part.ts";
import { isLeftToOthers } from "./matching/lobby-duty.ts";
import { createMatchingPart } from "./matching/part.ts";
import { Parts } from "./parts.ts";
import { createPeoplePart } from "./people/part.ts";
import { createPoolPart } from "./pool/part.ts";
import { createBeatPart } from "./pulse/beat.ts";
import { createPulse } from "./pulse/pulse.ts";
import { createBudgetPart } from "./replicas/budget/part.ts";
import { createReplicasPart } from "./replicas/part.ts";
import { createRepliesPart } from "./replies/part.ts";
import { createTalkHooks } from "./replies/talk-hooks.ts";
import { talkSettings } from "./replies/talk-settings.ts";
import type { DrainReport, Service } from "./service.types.ts";
import { createStrategyFiguresPart } from "./strategies/figures/part.ts";
import { createStrategiesPart } from "./strategies/part.ts";
import { HOME } from "./user-code/fault.ts";
import { observeUserCode } from "./user-code/metrics.ts";
import { createValueFaults } from "./user-code/value-faults.ts";
import type { UserCodeEvents } from "./user-code/watch.ts";
import { VERSION } from "./version.ts";

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Log;
  /** Passes on the lines of `log`, for the console. Default: it shows none. */
  readonly lines?: LineRelay;
  /** Id of this process, for `shoal env`. */
  readonly pid: number;
  /** Errors in the code of the fleet file that nobody caught, to be counted. */
  readonly userCode?: EventSource<UserCodeEvents>;
  /** Called when the daemon cannot go on and must end: for a wrong migration, say. */
  readonly onFatal: (error: unknown) => void;
}

/** An embedded server must be stopped also when a database that hangs has used up the drain's time. */
const BACKEND_STOP_MS = 500;

/**
 * THE COMPOSITION: the parts of the daemon, in order. Each may use those before it; `Parts` starts, drains and closes them.
 *
 * Rejects if the embedded backend cannot start, the fleet file cannot be loaded or the HTTP port is taken. Does not wait for
 * the database or Realtime of a project, which may come later.
 */
export async function startService({ config, log, lines, pid, userCode, onFatal }: ServiceOptions): Promise<Service> {
  const runtime = createSystemRuntime(log);
  const { clock } = runtime;
  const replicaId = runtime.ids.uuid();
  const feed = createFeed({ clock, bootId: runtime.ids.uuid() });
  lines?.listen(feed.line);
  const stopping = new AbortController();
  const { signal } = stopping;
  const metrics = createMetrics({ version: VERSION });
  const values = createValueFaults(runtime, { fleetFile: config.fleetConfig, home: HOME });
  const hooks = createTalkHooks(config);
  const settings = { ...(await talkSettings(config)), ...hooks.options, onReply: observeReplies(metrics) };
  const fleet = await loadFleetConfig(config, settings, clock, values.report);
  const { role } = config;
  const parts = new Parts({ runtime, metrics, signal, role });
  // Closes the parts made so far if a later one cannot be made or started.
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => {
    stopping.abort(new Error("the daemon could not start"));
    await parts.close(config.drainTimeoutMs);
  });
  const health = createHealth({
    clock,
    onEventLoopLag: (lagMs) => metrics.service.eventLoopLag.observe({}, lagMs / SECOND_MS),
    // Not logged during a drain, which closes the database itself.
    onLoopChanged: (now, before) => signal.aborted || logLoop(log, now, before),
  });
  parts.add({ name: "event loop watch", close: async () => health.close() });
  parts.add({
    name: "user code",
    observe: () => [observeUserCode(metrics, values.events, ...(userCode ? [userCode] : []))],
    close: async () => values.close(),
  });

  const backend = await openBackend(config, runtime);
  parts.add({ name: "backend", leastCloseMs: BACKEND_STOP_MS, close: () => backend.stop() });
  log.info({ replica_id: replicaId, role }, backend.description);
  if (config.channelAccess === "public" && role !== "worker") log.warn({}, PUBLIC_ACCESS);
  const phase = () => (!postgres.isMigrated() ? "starting" : signal.aborted ? "draining" : "open");
  const base = { config, runtime, signal, replicaId, health, metrics, backend, fleet, phase, version: VERSION };
  const opened = Promise.withResolvers<void>();
  const onReady = () => parts.startWithSchema().then(opened.resolve);
  const url = backend.databaseUrl;
  const postgres = parts.add(createDatabasePart({ ...base, url, onReady, onFatal }));
  const { database, backgroundDatabase, housekeepingDatabase } = postgres;
  const { members } = parts.add(createReplicasPart({ ...base, role, database, botMax: config.botMaxPerReplica }));
  const pulse = createPulse({ database, runtime, members });
  parts.add({ name: "pulse", close: async () => pulse.close() });
  if (role === "worker") parts.add(createBeatPart({ ...base, pulse, members }));
  const console = parts.add(createConsolePart(base));
  const http = parts.add(createHttpPart({ ...base, console, routes: () => parts.routes() }));
  const environment = parts.add(createEnvironmentPart({ ...base, pid, http }));
  const { allowance: joinAllowance } = parts.add(createBudgetPart({ ...base, members, database }));
  const mayRest = () => isLeftToOthers(members);
  const realtime = parts.add(createPoolPart({ ...base, members, joinAllowance, mayRest }));
  const { pool } = realtime;
  parts.add(createAccessPart({ ...base, database }));
  const registry = new BotRegistry(runtime);
  const matching = parts.add(createMatchingPart({ ...base, database, members, pulse, pool, registry }));
  parts.add(createPeoplePart({ ...base, database, matchmaker: matching.matchmaker }));
  const marks = parts.add(createMarksPart({ ...base, database }));
  const replies = parts.add(createRepliesPart({ ...base, database, hooks, marks, safety: settings.safety }));
  const bots = parts.add(createFleetPart({ ...base, database, members, pool, registry, matching }));
  parts.add(createHandOverPart(bots.handOvers, pulse));
  const strategies = parts.add(createStrategiesPart({ ...base, database, pulse }));
  const { deployed } = bots.manager;
  const control = parts.add(createControlPart({ ...base, database, members, pulse, pool, deployed }));
  const jobs = parts.add(
    createJobsPart({ ...base, database, members, pulse, backgroundDatabase, housekeepingDatabase }),
  );
  const strategyFigures = parts.add(createStrategyFiguresPart({ ...base, database }));
  parts.add(createAnalyticsPart({ ...base, members, database, backgroundDatabase }));
  const checks = () => parts.checks();
  const { snapshot } = parts.add(
    createHealthPart({ ...base, checks, members, postgres, realtime, matching, bots, jobs }),
  );
  const seen = {
    members,
    postgres,
    realtime,
    matching,
    marks,
    replies,
    bots,
    strategies,
    control,
    jobs,
    strategyFigures,
  };
  parts.add(createConsoleDataPart({ ...base, ...seen, database, feed, service: snapshot }));

  await parts.start();
  undo.move();
  let report: Promise<DrainReport> | undefined;
  const drain = () => {
    stopping.abort(new Error("the daemon drains"));
    report ??= parts.drain(config.drainTimeoutMs);
    return report;
  };
  const consoleLink = (page: string) => {
    const path = console.openingPath(page);
    return path && http.url + path;
  };
  const { promise: wasOpened } = opened;
  const { realtime: server } = backend;
  const { spoken } = replies;
  const seenAs = { environment: environment.read(), realtime: server, pool, snapshot, spoken };
  return { ...seenAs, opened: wasOpened, consoleLink, drain };
}
