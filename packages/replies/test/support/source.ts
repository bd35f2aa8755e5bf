import { DEFAULT_SAFETY, replyProblem, type SafetyPolicy } from "@shoal/safety";
import { type SimulatedClock, testRuntime } from "@shoal/testkit";
import { createMemoryBudget } from "../../src/memory-budget.ts";
import { createReplySource, type ReplySourceOptions } from "../../src/reply-source.ts";
import type { ModelPart, Prompt, ReplyModel, ReplyRequest, ReplySource } from "../../src/types.ts";

export const PRICES = { input: 1, output: 2 };
const ROOMY = { conversationMicros: 1e9, personDayMicros: 1e9, dayMicros: 1e9, monthMicros: 1e9 };

/** What a model does with a prompt. `pause` waits by the simulated clock. */
export type Answering = (
  prompt: Prompt,
  pause: (ms: number) => Promise<void>,
  signal: AbortSignal,
) => AsyncIterable<ModelPart>;

/** Pieces of text, and then a regular end. */
export function says(...pieces: readonly string[]): Answering {
  return async function* () {
    for (const text of pieces) yield { kind: "text", text };
    yield { kind: "end", isWhole: true, usage: { inputTokens: 100, outputTokens: 10 } };
  };
}

/** A source over a model of a test, with what it has cost. */
export function sourceOf(answering: Answering, over: Partial<ReplySourceOptions> = {}, policy?: Partial<SafetyPolicy>) {
  const runtime = testRuntime();
  const given: { answering: Answering; readonly prompts: Prompt[] } = { answering, prompts: [] };
  const pause = (ms: number) => new Promise<void>((resolve) => void runtime.clock.after(ms, resolve));
  const model: ReplyModel = {
    host: "model.test",
    stream(prompt, _, signal) {
      given.prompts.push(prompt);
      return given.answering(prompt, pause, signal);
    },
  };
  const budget = createMemoryBudget(ROOMY, runtime);
  const source = createReplySource({
    ...{ runtime, model, budget, prices: PRICES, maxConcurrency: 20 },
    guard: (sentence, facts) => replyProblem(sentence, { policy: { ...DEFAULT_SAFETY, ...policy }, ...facts }),
    ...over,
  });
  return { source, budget, given, clock: runtime.clock, log: runtime.log };
}

/** How a reply came out: what was said when, and its fault, if any. */
export interface Heard {
  readonly said: readonly string[];
  readonly firstAtMs: number | null;
  readonly endedAtMs: number;
  /** The code of a fault; the reason of the signal where that ended it. */
  readonly fault: unknown;
}

/** Takes a whole reply as fast as it comes. Times are ms of the clock since it was asked for. */
export async function hear(
  source: ReplySource,
  request: ReplyRequest,
  clock: Pick<SimulatedClock, "monotonicMs">,
  signal: AbortSignal = new AbortController().signal,
): Promise<Heard> {
  const startMs = clock.monotonicMs();
  const said: string[] = [];
  let firstAtMs: number | null = null;
  let fault: unknown = null;
  try {
    for await (const sentence of source.reply(request, signal)) {
      firstAtMs ??= clock.monotonicMs() - startMs;
      said.push(sentence);
    }
  } catch (thrown) {
    fault = (thrown as { readonly code?: unknown }).code ?? thrown;
  }
  return { said, firstAtMs, endedAtMs: clock.monotonicMs() - startMs, fault };
}

/** Lets simulated time go on until the work is done. */
export async function inTime<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  settled.catch(() => {});
  while (!isDone && (await clock.advanceToNext()));
  return settled;
}
