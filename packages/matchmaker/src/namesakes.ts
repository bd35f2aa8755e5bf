import type { Log } from "@shoal/kernel";
import type { BotSupply, IdleBot } from "./types.ts";

/**
 * Bots that were given the id of a person. Whoever goes by ids, in presence, in messages or in reports, takes the two for
 * one: so such a bot meets nobody while that person waits or is in a match.
 */
export interface Namesakes {
  /** Of idle bots, the ids that somebody chose: the database is to say which of them are people's. */
  givenIds(): string[];
  /** The idle bots that may be matched, now that it has said so of `asked`. */
  allowed(asked: readonly string[], taken: readonly string[]): IdleBot[];
  /** Idle bots that this person may get, as of the last answer. */
  countFor(userId: string): number;
}

export function createNamesakes(bots: BotSupply, log: Log): Namesakes {
  let known: ReadonlySet<string> = new Set();
  const told = new Set<string>();

  const tell = (botId: string) => {
    if (told.has(botId)) return;
    told.add(botId);
    const message =
      "a bot has the id of a person and is left out while that person is here: deploy it under another id";
    log.warn({ bot_id: botId, error_code: "MATCH_BOT_ID_TAKEN" }, message);
  };

  return {
    givenIds: () => bots.idleBots().flatMap(({ botId, hasGivenId }) => (hasGivenId ? [botId] : [])),
    allowed(asked, taken) {
      known = new Set(taken);
      for (const botId of taken) tell(botId);
      const free = new Set(asked).difference(known);
      // Some may have become idle since, and nothing is known of their ids.
      return bots.idleBots().filter(({ botId, hasGivenId }) => !hasGivenId || free.has(botId));
    },
    countFor: (userId) => bots.idleBots().filter(({ botId }) => botId !== userId && !known.has(botId)).length,
  };
}
