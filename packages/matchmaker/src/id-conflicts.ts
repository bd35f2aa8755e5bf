import type { Log } from "@shoal/kernel";
import type { BotSupply, IdleBot } from "./types.ts";

/**
 * Bots whose id an operator chose and a person has, too. Presence, messages and reports name participants by id and would
 * take the two for one, so such a bot meets nobody while that person waits or is in a match.
 */
export interface IdConflicts {
  /** The ids of idle bots that an operator chose: the database says which of them are people's. */
  operatorChosenIds(): string[];
  /** The idle bots that may be matched, after the database has answered for `asked`. */
  allowed(asked: readonly string[], taken: readonly string[]): IdleBot[];
  /** Idle bots that this person may get, as of the last answer. */
  countFor(userId: string): number;
}

export function createIdConflicts(bots: BotSupply, log: Log): IdConflicts {
  let known: ReadonlySet<string> = new Set();
  const logged = new Set<string>();

  const logOnce = (botId: string) => {
    if (logged.has(botId)) return;
    logged.add(botId);
    const message =
      "a bot has the id of a person and is left out while that person is here: deploy it under another id";
    log.warn({ bot_id: botId, error_code: "MATCH_BOT_ID_TAKEN" }, message);
  };

  return {
    operatorChosenIds: () =>
      bots.idleBots().flatMap(({ botId, hasOperatorChosenId }) => (hasOperatorChosenId ? [botId] : [])),
    allowed(asked, taken) {
      known = new Set(taken);
      for (const botId of taken) logOnce(botId);
      const free = new Set(asked).difference(known);
      // A bot that has become idle since was not asked about: its id may be a person's.
      return bots.idleBots().filter(({ botId, hasOperatorChosenId }) => !hasOperatorChosenId || free.has(botId));
    },
    countFor: (userId) => bots.idleBots().filter(({ botId }) => botId !== userId && !known.has(botId)).length,
  };
}
