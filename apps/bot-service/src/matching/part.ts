import { createSampleRing, MINUTE_MS, type Runtime, silentLog, withTimeout } from "@shoal/kernel";
import { createMatchBrowser, createMatchmaker } from "@shoal/matchmaker";
import type { Health, LoopBeat } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import { isBotId } from "../fleet/bot-id.ts";
import type { BotRegistry } from "../fleet/bot-registry.ts";
import { chooseLobbyPresence, lobbyBudget } from "../fleet/lobby-presence.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { undone, watchWrites } from "../health/watched-writes.ts";
import { blockRoutes } from "../http/blocks.ts";
import { matchRoutes } from "../http/matches.ts";
import { ticketRoutes } from "../http/tickets.ts";
import type { Part } from "../part.ts";
import type { Pulse } from "../pulse/pulse.ts";
import type { Members } from "../replicas/members.ts";
import { isFirst } from "../replicas/seniority.ts";
import { Lobby, UNWATCHED } from "./lobby.ts";
import { DurableMatchWriter } from "./match-writer.ts";
import { observeMatchmaker } from "./metrics.ts";
import { observeObjective } from "./objective-metrics.ts";
import { onlyReachable } from "./reachable-people.ts";
import { createWaitReasons } from "./wait-reasons.ts";
import { wireEvents } from "./wiring.ts";

/** Bounds the silence of the loop: cycles are some seconds apart, or as long as a failing query takes. */
const LOOP_SILENCE_MS = MINUTE_MS;
const WAITS_KEPT = 1024;
/** More than are ever shown by their names. */
const BUCKETS_MEASURED = 100;

export interface MatchingPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Health;
  readonly database: Database;
  readonly members: Members;
  readonly pulse: Pick<Pulse, "sweep">;
  readonly pool: RealtimePool;
  readonly fleet: FleetConfig;
  readonly registry: BotRegistry;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
}

export type MatchingPart = ReturnType<typeof createMatchingPart>;

/** Runs the lobby, the matchmaker and the notices of matches. */
export function createMatchingPart(options: MatchingPartOptions) {
  const { config, runtime, replicaId, health, database, members, pulse, pool, fleet, registry, signal } = options;
  const { reportLoop } = health;
  const log = config.role === "worker" ? silentLog : runtime.log;
  const lobbyPresence = chooseLobbyPresence(config.lobbyPresence, lobbyBudget(config), log);
  const policy = { botAfterMs: config.matchBotAfterMs, confirmMs: config.matchConfirmMs };
  const base = { runtime, replicaId, policy, rules: fleet.match, bots: registry };
  const matchmaker = createMatchmaker({
    ...{ ...base, database, reportLoop, sweep: pulse.sweep },
    isHousekeeper: () => isFirst(members, "worker"),
  });
  const tickets = onlyReachable(matchmaker, fleet.topics);
  const asked = watchWrites({
    ...{ port: tickets, runtime, signal, report: reportLoop("http-tickets") },
    writes: ["openTicket", "closeTicket", "confirmTicket", "endByOperator", "block", "unblock", "report"],
    // Never started: it is there for its statements.
    trial: onlyReachable(createMatchmaker({ ...base, database: undone(database) }), fleet.topics),
  });
  const browser = createMatchBrowser(database);
  const why = createWaitReasons({ ...options, matchmaker, isLobbyWatched: () => lobby.isWatched });
  const writer = new DurableMatchWriter(matchmaker, runtime, reportLoop);
  const lobby = new Lobby({
    ...{ members, pool, fleet, runtime, reportLoop },
    tickets: config.channelAccess === "public" ? tickets : null,
    isInRoom: (userId) => registry.isInRoom(userId),
    isBot: (userId) => registry.has(userId) || isBotId(userId),
    showsFleet: lobbyPresence === "fleet",
  });
  /** How long people waited for the latest matches, in ms. */
  const waits = createSampleRing(WAITS_KEPT);
  let loop: LoopBeat | undefined;
  return {
    ...{ matchmaker, registry, writer, lobby, lobbyPresence, waits, why },
    name: "matching",
    role: "fleet",
    needsSchema: true,
    observe: (metrics) => [
      ...why.observe(),
      members.events.on("members:stale", () => matchmaker.sweepSoon()),
      observeMatchmaker(metrics, matchmaker.events),
      ...observeObjective(metrics, matchmaker.events, fleet.match, () => matchmaker.waitingBuckets(BUCKETS_MEASURED)),
      ...wireEvents({ ...options, matchmaker, writer, confirmMs: config.matchConfirmMs }),
      matchmaker.events.on("match:made", ({ waitMs }) => waitMs.forEach(waits.add)),
      matchmaker.events.on("cycle:finished", () => loop?.beat()),
      matchmaker.events.on("cycle:failed", () => loop?.beat()),
    ],
    health: {
      dependency: "lobby",
      isRequired: false,
      read: () => (lobby.isWatched ? { state: "ok" } : { state: "degraded", detail: UNWATCHED }),
    },
    routes: () => [
      ...ticketRoutes(asked, why.explainer),
      ...blockRoutes(asked),
      ...matchRoutes({
        ...{ browser, explainer: why.explainer, endByOperator: asked.endByOperator, rules: fleet.match },
        ...{ waitingBuckets: matchmaker.waitingBuckets, botDueMs: why.botDueMs },
      }),
    ],
    start() {
      loop = health.loop("matchmaker", LOOP_SILENCE_MS);
      matchmaker.start();
      lobby.start();
    },
    /** Makes no more matches. The term is renewed until the close: others would end the matches of bots that still talk. */
    async drain() {
      matchmaker.stopPairing();
      await lobby.stop();
    },
    async close(limitMs) {
      // The loop stops on purpose, so its silence must not fail the liveness check.
      loop?.end();
      // Bots have said goodbye by now; the ends of their matches are still to be written, unless the database is away.
      await withTimeout(runtime.clock, limitMs / 2, writer.drain());
      // A matchmaker that never started has written nothing, and its tables may not exist.
      if (loop) await matchmaker.drain();
    },
  } satisfies Part & Record<string, unknown>;
}
