import type { Unsubscribe } from "@shoal/kernel";
import type { Match, Matchmaker } from "@shoal/matchmaker";
import type { Metrics } from "@shoal/monitor";
import type { MatchDesk } from "./fleet/bot.ts";
import type { Lobby } from "./fleet/lobby.ts";
import type { BotManager } from "./fleet/manager.ts";

export interface Introduced {
  readonly matchmaker: Pick<Matchmaker, "events" | "nudge">;
  readonly manager: Pick<BotManager, "events" | "nudge" | "assign" | "matchLive" | "matchOver">;
  readonly lobby: Pick<Lobby, "events">;
  readonly desk: MatchDesk;
  readonly metrics: Metrics;
  /** Signs of life of the two loops. */
  readonly onMatchCycle: () => void;
  readonly onMaintenance: () => void;
  /** A daemon died, and with it the bot of this match. Never rejects. */
  readonly onBotLost: (matchId: string) => Promise<void>;
  /** Tells the people of a match. Never rejects. */
  readonly notify: (match: Match) => Promise<void>;
}

/** Who hears whom: the part of the composition that is events. */
export function introduce(parts: Introduced): Unsubscribe[] {
  const { matchmaker, manager, lobby, desk, metrics, onMatchCycle, onMaintenance, onBotLost, notify } = parts;
  const onMatch = (match: Match) => {
    const needsBot = match.seats.some(({ bot }) => bot);
    // The bot crashed or stopped between its reservation and the commit: the person goes back to the front.
    if (needsBot && !manager.assign(match)) return desk.end(match.matchId, "bot_gone");
    void notify(match);
  };
  return [
    matchmaker.events.on("match:made", ({ match }) => onMatch(match)),
    matchmaker.events.on("match:live", ({ matchId }) => manager.matchLive(matchId)),
    matchmaker.events.on("match:expired", ({ matchId }) => manager.matchOver(matchId, "unconfirmed")),
    matchmaker.events.on("match:ended", ({ matchId, reason }) => {
      const isOurs = manager.matchOver(matchId, reason);
      if (!isOurs && reason === "replica_lost") void onBotLost(matchId);
    }),
    matchmaker.events.on("cycle:finished", onMatchCycle),
    matchmaker.events.on("cycle:failed", ({ code }) => {
      onMatchCycle();
      metrics.service.databaseErrors.inc({ code });
    }),
    manager.events.on("bot:offered", () => matchmaker.nudge()),
    manager.events.on("bot:crashed", () => metrics.fleet.botCrashes.inc({})),
    manager.events.on("fleet:scaled", onMaintenance),
    manager.events.on("message:malformed", ({ kind }) => metrics.fleet.messagesMalformed.inc({ kind })),
    manager.events.on("message:moved", ({ direction, kind }) => {
      const { messagesSent, messagesReceived } = metrics.fleet;
      (direction === "sent" ? messagesSent : messagesReceived).inc({ kind });
    }),
    lobby.events.on("lobby:changed", () => manager.nudge()),
    lobby.events.on("lobby:malformed", ({ entries }) =>
      metrics.fleet.messagesMalformed.inc({ kind: "presence" }, entries),
    ),
  ];
}
