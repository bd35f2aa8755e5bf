import type { Log } from "@shoal/kernel";
import type { BotSupply, IdleBot } from "./types.ts";

/**
 * Finds bots whose id, chosen by an operator, is also that of a person. Presence, messages and reports name participants by
 * id and would take the two for one, so such a bot gets no match while that person waits or is in a match.
 */
export interface IdConflicts {
  /** Returns the operator-chosen ids of idle bots; the database says which of them are people's. */
  operatorChosenIds(): string[];
  /** Returns the idle bots that may be matched, after the database has answered for `asked`. */
  allowed(asked: readonly string[], taken: readonly string[]): IdleBot[];
  /** Counts idle bots that this person may get, as of the last answer. */
  countFor(userId: string): number;
}

export function createIdConflicts(bots: BotSupply, log: Log): IdConflicts {
  let known: ReadonlySet<string> = new Set();
  const logged = new Set<string>();

  const logOnce = (botId: string) => {
    if (logged.has(botId)) return;
    logged.add(botId);
    const message =
      "a bot has the id of a person and gets no match while that person waits or is in one: deploy it under another id";
    log.warn({ bot_id: botId, error_code: "MATCH_BOT_ID_TAKEN" }, message);
  };

  return {
    operatorChosenIds: () =>
      bots.idleBots().flatMap(({ botId, hasOperatorChosenId }) => (hasOperatorChosenId ? [botId] : [])),
    allowed(asked, taken) {
      known = new Set(taken);
      for (const botId of taken) logOnce(botId);
      const free = new Set(asked).difference(known);
      // A bot that became idle after the query is not in `asked`: its id may be a person's.
      return bots.idleBots().filter(({ botId, hasOperatorChosenId }) => !hasOperatorChosenId || free.has(botId));
    },
    countFor: (userId) => bots.idleBots().filter(({ botId }) => botId !== userId && !known.has(botId)).length,
  };
}
