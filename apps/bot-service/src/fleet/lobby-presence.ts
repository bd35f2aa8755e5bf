import type { Log } from "@shoal/kernel";
import type { Config } from "../config.ts";

export type LobbyPresence = Config["lobbyPresence"];

/** Sockets that are not for lobby entries: the observer's, and one for rooms at the least. */
const OTHER_SOCKETS = 2;

/**
 * How bots are shown in the lobby. An entry needs a socket of its own, because a socket holds a topic once; where the
 * sockets do not reach for every bot, one entry stands for the fleet.
 */
export function chooseLobbyPresence(
  config: Pick<Config, "lobbyPresence" | "botMaxCount" | "poolMaxSockets">,
  log: Log,
): LobbyPresence {
  const { lobbyPresence, botMaxCount, poolMaxSockets } = config;
  if (lobbyPresence !== "each" || botMaxCount + OTHER_SOCKETS <= poolMaxSockets) return lobbyPresence;
  log.warn(
    { bot_max_count: botMaxCount, pool_max_sockets: poolMaxSockets },
    "too few sockets for a lobby entry per bot: one entry stands for the fleet; raise POOL_MAX_SOCKETS to change that",
  );
  return "fleet";
}
