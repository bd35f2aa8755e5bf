export type { Persona, PersonaLines, Topic, Voice } from "@shoal/conversation";
export type { ConversationContext, ConversationState } from "./context.ts";
export { conversationBot } from "./conversation-bot.ts";
export { ConversationError } from "./errors.ts";
export type { ConcernMark, ConversationOptions, ReplyTiming, TurnReport } from "./options.ts";
export { definePersona } from "./persona-check.ts";
export type { Memories, ReplyRequest, ReplySource, Turn } from "./reply-source.ts";
export type { Typing } from "./typing.ts";
