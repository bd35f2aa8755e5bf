import { type Clock, HOUR_MS, type Unsubscribe } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Lobby } from "./fleet/lobby.ts";
import type { BotManager } from "./fleet/manager.ts";
import type { ServiceSnapshot } from "./service.types.ts";

/** The matchmaker ends a match that nobody ended then; which replica tells of it depends on chance. */
const MAX_LIVE_MS = 24 * HOUR_MS;

interface Parts {
  readonly clock: Clock;
  readonly pool: RealtimePool;
  readonly matchmaker: Matchmaker;
  readonly manager: BotManager;
  readonly lobby: Lobby;
}

/** Counts what passes, and answers with everything at a glance. */
export function createTally({ clock, pool, matchmaker, manager, lobby }: Parts) {
  const matches = { personPerson: 0, personBot: 0 };
  const messages = { sent: 0, received: 0, malformed: 0 };
  /** When it went live, oldest first. */
  const live = new Map<string, number>();
  const forgetEndedElsewhere = () => {
    const beforeMs = clock.monotonicMs() - MAX_LIVE_MS;
    for (const [matchId, liveAtMs] of live) {
      if (liveAtMs > beforeMs) return;
      live.delete(matchId);
    }
  };
  const offs: Unsubscribe[] = [
    matchmaker.events.on("match:made", ({ match }) => {
      matches[match.seats.some(({ bot }) => bot) ? "personBot" : "personPerson"] += 1;
    }),
    matchmaker.events.on("match:live", ({ matchId }) => {
      forgetEndedElsewhere();
      live.set(matchId, clock.monotonicMs());
    }),
    matchmaker.events.on("match:ended", ({ matchId }) => live.delete(matchId)),
    manager.events.on("message:moved", ({ direction, kind }) => {
      if (kind !== "message") return;
      messages[direction] += 1;
    }),
    manager.events.on("message:malformed", () => {
      messages.malformed += 1;
    }),
    lobby.events.on("lobby:malformed", ({ entries }) => {
      messages.malformed += entries;
    }),
  ];
  const snapshot = (): ServiceSnapshot => {
    forgetEndedElsewhere();
    const stats = pool.getStats();
    const { total, refused } = stats.joins;
    const { used, allowed } = stats.budgets.joins;
    return {
      people: { present: lobby.peopleCount ?? 0, waiting: matchmaker.waitingCount },
      bots: manager.counts(),
      matches: { ...matches, live: live.size },
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
