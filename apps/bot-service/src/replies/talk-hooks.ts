import type { ConcernMark, ConversationOptions, Memories, ReplySource, TurnReport } from "@shoal/conversation-bot";
import { createEmitter, type EventSource, FleetError } from "@shoal/kernel";
import type { Config } from "../config.ts";

export interface TurnEvents {
  "turn:said": TurnReport;
}

/** What conversations use of parts that need the database, and so are made after the fleet file is loaded. */
export interface TalkServices {
  readonly replies: ReplySource | null;
  readonly memories: Memories | null;
  mark(concern: ConcernMark): void;
}

export interface TalkHooks {
  /** Given to the bot kinds. */
  readonly options: ConversationOptions;
  readonly events: EventSource<TurnEvents>;
  /** From now on the options work; until then there is no model, and nothing is remembered. */
  bind(services: TalkServices): void;
}

/** Makes the options of conversations, whose services come later. */
export function createTalkHooks(config: Pick<Config, "llmBaseUrl" | "llmMemory">): TalkHooks {
  const events = createEmitter<TurnEvents>();
  let services: TalkServices | undefined;
  const model = () => {
    if (services?.replies) return services.replies;
    throw new FleetError("REPLY_HELD", "the language model is not loaded yet", { retryable: true });
  };
  return {
    options: {
      onTurn: (turn) => events.emit("turn:said", turn),
      onConcern: (concern) => services?.mark(concern),
      ...(config.llmBaseUrl !== null && {
        replies: { reply: (request, signal) => model().reply(request, signal) },
      }),
      ...(config.llmMemory === "on" && {
        memories: {
          load: async (...person) => (await services?.memories?.load(...person)) ?? [],
          save: async (...facts) => services?.memories?.save(...facts),
        },
      }),
    },
    events,
    bind(given) {
      services = given;
    },
  };
}
