export { type ConversationContext, type ConversationState, conversationBot } from "./conversation-bot.ts";
export { ConversationError } from "./errors.ts";
export type { ConversationOptions, ReplyTiming } from "./options.ts";
export type { Persona, PersonaLines, Voice } from "./persona.ts";
export type { Topic } from "./topics.ts";
export type { Typing } from "./typing.ts";
