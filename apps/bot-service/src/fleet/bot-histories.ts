import type { Clock, EventSource, Unsubscribe } from "@shoal/kernel";
import { createStateHistories } from "@shoal/monitor";
import type { RegistryEvents } from "./bot-registry.ts";

/** One change in the life of a bot of this process. */
export interface BotChange {
  /** ISO time. */
  readonly at: string;
  readonly state: RegistryEvents["bot:changed"]["to"];
  /** Of the match that it was in then. */
  readonly matchId: string | null;
  /** The code of a crash. */
  readonly errorCode: string | null;
}

/** About 2 MB when full; the bots that have stopped are forgotten first, and not those that have crashed. */
const LIMITS = { connections: 2000, changesEach: 16 };

/** What bots of this process went through, also those that have ended, and of deployed ones the bots that ran for them before. */
export interface BotHistories {
  /** Returns the changes, oldest first; empty: nothing is known of such a bot. */
  of(botId: string): readonly BotChange[];
  close: Unsubscribe;
}

/** Remembers the last changes of bots, from the events of the registry. */
export function createBotHistories(events: EventSource<RegistryEvents>, clock: Clock): BotHistories {
  const histories = createStateHistories<BotChange>(LIMITS);
  const off = events.on("bot:changed", ({ botId, to: state, matchId, errorCode }) => {
    const at = new Date(clock.now()).toISOString();
    histories.add(botId, { at, state, matchId, errorCode }, state === "stopped");
  });
  return { of: histories.of, close: off };
}
