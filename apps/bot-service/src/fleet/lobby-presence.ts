import { type Log, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { Config } from "../config.ts";
import { limitsOf } from "../pool/options.ts";

export type LobbyPresence = Config["lobbyPresence"];

/** Limits that one lobby entry per bot would use up. */
export interface LobbyBudget {
  /** Most bots of all replicas together: each of them causes presence events. */
  readonly botMaxCount: number;
  /** Most of them that this one runs: each needs a socket. */
  readonly botMaxPerReplica: number;
  readonly maxSockets: number;
  /** Presence events per second that the daemon may cause. */
  readonly presenceEventsPerSecond: number;
}

/** Sockets that are not for lobby entries: the observer's, and at least one for rooms. */
const OTHER_SOCKETS = 2;

const ownMaxCount = ({ botMaxCount, botMaxPerReplica }: LobbyBudget) => Math.min(botMaxCount, botMaxPerReplica);

/** Returns the presence events of a minute; entries cause them with the square of their number. */
const minuteEvents = ({ presenceEventsPerSecond }: LobbyBudget) => (presenceEventsPerSecond * MINUTE_MS) / SECOND_MS;

/**
 * Chooses how bots are shown in the lobby. One entry per bot needs one socket per bot, because a socket holds a topic once,
 * and presence events that grow with the square: the server sends each bot the entries of all others, even if it does not
 * listen. If sockets or a minute's presence events do not suffice for `botMaxCount` bots, one entry stands for the fleet.
 */
export function chooseLobbyPresence(wanted: LobbyPresence, budget: LobbyBudget, log: Pick<Log, "warn">): LobbyPresence {
  const { botMaxCount, maxSockets, presenceEventsPerSecond } = budget;
  if (wanted !== "each") return wanted;
  const fields = { bot_max_count: botMaxCount };
  if (ownMaxCount(budget) + OTHER_SOCKETS > maxSockets) {
    const text =
      "too few sockets for a lobby entry per bot: one entry stands for the fleet; raise POOL_MAX_SOCKETS, or run several daemons with a smaller BOT_MAX_PER_REPLICA";
    log.warn({ ...fields, pool_max_sockets: maxSockets }, text);
    return "fleet";
  }
  const events = botMaxCount * (botMaxCount + OTHER_SOCKETS);
  if (events > minuteEvents(budget)) {
    const text =
      "a lobby entry per bot would take more presence events than the plan has: one entry stands for the fleet; see SUPABASE_PLAN";
    log.warn({ ...fields, presence_events: events, presence_events_per_second: presenceEventsPerSecond }, text);
    return "fleet";
  }
  return "each";
}

/**
 * Returns how many deployed bots of each of so many replicas may have a lobby entry, if each bot of the fleet has one: sockets are a replica's own,
 * presence events are the project's. Pure.
 */
export function deployedEntryMax(budget: LobbyBudget, replicaCount: number): number {
  const { botMaxCount, maxSockets } = budget;
  const bySockets = maxSockets - OTHER_SOCKETS - ownMaxCount(budget);
  // The largest n with n * (n + OTHER_SOCKETS) events or less.
  const half = OTHER_SOCKETS / 2;
  const byEvents = Math.floor(Math.sqrt(minuteEvents(budget) + half * half) - half);
  return Math.max(0, Math.min(bySockets, Math.floor((byEvents - botMaxCount) / replicaCount)));
}

/** Returns the limits that the configuration leaves for lobby entries. */
export function lobbyBudget(config: Config): LobbyBudget {
  const { botMaxCount, botMaxPerReplica, poolMaxSockets: maxSockets, joinShare } = config;
  const presenceEventsPerSecond = limitsOf(config).presenceEventsPerSecond * joinShare;
  return { botMaxCount, botMaxPerReplica, maxSockets, presenceEventsPerSecond };
}
