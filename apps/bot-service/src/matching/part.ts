import { createSampleRing, MINUTE_MS, type Runtime } from "@shoal/kernel";
import { createMatchmaker } from "@shoal/matchmaker";
import type { Health, LoopBeat } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import type { BotRegistry } from "../fleet/bot-registry.ts";
import { chooseLobbyPresence, lobbyBudget } from "../fleet/lobby-presence.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { ticketRoutes } from "../http/tickets.ts";
import type { Part } from "../part.ts";
import { Lobby } from "./lobby.ts";
import { DurableMatchWriter } from "./match-writer.ts";
import { observeMatchmaker } from "./metrics.ts";
import { wireEvents } from "./wiring.ts";

/** Cycles are a second apart, or as far as a query takes that fails. */
const LOOP_SILENCE_MS = MINUTE_MS;
const WAITS_KEPT = 1024;

export interface MatchingPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Health;
  readonly database: Database;
  readonly pool: RealtimePool;
  readonly fleet: FleetConfig;
  readonly registry: BotRegistry;
}

export type MatchingPart = ReturnType<typeof createMatchingPart>;

/** Who waits, who meets whom, and who is told of it. */
export function createMatchingPart(options: MatchingPartOptions) {
  const { config, runtime, replicaId, health, database, pool, fleet, registry } = options;
  const { reportLoop } = health;
  const lobbyPresence = chooseLobbyPresence(config.lobbyPresence, lobbyBudget(config), runtime.log);
  const matchmaker = createMatchmaker({
    ...{ database, runtime, replicaId, reportLoop },
    policy: { botAfterMs: config.matchBotAfterMs, confirmMs: config.matchConfirmMs },
    bots: registry,
  });
  const writer = new DurableMatchWriter(matchmaker, runtime, reportLoop);
  const lobby = new Lobby({
    ...{ replicaId, pool, fleet, runtime, reportLoop },
    tickets: matchmaker,
    isInRoom: (userId) => registry.isInRoom(userId),
    showsFleet: lobbyPresence === "fleet",
  });
  /** How long people waited for the latest matches, in ms. */
  const waits = createSampleRing(WAITS_KEPT);
  let loop: LoopBeat | undefined;
  return {
    ...{ matchmaker, registry, writer, lobby, lobbyPresence, waits },
    name: "matching",
    needsSchema: true,
    observe: (metrics) => [
      observeMatchmaker(metrics, matchmaker.events),
      ...wireEvents({ ...options, matchmaker, writer, confirmMs: config.matchConfirmMs }),
      matchmaker.events.on("match:made", ({ waitMs }) => waitMs.forEach(waits.add)),
      matchmaker.events.on("cycle:finished", () => loop?.beat()),
      matchmaker.events.on("cycle:failed", () => loop?.beat()),
    ],
    health: {
      dependency: "lobby",
      isRequired: false,
      read: () =>
        lobby.isWatched
          ? { state: "ok" }
          : { state: "degraded", detail: "the lobby is not watched: people come in by the HTTP API only" },
    },
    routes: () => ticketRoutes(matchmaker),
    start() {
      loop = health.loop("matchmaker", LOOP_SILENCE_MS);
      matchmaker.start();
      lobby.start();
    },
    async drain() {
      // It falls silent now, which is no reason to end the process.
      loop?.end();
      // Before its start there may be no tables, and it has put nothing into them.
      await Promise.all([lobby.stop(), loop && matchmaker.drain()]);
    },
    // Bots have said goodbye by now: what they decided about their matches is written.
    close: () => writer.drain(),
  } satisfies Part & Record<string, unknown>;
}
