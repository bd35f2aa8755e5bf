export { type ConversationState, conversationBot } from "./conversation-bot.ts";
export type { ConversationOptions, ReplyTiming } from "./options.ts";
export type { Persona, PersonaLines, Voice } from "./persona.ts";
export { BUILT_IN_PERSONAS } from "./personas/index.ts";
export { TOPICS, type Topic } from "./topics.ts";
export { DEFAULT_TYPING, type Typing, typingDelayMs } from "./typing.ts";
