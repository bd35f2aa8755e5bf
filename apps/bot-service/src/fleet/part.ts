import { type Runtime, SECOND_MS } from "@shoal/kernel";
import type { Health, LoopBeat } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { botHistoryRoute } from "../http/bot-history.ts";
import { botKindRoutes } from "../http/bot-kinds.ts";
import { botListRoute, configRoute } from "../http/console-lists.ts";
import { createLimitedLines } from "../limited-lines.ts";
import type { MatchingPart } from "../matching/part.ts";
import { countPeople } from "../matching/people-count.ts";
import type { Part } from "../part.ts";
import type { Members } from "../replicas/members.ts";
import { createBotHistories } from "./bot-histories.ts";
import type { BotRegistry } from "./bot-registry.ts";
import { concludeWithin } from "./drain.ts";
import { createHandOvers } from "./hand-over/hand-overs.ts";
import { sqlHandOverStore } from "./hand-over/store.ts";
import { deployedEntryMax, lobbyBudget } from "./lobby-presence.ts";
import { BotManager } from "./manager.ts";
import { observeBots } from "./metrics.ts";

const MORE_UNSENT = "more of what bots say in their rooms failed within a minute; they go on without it";

export interface FleetPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly members: Members;
  readonly health: Health;
  readonly database: Database;
  readonly pool: RealtimePool;
  readonly fleet: FleetConfig;
  readonly registry: BotRegistry;
  readonly matching: MatchingPart;
}

export type FleetPart = ReturnType<typeof createFleetPart>;

/** Runs the bots of this process: the fleet's own, and those that commands deployed. */
export function createFleetPart(options: FleetPartOptions) {
  const { config, runtime, members, health, database, pool, fleet, registry, matching } = options;
  const { lobby } = matching;
  const budget = lobbyBudget(config);
  const unsent = createLimitedLines({ ...runtime, level: "warn", more: MORE_UNSENT });
  const manager = new BotManager({
    ...{ members, pool, fleet, runtime, registry },
    matches: matching.writer,
    scaling: {
      minCount: config.botMinCount,
      maxCount: config.botMaxCount,
      targetPercentage: config.botTargetPercentage,
      stabilizationMs: config.maintenanceIntervalMs,
    },
    deployedMax: config.botDeployedMax,
    maintenanceIntervalMs: config.maintenanceIntervalMs,
    confirmMs: config.matchConfirmMs,
    channelAccess: config.channelAccess,
    unsent,
    showsInLobby: matching.lobbyPresence === "each",
    deployedEntryMax: () => deployedEntryMax(budget, Math.max(1, members.fleet.length)),
    // Who does not see the lobby says so, by not counting: another then gives people in it their tickets.
    countPeople: async () => (lobby.isBlind ? null : countPeople(fleet.activePeople, lobby, database)),
  });
  const histories = createBotHistories(registry.events, runtime.clock);
  let maintenance: LoopBeat | undefined;
  const { matchmaker, writer } = matching;
  const handOvers = createHandOvers({
    ...{ runtime, replicaId: members.replicaId, database, members },
    bots: manager.guests,
    reportLoop: health.reportLoop,
    store: sqlHandOverStore(database, members.replicaId),
    matches: {
      adopt: (matchId) => matchmaker.adopt(matchId),
      forget: (matchId) => matchmaker.forget(matchId),
      end: (matchId, reason) => writer.end(matchId, reason),
    },
  });
  return {
    manager,
    histories,
    handOvers,
    name: "fleet",
    role: "fleet",
    routes: () => [
      ...botKindRoutes(manager.deployed.kinds),
      botHistoryRoute(histories),
      botListRoute({ views: () => manager.views(), histories }),
      configRoute(config, fleet),
    ],
    observe: (metrics) => [
      observeBots(metrics, registry.events, lobby.events),
      lobby.events.on("lobby:changed", () => manager.nudge()),
      lobby.events.on("lobby:sight", () => manager.nudge()),
      manager.events.on("fleet:scaled", () => maintenance?.beat()),
      histories.close,
    ],
    start() {
      if (!config.botDisclosure) {
        runtime.log.warn(
          {},
          "BOT_DISCLOSURE is off: bots do not say that they are bots; check that your law allows it",
        );
      }
      maintenance = health.loop("maintenance", 2 * config.maintenanceIntervalMs + 30 * SECOND_MS);
      manager.start();
    },
    async drain(limitMs) {
      // The maintenance loop stops on purpose, so its silence must not fail the liveness check.
      maintenance?.end();
      const mode = config.drainMode;
      await manager.drain(limitMs, concludeWithin(limitMs, { runtime, mode, members, handOvers }));
      unsent.close();
    },
  } satisfies Part & Record<string, unknown>;
}
