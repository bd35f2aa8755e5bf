import { type Log, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { Config } from "../config.ts";
import { limitsOf } from "../pool/options.ts";

export type LobbyPresence = Config["lobbyPresence"];

/** What an entry per bot would spend. */
export interface LobbyBudget {
  readonly botMaxCount: number;
  readonly maxSockets: number;
  /** Presence events per second the daemon may spend. */
  readonly presenceEventsPerSecond: number;
}

/** Sockets that are not for lobby entries: the observer's, and one for rooms at the least. */
const OTHER_SOCKETS = 2;

/** A minute's presence events, which grow with the square of the entries. */
const minuteEvents = ({ presenceEventsPerSecond }: LobbyBudget) => (presenceEventsPerSecond * MINUTE_MS) / SECOND_MS;

/**
 * How bots are shown in the lobby. An entry per bot needs a socket each, because a socket holds a topic once, and presence
 * events that grow with the square: the server tells every bot of every other, whether it listens or not. Where sockets or
 * a minute's presence events do not reach for `botMaxCount` bots, one entry stands for the fleet.
 */
export function chooseLobbyPresence(wanted: LobbyPresence, budget: LobbyBudget, log: Pick<Log, "warn">): LobbyPresence {
  const { botMaxCount, maxSockets, presenceEventsPerSecond } = budget;
  if (wanted !== "each") return wanted;
  const fields = { bot_max_count: botMaxCount };
  if (botMaxCount + OTHER_SOCKETS > maxSockets) {
    const text =
      "too few sockets for a lobby entry per bot: one entry stands for the fleet; raise POOL_MAX_SOCKETS to change that";
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

/** How many deployed bots may be shown by an entry of their own, where those of the fleet are. Pure. */
export function deployedEntryMax(budget: LobbyBudget): number {
  const { botMaxCount, maxSockets } = budget;
  // The largest n with n * (n + OTHER_SOCKETS) events or less.
  const half = OTHER_SOCKETS / 2;
  const byEvents = Math.floor(Math.sqrt(minuteEvents(budget) + half * half) - half);
  return Math.max(0, Math.min(maxSockets - OTHER_SOCKETS, byEvents) - botMaxCount);
}

/** What the configuration leaves for lobby entries. */
export function lobbyBudget(config: Config): LobbyBudget {
  const { botMaxCount, poolMaxSockets: maxSockets, joinShare } = config;
  const presenceEventsPerSecond = limitsOf(config).presenceEventsPerSecond * joinShare;
  return { botMaxCount, maxSockets, presenceEventsPerSecond };
}
