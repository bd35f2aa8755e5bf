import { isFleetError, type Runtime, SECOND_MS } from "@shoal/kernel";
import type { Prompt, ReplyModel, TokenUsage } from "@shoal/replies";
import type { Config } from "../../config.ts";
import type { Examination } from "./examination.ts";
import { type Finding, fail, inMs, ok, skipped, warn } from "./finding.ts";

const LIMIT_MS = 12 * SECOND_MS;
/** What a bot waits for a model's first sentence; then its rules answer. */
const SLOW_MS = 2500;
const MAX_TOKENS = 16;
const PROMPT: Prompt = {
  messages: [
    { role: "system", content: "Answer with one word." },
    { role: "user", content: "Say hello." },
  ],
  secrets: [],
};

type ModelConfig = Pick<Config, "llmBaseUrl" | "llmModel" | "llmApiKey" | "llmPriceInput" | "llmPriceOutput">;

/** Asks the language model for a word, which costs some hundredths of a cent. */
export async function checkReplies(examination: Examination, { clock }: Runtime, config: ModelConfig): Promise<void> {
  const todo = "see whether the endpoint of LLM_BASE_URL is up; until it answers, bots speak by their rules";
  await examination.check("replies", { limitMs: LIMIT_MS, todo }, async (signal) => {
    const { llmBaseUrl: baseUrl, llmModel, llmApiKey } = config;
    if (baseUrl === null) return skipped("LLM_BASE_URL is not set: bots speak by their rules");
    const { openAiModel } = await import("@shoal/replies/ai-sdk");
    const key = llmApiKey === null ? {} : { apiKey: llmApiKey };
    return judgeModel(openAiModel({ baseUrl, model: llmModel ?? "", ...key }), config, signal, () =>
      clock.monotonicMs(),
    );
  });
}

export async function judgeModel(
  model: ReplyModel,
  config: ModelConfig,
  signal: AbortSignal,
  nowMs: () => number,
): Promise<Finding> {
  const name = `${config.llmModel} at ${model.host}`;
  const startedMs = nowMs();
  let firstMs: number | null = null;
  let usage: TokenUsage | undefined;
  try {
    for await (const part of model.stream(PROMPT, MAX_TOKENS, signal)) {
      if (part.kind === "end") usage = part.usage;
      else firstMs ??= nowMs() - startedMs;
    }
  } catch (thrown) {
    if (!isFleetError(thrown)) throw thrown;
    const { status } = thrown.details;
    const figures = typeof status === "number" ? { status } : {};
    return fail(
      `${name}: ${thrown.message} (${thrown.code}${typeof status === "number" ? `, HTTP ${status}` : ""})`,
      whatToDo(status),
      figures,
    );
  }
  const tookMs = nowMs() - startedMs;
  const { inputTokens, outputTokens } = usage ?? {};
  const isCounted = inputTokens !== undefined && outputTokens !== undefined;
  const micros = isCounted
    ? inputTokens * (config.llmPriceInput ?? 0) + outputTokens * (config.llmPriceOutput ?? 0)
    : null;
  const figures = { took_ms: tookMs, ...(micros === null ? {} : { cost_dollars: micros / 1_000_000 }) };
  const cost = micros === null ? "" : ` for ${(micros / 1_000_000).toFixed(6)} US dollars`;
  const found = `${name} answered in ${inMs(tookMs)}${cost}`;
  if (firstMs === null) {
    return warn(
      `${found}, without a word`,
      "a model that thinks first is too slow for a chat: take one that answers at once, or lower its effort at the endpoint",
      figures,
    );
  }
  if (firstMs > SLOW_MS) {
    return warn(
      `${found}, its first word after ${inMs(firstMs)}`,
      `a bot waits ${inMs(SLOW_MS)} for a sentence and then speaks by its rules: take a quicker model or one that is nearer`,
      figures,
    );
  }
  if (micros === null) {
    return warn(
      `${found}, and does not tell its tokens`,
      "each reply counts at its worst, so that budgets are used up sooner: have the endpoint tell usage in streams",
      figures,
    );
  }
  return ok(found, figures);
}

function whatToDo(status: unknown): string {
  if (status === 401 || status === 403) return "set LLM_API_KEY to a key that the endpoint takes";
  if (status === 402) return "the endpoint's account has no credit";
  if (status === 404 || status === 400)
    return "LLM_BASE_URL ends before /chat/completions, and LLM_MODEL is a name that the endpoint knows: check both";
  if (status === 429)
    return "the endpoint takes no more requests of this key now: lower LLM_MAX_CONCURRENCY, or ask it for a higher limit";
  return "see whether the endpoint of LLM_BASE_URL is up; until it answers, bots speak by their rules";
}
