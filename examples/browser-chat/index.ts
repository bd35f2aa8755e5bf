/** What a page needs to let somebody talk: see README.md. */
export { type Chat, type ChatOptions, createChat } from "./chat.ts";
export type { ChatMessage, ChatPhase, ChatState, Ended, Match, Partner, Problem } from "./chat-state.ts";
export { closeWithPage } from "./close-with-page.ts";
export type { Attributes } from "./person.ts";
export { REPORT_REASONS, statusText } from "./words.ts";
