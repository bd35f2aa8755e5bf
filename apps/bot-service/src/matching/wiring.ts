import type { Runtime, Unsubscribe } from "@shoal/kernel";
import type { Match, Matchmaker } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { MatchWriter } from "../fleet/bot.ts";
import type { BotRegistry } from "../fleet/bot-registry.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { minuteWarning } from "../minute-warning.ts";
import { leaveFor, NO_FAREWELL, notifyPeople, UNDELIVERED } from "./notices.ts";

export interface WiredParts {
  readonly runtime: Pick<Runtime, "clock" | "rng" | "log">;
  readonly pool: Pick<RealtimePool, "broadcast">;
  readonly fleet: FleetConfig;
  readonly registry: Pick<BotRegistry, "events" | "assign" | "matchLive" | "matchOver">;
  readonly matchmaker: Pick<Matchmaker, "events" | "nudge" | "match" | "noteUnreached">;
  readonly writer: MatchWriter;
  /** Time to confirm a match, in ms; its notices are of use for as long. */
  readonly confirmMs: number;
}

/** Passes the events of matches to bots and people, and those of idle bots to the matchmaker. */
export function wireEvents(parts: WiredParts): Unsubscribe[] {
  const { runtime, pool, fleet, registry, matchmaker, writer, confirmMs: limitMs } = parts;
  const warnUndelivered = minuteWarning(runtime, UNDELIVERED);
  const warnNoFarewell = minuteWarning(runtime, NO_FAREWELL);
  const onMade = (match: Match) => {
    const needsBot = match.seats.some(({ bot }) => bot);
    // The bot crashed or stopped between its reservation and the commit: the person goes back to the front.
    if (needsBot && !registry.assign(match)) return writer.end(match.matchId, "bot_gone");
    void notifyPeople(match, { pool, fleet, runtime, matchmaker, warn: warnUndelivered, limitMs });
  };
  return [
    matchmaker.events.on("match:made", ({ match }) => onMade(match)),
    matchmaker.events.on("match:live", ({ matchId }) => registry.matchLive(matchId)),
    matchmaker.events.on("match:expired", ({ matchId }) => void registry.matchOver(matchId, "unconfirmed")),
    matchmaker.events.on("match:ended", ({ matchId, reason }) => {
      const isOurs = registry.matchOver(matchId, reason);
      if (isOurs || (reason !== "replica_lost" && reason !== "ended_by_operator" && reason !== "blocked")) return;
      void leaveFor(matchId, reason, { matchmaker, pool, fleet, warn: warnNoFarewell });
    }),
    matchmaker.events.on("match:lost", ({ matchId }) => void registry.matchOver(matchId, "replica_lost")),
    registry.events.on("bot:offered", () => matchmaker.nudge()),
  ];
}
