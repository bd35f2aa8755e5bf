import { join } from "node:path";
import {
  createSampleRing,
  createSystemRuntime,
  errorFields,
  type Log,
  MINUTE_MS,
  SECOND_MS,
  summarize,
} from "@shoal/kernel";
import { createMatchmaker } from "@shoal/matchmaker";
import {
  createConnectionMonitor,
  createHealth,
  createMetrics,
  type LoopBeat,
  observeControl,
  observeFleet,
  observeHealth,
  observeMatchmaker,
  observePool,
  readProcessFigures,
  runtimeName,
} from "@shoal/monitor";
import { createRealtimePool } from "@shoal/realtime-pool";
import { createDatabase, readMigrations } from "@shoal/store";
import { environmentOf, openBackend } from "./backend.ts";
import type { Config } from "./config.ts";
import { createControl } from "./control/index.ts";
import { drainService } from "./drain.ts";
import { removeEnvironmentFile, writeEnvironmentFile } from "./environment-file.ts";
import { Lobby } from "./fleet/lobby.ts";
import { chooseLobbyPresence, deployedEntryMax } from "./fleet/lobby-presence.ts";
import { BotManager } from "./fleet/manager.ts";
import { RetryingMatchDesk } from "./fleet/match-desk.ts";
import { countPeople } from "./fleet/people-count.ts";
import { loadFleetConfig } from "./fleet-config.ts";
import { createHttpApp } from "./http/app.ts";
import { readDatabaseHealth } from "./http/database-health.ts";
import { listen } from "./http/listen.ts";
import { introduce } from "./introductions.ts";
import { createJobParts } from "./job-parts.ts";
import { logJobs } from "./jobs-log.ts";
import { logLoop } from "./loop-log.ts";
import { leaveForLostBot, notifyPeople } from "./notices.ts";
import { lobbyMeans, poolOptions, scalingPolicy } from "./part-options.ts";
import { logPool } from "./pool-log.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { startProbes } from "./probes.ts";
import type { DrainReport, Service } from "./service.types.ts";
import { createTally } from "./tally.ts";
import { VERSION } from "./version.ts";

/** Its cycles are a second apart, or as far as a query may take that fails. */
const MATCH_LOOP_SILENCE_MS = MINUTE_MS;
/** Each of ours takes milliseconds; well below it lies what liveness takes for a loop that is stuck. */
const QUERY_LIMIT_MS = 10 * SECOND_MS;
const MATCH_WAITS_KEPT = 1024;
const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Log;
  /** Of this process, for `shoal env`. */
  readonly pid: number;
  /** Called when the daemon cannot go on by itself: a wrong migration, say. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * THE COMPOSITION: what exists, in which order it starts, and (in `drain.ts`) in which order it ends. Nothing else wires
 * parts together.
 *
 * Rejects when the embedded backend, the fleet file or the HTTP port cannot be had; waits for nothing that may come later.
 */
export async function startService({ config, log, pid, onFatal }: ServiceOptions): Promise<Service> {
  const runtime = createSystemRuntime(log);
  const startedMs = runtime.clock.monotonicMs();
  const replicaId = runtime.ids.uuid();
  const stopping = new AbortController();
  const metrics = createMetrics({ version: VERSION });
  const fleet = await loadFleetConfig(config, ({ plannedMs, actualMs }) => {
    metrics.fleet.replyLateness.observe({}, (actualMs - plannedMs) / SECOND_MS);
  });
  // Whatever exists when a later part cannot be had is taken down again, the last first.
  await using undo = new AsyncDisposableStack();
  const backend = await openBackend(config, runtime);
  undo.defer(() => backend.stop());
  log.info({ replica_id: replicaId }, backend.description);
  if (!config.botDisclosure) log.warn({}, "BOT_DISCLOSURE is off: bots do not say that they are bots; check your law");

  const database = createDatabase({ url: backend.databaseUrl, runtime, queryLimitMs: QUERY_LIMIT_MS });
  undo.defer(() => database.close());
  const { supabaseUrl: url, serviceRoleKey: apiKey } = backend;
  const pool = createRealtimePool({ url, apiKey, runtime, options: poolOptions(config, backend) });
  undo.defer(() => pool.destroy(new Error("the daemon could not start")));
  const lobbyPresence = chooseLobbyPresence(config.lobbyPresence, lobbyMeans(config), log);

  const health = createHealth({
    clock: runtime.clock,
    onEventLoopLag: (lagMs) => metrics.service.eventLoopLag.observe({}, lagMs / SECOND_MS),
    onLoopChanged(now, before) {
      // A drain takes the database away by itself.
      if (!stopping.signal.aborted) logLoop(log, now, before);
    },
  });
  undo.defer(() => health.close());
  const { reportLoop } = health;

  // The three know each other through narrow ports: the matchmaker takes bots from the manager, the manager's bots
  // write to the matchmaker, the lobby writes to the matchmaker and asks the manager who is in a room.
  const matchmaker = createMatchmaker({
    database,
    runtime,
    replicaId,
    reportLoop,
    policy: { botAfterMs: config.matchBotAfterMs, confirmMs: config.matchConfirmMs },
    bots: {
      idleBots: () => manager.idleBots(),
      reserve: (botId) => manager.reserve(botId),
      unreserve: (botId) => manager.unreserve(botId),
    },
  });
  const desk = new RetryingMatchDesk(matchmaker, runtime, reportLoop);
  const manager: BotManager = new BotManager({
    replicaId,
    pool,
    fleet,
    runtime,
    desk,
    scaling: scalingPolicy(config),
    deployedMax: config.botDeployedMax,
    maintenanceIntervalMs: config.maintenanceIntervalMs,
    confirmMs: config.matchConfirmMs,
    showsInLobby: lobbyPresence === "each",
    deployedEntryMax: deployedEntryMax(lobbyMeans(config)),
    countPeople: () => countPeople(fleet.activePeople, lobby, database),
  });
  const lobby: Lobby = new Lobby({
    replicaId,
    pool,
    fleet,
    runtime,
    desk: matchmaker,
    isInRoom: (userId) => manager.hasInRoom(userId),
    showsFleet: lobbyPresence === "fleet",
    reportLoop,
  });

  const control = createControl({
    database,
    pool,
    runtime,
    replicaId,
    runner: manager.deployed,
    catchUpMs: config.controlCatchUpMs,
    reportLoop,
  });

  const connections = createConnectionMonitor({
    clock: runtime.clock,
    events: pool.events,
    getStats: () => pool.getStats(),
  });
  const matchWaits = createSampleRing(MATCH_WAITS_KEPT);
  const tally = createTally({ clock: runtime.clock, pool, matchmaker, manager, lobby });
  const jobs = createJobParts({
    config,
    fleet,
    runtime,
    database,
    databaseUrl: backend.databaseUrl,
    metrics,
    replicaId,
    reportLoop,
  });
  undo.defer(() => jobs.close());
  // Watched from its start on, which waits for the schema: a database that is away must not make the process look stuck.
  let matchLoop: LoopBeat | undefined;
  const maintenance = health.loop("maintenance", 2 * config.maintenanceIntervalMs + 30 * SECOND_MS);
  const stopControlLog = logJobs({ control: control.events }, runtime);
  const offs = [
    observePool(metrics, pool.events, () => pool.getStats()),
    logPool(pool.events, runtime),
    observeMatchmaker(metrics, matchmaker.events),
    observeFleet(metrics, tally.snapshot),
    observeControl(metrics, control.events, () => manager.deployed.countByStatus()),
    observeHealth(metrics, health),
    matchmaker.events.on("match:made", ({ waitMs }) => waitMs.forEach(matchWaits.add)),
    () => connections.close(),
    () => tally.close(),
    ...introduce({
      matchmaker,
      manager,
      lobby,
      desk,
      metrics,
      onMatchCycle: () => matchLoop?.beat(),
      onMaintenance: () => maintenance.beat(),
      notify: (match) =>
        notifyPeople(match, { pool, fleet, clock: runtime.clock, log, limitMs: config.matchConfirmMs }),
      onBotLost: (matchId) => leaveForLostBot(matchId, { matchmaker, pool, fleet, log }),
    }),
  ];

  let isMigrated = false;
  const migrationCount = (await readMigrations(MIGRATIONS)).length;
  const app = createHttpApp({
    apiToken: backend.apiToken,
    cronSecrets: config.jobsCronSecrets,
    clock: runtime.clock,
    log,
    tickets: matchmaker,
    jobs: jobs.port,
    bots: control.desk,
    ...(jobs.inngest && { inngest: jobs.inngest }),
    figures: {
      queues: jobs.port.queues,
      database: () => readDatabaseHealth({ database, url: backend.databaseUrl, clock: runtime.clock, migrationCount }),
      process: readProcessFigures,
      runtimeName: runtimeName(),
    },
    operation: {
      health,
      metrics,
      connections,
      version: VERSION,
      phase: () => (!isMigrated ? "starting" : stopping.signal.aborted ? "draining" : "open"),
      uptimeMs: () => runtime.clock.monotonicMs() - startedMs,
      snapshot: tally.snapshot,
      poolStats: () => pool.getStats(),
      work: jobs.work,
      matchWait: () => summarize(matchWaits.values()),
    },
  });
  const http = await listen(app, config);
  log.info({ url: http.url }, "the HTTP API listens");
  const probes = startProbes({
    ...{ health, runtime, database, pool, lobby },
    isMigrated: () => isMigrated,
    others: { control: control.health, queues: jobs.health },
    signal: stopping.signal,
  });

  // Bots come up whatever the database does; who takes tickets waits for the schema.
  manager.start();
  const { signal } = stopping;
  const prepared = prepareDatabase({ database, url: backend.databaseUrl, directory: MIGRATIONS, runtime, signal }).then(
    () => {
      isMigrated = true;
      if (signal.aborted) return;
      matchLoop = health.loop("matchmaker", MATCH_LOOP_SILENCE_MS);
      matchmaker.start();
      lobby.start();
      control.start();
      jobs.start(signal);
    },
    (thrown) => {
      if (!signal.aborted) onFatal(thrown);
    },
  );
  const environment = environmentOf(backend, http.url);
  const forgetEnvironment = await writeEnvironmentFile(config.directory, pid, environment).then(
    () => () => removeEnvironmentFile(config.directory),
    (thrown) => {
      log.warn(errorFields(thrown), "the file that `shoal env` reads could not be written");
      return async () => {};
    },
  );
  undo.move();

  let report: Promise<DrainReport> | undefined;
  const drain = () => {
    stopping.abort(new Error("the daemon drains"));
    // Its feed ends with it, which is nothing to warn of.
    stopControlLog();
    // They fall silent now, and that is no reason to end the process.
    for (const loop of [matchLoop, maintenance]) loop?.end();
    return drainService({
      limitMs: config.drainTimeoutMs,
      runtime,
      replicaId,
      health,
      lobby,
      matchmaker,
      manager,
      desk,
      control,
      jobs,
      pool,
      database,
      hasSchema: isMigrated,
      closing: [
        {
          name: "watching",
          async close() {
            probes.cancel();
            for (const off of offs) off();
            health.close();
          },
        },
        { name: "http", close: () => http.close() },
        { name: "jobs", close: () => jobs.close() },
        { name: "schema", close: () => prepared },
        { name: "database", close: () => database.close() },
        { name: "environment file", close: forgetEnvironment },
        { name: "backend", close: () => backend.stop() },
      ],
    });
  };
  return {
    environment,
    realtime: backend.realtime,
    pool,
    snapshot: tally.snapshot,
    drain: () => (report ??= drain()),
  };
}
