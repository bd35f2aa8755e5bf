import { createSystemRuntime, type Runtime } from "@shoal/kernel";
import { createMemoryBudget, createReplySource, type ReplyRequest, type ReplySource } from "@shoal/replies";
import { openAiModel } from "@shoal/replies/ai-sdk";
import type { ModelServer } from "@shoal/replies/stand-in";
import { DEFAULT_SAFETY, replyProblem } from "@shoal/safety";

/** US dollars per million tokens: an example of a small hosted model's order of magnitude, told in the result beside what comes of it. */
export const PRICES = { input: 0.15, output: 0.6 };
const ROOMY = { conversationMicros: 1e12, personDayMicros: 1e12, dayMicros: 1e12, monthMicros: 1e12 };

export const runtime: Runtime = createSystemRuntime();

/** The source of a daemon over the endpoint, with a budget in memory. */
export function sourceOver(server: Pick<ModelServer, "url" | "apiKey">, maxConcurrency: number) {
  const budget = createMemoryBudget(ROOMY, runtime);
  const reservedMicros: number[] = [];
  const source = createReplySource({
    runtime,
    model: openAiModel({ baseUrl: server.url, model: "stand-in", apiKey: server.apiKey }),
    budget: {
      reserve(ask) {
        reservedMicros.push(ask.worstMicros);
        return budget.reserve(ask);
      },
      settle: (id, usedMicros) => budget.settle(id, usedMicros),
    },
    prices: PRICES,
    maxConcurrency,
    guard: (sentence, facts) => replyProblem(sentence, { policy: DEFAULT_SAFETY, ...facts }),
  });
  return { source, reservedMicros };
}

/** A talk of ten lines, of which the last one asks for a reply. */
export function requestOf(nth: number): ReplyRequest {
  const lines = ["hi", "I like jazz and old trains", "the sleeper to Lisbon is gone", "what would you take instead?"];
  const turns = Array.from({ length: 10 }, (_, at) => ({
    by: at % 2 === 0 ? ("bot" as const) : ("person" as const),
    text: at % 2 === 0 ? "That sounds like a fine way to travel, tell me more." : `${lines[at % lines.length]} ${nth}`,
  }));
  return {
    ...{ conversationId: `talk-${nth}`, personId: `person-${nth}`, memories: ["like jazz"] },
    ...{ isMinor: false, disclosure: true, turns },
    bot: { name: "Otto", manner: "Warm and dry, short sentences, loves trains and bread, never gushing." },
  };
}

/** Takes a reply. `firstMs`: from asking to the first sentence; null: there was none. */
export async function take(source: ReplySource, request: ReplyRequest) {
  const { clock } = runtime;
  const startMs = clock.monotonicMs();
  let firstMs: number | null = null;
  let code = "none";
  try {
    for await (const _sentence of source.reply(request, new AbortController().signal))
      firstMs ??= clock.monotonicMs() - startMs;
  } catch (thrown) {
    code = String((thrown as { readonly code?: unknown }).code);
  }
  return { firstMs, code, tookMs: clock.monotonicMs() - startMs };
}
