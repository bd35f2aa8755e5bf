import type { Unsubscribe } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { BotRegistry } from "../fleet/bot-registry.ts";
import type { BotManager } from "../fleet/manager.ts";
import type { Lobby } from "../matching/lobby.ts";
import type { ServiceSnapshot } from "../service.types.ts";

interface Sources {
  readonly pool: RealtimePool;
  readonly matchmaker: Matchmaker;
  readonly registry: BotRegistry;
  readonly manager: BotManager;
  readonly lobby: Lobby;
}

/** Counts matches and messages, and makes the snapshot of the whole service. */
export function createSnapshots({ pool, matchmaker, registry, manager, lobby }: Sources) {
  const matches = { personPerson: 0, personBot: 0 };
  const messages = { sent: 0, received: 0, malformed: 0 };
  const offs: Unsubscribe[] = [
    matchmaker.events.on("match:made", ({ match }) => {
      matches[match.seats.some(({ bot }) => bot) ? "personBot" : "personPerson"] += 1;
    }),
    registry.events.on("message:moved", ({ direction, kind }) => {
      if (kind !== "message") return;
      messages[direction] += 1;
    }),
    registry.events.on("message:malformed", () => {
      messages.malformed += 1;
    }),
    lobby.events.on("lobby:malformed", ({ entries }) => {
      messages.malformed += entries;
    }),
  ];
  const snapshot = (): ServiceSnapshot => {
    const stats = pool.getStats();
    const { total, refused } = stats.joins;
    const { used, allowed } = stats.budgets.joins;
    return {
      people: { present: lobby.peopleCount ?? 0, waiting: matchmaker.waitingCount },
      bots: manager.counts(),
      matches: { ...matches, live: matchmaker.liveCount },
      messages: { ...messages },
      joins: { total, refused, windowUsed: used, windowBudget: allowed },
      sockets: stats.sockets.open + stats.sockets.connecting,
      slots: stats.slots.held,
      errorsByClass: stats.errorsByClass,
    };
  };
  return {
    snapshot,
    close() {
      for (const off of offs) off();
    },
  };
}
