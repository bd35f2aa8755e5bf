export { REPLY_CODES, ReplyError, type ReplyErrorCode, type ReplyErrorDetails } from "./errors.ts";
export { type BudgetLimits, createMemoryBudget } from "./memory-budget.ts";
export type { ReplyLimits } from "./reply-run.ts";
export { createReplySource, type ReplySourceOptions } from "./reply-source.ts";
export { createSentenceReader, type SentenceReader } from "./sentences.ts";
export type {
  Micros,
  ModelPart,
  Prompt,
  PromptMessage,
  ReplyBudget,
  ReplyGuard,
  ReplyModel,
  ReplyRequest,
  ReplyReservation,
  ReplySource,
  ReplySourceState,
  TokenPrices,
  TokenUsage,
  Turn,
} from "./types.ts";
