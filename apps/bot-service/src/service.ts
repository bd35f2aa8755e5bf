import { join } from "node:path";
import { createSystemRuntime, type Log, MINUTE_MS, SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { createMatchmaker, type Match } from "@shoal/matchmaker";
import {
  createConnectionMonitor,
  createHealth,
  createMetrics,
  type LoopBeat,
  observeFleet,
  observeHealth,
  observeMatchmaker,
  observePool,
} from "@shoal/monitor";
import { createRealtimePool } from "@shoal/realtime-pool";
import { createDatabase } from "@shoal/store";
import { type Backend, openBackend } from "./backend.ts";
import type { Config } from "./config.ts";
import { drainService } from "./drain.ts";
import { removeEnvironmentFile, writeEnvironmentFile } from "./environment-file.ts";
import { Lobby } from "./fleet/lobby.ts";
import { chooseLobbyPresence } from "./fleet/lobby-presence.ts";
import { BotManager } from "./fleet/manager.ts";
import { RetryingMatchDesk } from "./fleet/match-desk.ts";
import { countPeople } from "./fleet/people-count.ts";
import { loadFleetConfig } from "./fleet-config.ts";
import { createHttpApp } from "./http/app.ts";
import { listen } from "./http/listen.ts";
import { notifyPeople } from "./notices.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { startProbes } from "./probes.ts";
import type { DrainReport, Service, ServiceEnvironment } from "./service.types.ts";
import { createTally } from "./tally.ts";
import { VERSION } from "./version.ts";

/** Its cycles are a second apart, or as far as a query may take that fails. */
const MATCH_LOOP_SILENCE_MS = MINUTE_MS;
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
  const replicaId = runtime.ids.uuid();
  const stopping = new AbortController();
  const metrics = createMetrics({ version: VERSION });
  const fleet = await loadFleetConfig(config, ({ plannedMs, actualMs }) => {
    metrics.fleet.replyLateness.observe({}, (actualMs - plannedMs) / SECOND_MS);
  });
  const backend = await openBackend(config, runtime);
  log.info({ replica_id: replicaId }, backend.description);
  if (!config.botDisclosure) log.warn({}, "BOT_DISCLOSURE is off: bots do not say that they are bots; check your law");

  const database = createDatabase({ url: backend.databaseUrl, runtime });
  const pool = createRealtimePool({
    url: backend.supabaseUrl,
    apiKey: backend.serviceRoleKey,
    runtime,
    options: {
      channelsPerSocket: config.poolChannelsPerSocket,
      maxSockets: config.poolMaxSockets,
      joinsPerSecond: config.poolJoinsPerSecond,
      joinShare: config.poolJoinShare / 100,
      unknownServerAge: backend.isFresh ? "cold" : "warm",
      start:
        config.startMode === "quota"
          ? { mode: "quota" }
          : { mode: "stagger", minMs: config.staggerMinMs, maxMs: config.staggerMaxMs },
    },
  });
  const lobbyPresence = chooseLobbyPresence(config, log);

  // The three know each other through narrow ports: the matchmaker takes bots from the manager, the manager's bots
  // write to the matchmaker, the lobby writes to the matchmaker and asks the manager who is in a room.
  const matchmaker = createMatchmaker({
    database,
    runtime,
    replicaId,
    policy: { botAfterMs: config.matchBotAfterMs, confirmMs: config.matchConfirmMs },
    bots: {
      idleBots: () => manager.idleBots(),
      reserve: (botId) => manager.reserve(botId),
      unreserve: (botId) => manager.unreserve(botId),
    },
  });
  const desk = new RetryingMatchDesk(matchmaker, runtime);
  const manager: BotManager = new BotManager({
    replicaId,
    pool,
    fleet,
    runtime,
    desk,
    scaling: {
      minCount: config.botMinCount,
      maxCount: config.botMaxCount,
      targetPercentage: config.botTargetPercentage,
      stabilizationMs: config.maintenanceIntervalMs,
    },
    maintenanceIntervalMs: config.maintenanceIntervalMs,
    confirmMs: config.matchConfirmMs,
    showsInLobby: lobbyPresence === "each",
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
  });

  const health = createHealth({
    clock: runtime.clock,
    onEventLoopLag: (lagMs) => metrics.service.eventLoopLag.observe({}, lagMs / SECOND_MS),
  });
  const connections = createConnectionMonitor({
    clock: runtime.clock,
    events: pool.events,
    getStats: () => pool.getStats(),
  });
  const tally = createTally({ pool, matchmaker, manager, lobby });
  const offs: Unsubscribe[] = [
    observePool(metrics, pool.events, () => pool.getStats()),
    observeMatchmaker(metrics, matchmaker.events),
    observeFleet(metrics, tally.snapshot),
    observeHealth(metrics, health),
    () => connections.close(),
    () => tally.close(),
  ];
  offs.push(...introduce());

  let isMigrated = false;
  const app = createHttpApp({
    apiToken: backend.apiToken,
    clock: runtime.clock,
    log,
    tickets: matchmaker,
    isOpen: () => isMigrated && !stopping.signal.aborted,
    operation: { health, metrics, connections, version: VERSION, snapshot: tally.snapshot },
  });
  const http = await listen(app, config).catch(async (thrown) => {
    pool.destroy(new Error("the HTTP port could not be had"));
    health.close();
    await database.close();
    await backend.stop();
    throw thrown;
  });
  log.info({ url: http.url }, "the HTTP API listens");

  const probes = startProbes({ health, runtime, database, pool, isMigrated: () => isMigrated });
  // Watched from its start on, which waits for the schema: a database that is away must not make the process look stuck.
  let matchLoop: LoopBeat | undefined;
  const maintenance = health.loop("maintenance", 2 * config.maintenanceIntervalMs + 30_000);

  // Bots come up whatever the database does; who takes tickets waits for the schema.
  manager.start();
  prepareDatabase(database, MIGRATIONS, runtime, stopping.signal).then(
    () => {
      isMigrated = true;
      if (stopping.signal.aborted) return;
      matchLoop = health.loop("matchmaker", MATCH_LOOP_SILENCE_MS);
      matchmaker.start();
      lobby.start();
    },
    (thrown) => {
      if (!stopping.signal.aborted) onFatal(thrown);
    },
  );
  const environment = environmentOf(backend, http.url);
  await writeEnvironmentFile(config.directory, pid, environment);

  /** Who hears whom. */
  function introduce(): Unsubscribe[] {
    return [
      matchmaker.events.on("match:made", ({ match }) => onMatch(match)),
      matchmaker.events.on("match:live", ({ matchId }) => manager.matchLive(matchId)),
      matchmaker.events.on("match:expired", ({ matchId }) => manager.matchOver(matchId, "unconfirmed")),
      matchmaker.events.on("match:ended", ({ matchId, reason }) => manager.matchOver(matchId, reason)),
      matchmaker.events.on("cycle:finished", () => matchLoop?.beat()),
      matchmaker.events.on("cycle:failed", ({ code }) => {
        matchLoop?.beat();
        metrics.service.databaseErrors.inc({ code });
      }),
      manager.events.on("bot:offered", () => matchmaker.nudge()),
      manager.events.on("bot:crashed", () => metrics.fleet.botCrashes.inc({})),
      manager.events.on("fleet:scaled", () => maintenance.beat()),
      manager.events.on("message:malformed", () => metrics.fleet.messagesMalformed.inc({ kind: "message" })),
      manager.events.on("message:moved", ({ direction }) => {
        const { messagesSent, messagesReceived } = metrics.fleet;
        (direction === "sent" ? messagesSent : messagesReceived).inc({ kind: "message" });
      }),
      lobby.events.on("lobby:changed", () => manager.nudge()),
      lobby.events.on("lobby:malformed", ({ entries }) =>
        metrics.fleet.messagesMalformed.inc({ kind: "presence" }, entries),
      ),
    ];
  }

  function onMatch(match: Match): void {
    const needsBot = match.seats.some(({ bot }) => bot);
    // The bot crashed between its reservation and the commit: the person goes back to the front.
    if (needsBot && !manager.assign(match)) return desk.end(match.matchId, "bot_gone");
    void notifyPeople(match, pool, fleet, log);
  }

  let report: Promise<DrainReport> | undefined;
  return {
    environment,
    snapshot: tally.snapshot,
    drain() {
      stopping.abort(new Error("the daemon drains"));
      report ??= drainService({
        limitMs: config.drainTimeoutMs,
        runtime,
        replicaId,
        health,
        lobby,
        matchmaker,
        manager,
        desk,
        pool,
        database,
        hasSchema: isMigrated,
        async last() {
          probes.cancel();
          matchLoop?.end();
          maintenance.end();
          for (const off of offs) off();
          health.close();
          await http.close();
          await database.close();
          await removeEnvironmentFile(config.directory);
          await backend.stop();
        },
      });
      return report;
    },
  };
}

function environmentOf(backend: Backend, url: string): ServiceEnvironment {
  return {
    SUPABASE_URL: backend.supabaseUrl,
    SUPABASE_ANON_KEY: backend.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: backend.serviceRoleKey,
    DATABASE_URL: backend.databaseUrl,
    SHOAL_URL: url,
    SHOAL_API_TOKEN: backend.apiToken,
  };
}
