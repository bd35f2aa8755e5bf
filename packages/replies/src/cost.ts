import { byteCount } from "./prompt.ts";
import type { Micros, Prompt, TokenPrices, TokenUsage } from "./types.ts";

/** What templates of models put around a message, and around all of them. */
const TOKENS_PER_MESSAGE = 16;
const TOKENS_PER_PROMPT = 64;

/** How much more than the worst a reply may cost, if the endpoint says so: a wrong figure must not use up the budget of a month. */
const MAX_OVERRUN_FACTOR = 10;

/** The most a reply can cost: no tokenizer makes more tokens of a text than it has bytes. */
export function worstMicros(prompt: Prompt, maxOutputTokens: number, prices: TokenPrices): Micros {
  const contentBytes = prompt.messages.reduce((sum, { content }) => sum + byteCount(content), 0);
  const inputTokens = contentBytes + TOKENS_PER_MESSAGE * prompt.messages.length + TOKENS_PER_PROMPT;
  return microsOf(inputTokens, maxOutputTokens, prices);
}

/** What a reply cost by the endpoint's word; `worst` where that cannot be true: absent, negative, no number, nothing for something. */
export function usedMicros({ inputTokens, outputTokens }: TokenUsage, prices: TokenPrices, worst: Micros): Micros {
  if (!isTokenCount(inputTokens) || !isTokenCount(outputTokens)) return worst;
  return Math.min(microsOf(inputTokens, outputTokens, prices), MAX_OVERRUN_FACTOR * worst);
}

/** Whether a figure of the endpoint can be a number of tokens: no prompt and no answer is without any. */
export function isTokenCount(count: number | undefined): count is number {
  return count !== undefined && Number.isSafeInteger(count) && count > 0;
}

function microsOf(inputTokens: number, outputTokens: number, { input, output }: TokenPrices): Micros {
  // A dollar per million tokens is a millionth of a dollar per token. The product is a hair off for prices like 0.15: no cent is worth rounding that up.
  return Math.max(0, Math.ceil(inputTokens * input + outputTokens * output - 1e-6));
}
