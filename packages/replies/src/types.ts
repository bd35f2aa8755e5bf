import type { ReplyErrorCode } from "./errors.ts";

/** Millionths of a US dollar, whole numbers. */
export type Micros = number;

export interface Turn {
  readonly by: "person" | "bot";
  readonly text: string;
}

/** What a reply is made of. Only the newest 24 turns are used, and of those as many as fit; texts are cut to what a chat line needs. */
export interface ReplyRequest {
  /** For the budget only; the model never hears of it. */
  readonly conversationId: string;
  /** For the budget only; the model never hears of it. */
  readonly personId: string;
  readonly bot: {
    readonly name: string;
    /** The persona in words. */
    readonly manner: string;
  };
  /** Oldest first; the last one is the person's. */
  readonly turns: readonly Turn[];
  /** What the person said in earlier talks: data, never instruction. */
  readonly memories: readonly string[];
  readonly isMinor: boolean;
  /** Whether the first line of the conversation said that a bot is talking. It never claims the contrary, either way. */
  readonly disclosure: boolean;
}

/** Where replies come from. */
export interface ReplySource {
  /**
   * Yields whole sentences, in order, each of which may be said: at most 4, and 600 characters in all. Asks when the first one is asked for, and
   * reads on while its caller types. Ends after the last whole sentence. Rejects with a `ReplyError` on any fault before the first sentence; a
   * later one just ends the reply. Rejects with the reason of `signal` once that is aborted: what was not said by then is dropped. Never takes
   * longer than 2.5 s for the first sentence and 8 s in all.
   */
  reply(request: ReplyRequest, signal: AbortSignal): AsyncIterable<string>;
  state(): ReplySourceState;
  /** Ends what is under way, refuses what comes (REPLY_HELD), and waits until all that was reserved is settled. Idempotent. */
  close(): Promise<void>;
}

/** A snapshot. Counts are since the start. */
export interface ReplySourceState {
  /** `up`: asked; `held`: not asked until `heldForMs` are over, then by one request first; `refused`: the same, because the configuration is wrong. */
  readonly status: "up" | "held" | "refused";
  /** Why it is not asked. */
  readonly cause: ReplyErrorCode | null;
  readonly heldForMs: number;
  readonly runningCount: number;
  readonly maxConcurrency: number;
  /** Replies of which something was said. */
  readonly replyCount: number;
  readonly sentenceCount: number;
  /** Of those, how many a fault ended after their first sentence. */
  readonly cutShortCount: number;
  /** Replies that nobody waited for any more: a newer message, the end of the conversation. */
  readonly abortedCount: number;
  /** Faults before the first sentence. */
  readonly faults: Readonly<Record<ReplyErrorCode, number>>;
  /** As told by the endpoint; 0 for answers without. */
  readonly inputTokenCount: number;
  readonly outputTokenCount: number;
  readonly spentMicros: Micros;
  /** Replies that cost more than what was reserved for them. */
  readonly overrunCount: number;
}

/** What is spent and reserved, in one place for all daemons. */
export interface ReplyBudget {
  /** Takes the worst cost of a reply from all limits, or from none. */
  reserve(ask: {
    readonly conversationId: string;
    readonly personId: string;
    readonly worstMicros: Micros;
  }): Promise<ReplyReservation>;
  /** Puts what the reply cost in place of what was reserved. Called once for each reservation. */
  settle(id: string, usedMicros: Micros): Promise<void>;
}

export type ReplyReservation =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly scope: "conversation" | "person" | "day" | "month" | "away" };

/** What may not be said and why; null: it may be. `secrets` are pieces of the prompt. */
export type ReplyGuard = (
  sentence: string,
  facts: { readonly isMinor: boolean; readonly secrets: readonly string[] },
) => string | null;

/** US dollars per million tokens, which is millionths of a dollar per token. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
}

/** A message as the endpoint gets it. */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface Prompt {
  readonly messages: readonly PromptMessage[];
  /** What a reply may not contain: the canary, and lines of the system prompt. */
  readonly secrets: readonly string[];
}

/** A piece of the endpoint's answer. */
export type ModelPart =
  | { readonly kind: "text"; readonly text: string }
  /** The answer's regular end. */
  | {
      readonly kind: "end";
      /** False: it was cut off by a limit of the endpoint, so that its last sentence may be a half one. */
      readonly isWhole: boolean;
      readonly usage: TokenUsage;
    };

/** As the endpoint tells it: anything. */
export interface TokenUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** Port to a language model. */
export interface ReplyModel {
  /** For log lines: host and port of the endpoint, without credentials and path. */
  readonly host: string;
  /** Yields the parts of one answer, asking once. Rejects with a `ReplyError`. Closes the connection once `signal` is aborted. */
  stream(prompt: Prompt, maxOutputTokens: number, signal: AbortSignal): AsyncIterable<ModelPart>;
}
