import type { ReplyRequest } from "../../src/types.ts";

/** A request in which a person has said these messages, oldest first, and a bot something between them. */
export function requestOf(messages: readonly string[], over: Partial<ReplyRequest> = {}): ReplyRequest {
  const turns = messages.flatMap((text, at) => [
    { by: "bot" as const, text: `Line ${at} of the bot.` },
    { by: "person" as const, text },
  ]);
  return {
    conversationId: "match-1",
    personId: "person-1",
    bot: { name: "Otto", manner: "A retired baker from Lyon who answers in short, dry sentences and loves trains." },
    turns,
    memories: [],
    isMinor: false,
    disclosure: true,
    ...over,
  };
}
