import { abortable, type Clock, createAlarm, isFleetError, type Log, type Rng } from "@shoal/kernel";
import { usedMicros, worstMicros } from "./cost.ts";
import { ReplyError } from "./errors.ts";
import { makePrompt } from "./prompt.ts";
import type { SentenceQueue } from "./sentence-queue.ts";
import { createSentenceReader, type SentenceReader } from "./sentences.ts";
import type {
  Micros,
  ModelPart,
  Prompt,
  ReplyBudget,
  ReplyGuard,
  ReplyModel,
  ReplyRequest,
  TokenPrices,
  TokenUsage,
} from "./types.ts";

/** What bounds one reply. */
export interface ReplyLimits {
  /** From the request to the first whole sentence. */
  readonly firstSentenceMs: number;
  /** From one piece of text to the next. */
  readonly chunkGapMs: number;
  readonly totalMs: number;
  readonly maxOutputTokens: number;
  readonly maxSentences: number;
  readonly maxCharacters: number;
}

export const DEFAULT_LIMITS: ReplyLimits = {
  firstSentenceMs: 2_500,
  chunkGapMs: 2_000,
  totalMs: 8_000,
  maxOutputTokens: 160,
  maxSentences: 4,
  maxCharacters: 600,
};

export interface ReplyRunOptions {
  readonly runtime: { readonly clock: Clock; readonly rng: Rng; readonly log: Log };
  readonly model: ReplyModel;
  readonly budget: ReplyBudget;
  readonly prices: TokenPrices;
  readonly guard: ReplyGuard;
  readonly limits: ReplyLimits;
  /** Called once, when the first sentence is given out. */
  readonly onSpoken: () => void;
  /** Puts the cost in the place of the reservation. Called once for each reservation. */
  readonly settle: (id: string, cost: Cost) => void;
}

/** What a reply cost. */
export interface Cost {
  readonly micros: Micros;
  readonly reservedMicros: Micros;
  /** As the endpoint told it, if it did. */
  readonly usage: TokenUsage | null;
}

/** How a reply ended. */
export interface RunOutcome {
  readonly sentenceCount: number;
  /** Why it ended early; null: it did not. The reason of the signal, if that ended it. */
  readonly fault: unknown;
}

/**
 * Gets one reply: reserves its worst cost, asks the endpoint, gives out each sentence that may be said, settles. Independent of how fast the sentences
 * are taken: it is over within its limits. Never rejects.
 */
export async function runReply(
  request: ReplyRequest,
  sentences: SentenceQueue,
  signal: AbortSignal,
  options: ReplyRunOptions,
): Promise<RunOutcome> {
  const run = new ReplyRun(request, sentences, signal, options);
  try {
    await run.answer();
    return { sentenceCount: run.saidCount, fault: null };
  } catch (thrown) {
    if (run.isComplete) return { sentenceCount: run.saidCount, fault: null };
    return { sentenceCount: run.saidCount, fault: signal.aborted ? signal.reason : run.faultOf(thrown) };
  } finally {
    run.end();
  }
}

class ReplyRun {
  saidCount = 0;
  /** Nothing more is said; what comes is read on for the usage at its end. */
  isComplete = false;
  readonly #request: ReplyRequest;
  readonly #sentences: SentenceQueue;
  readonly #options: ReplyRunOptions;
  readonly #prompt: Prompt;
  readonly #reader: SentenceReader;
  readonly #late = new AbortController();
  readonly #signal: AbortSignal;
  readonly #first;
  readonly #gap;
  readonly #total;
  #said = "";

  constructor(request: ReplyRequest, sentences: SentenceQueue, signal: AbortSignal, options: ReplyRunOptions) {
    const { runtime, limits } = options;
    this.#request = request;
    this.#sentences = sentences;
    this.#options = options;
    this.#prompt = makePrompt(request, runtime.rng);
    this.#reader = createSentenceReader(limits.maxCharacters);
    this.#signal = AbortSignal.any([signal, this.#late.signal]);
    const alarm = (code: "REPLY_TIMEOUT" | "REPLY_STALLED") =>
      createAlarm(runtime.clock, () => this.#late.abort(new ReplyError(code)));
    this.#first = alarm("REPLY_TIMEOUT");
    this.#gap = alarm("REPLY_STALLED");
    this.#total = alarm("REPLY_TIMEOUT");
    this.#first.set(limits.firstSentenceMs);
    this.#total.set(limits.totalMs);
  }

  async answer(): Promise<void> {
    const { settle, prices, limits } = this.#options;
    const worst = worstMicros(this.#prompt, limits.maxOutputTokens, prices);
    const id = await this.#reserve(worst);
    let cost: Cost = { micros: worst, reservedMicros: worst, usage: null };
    try {
      const usage = await this.#read();
      cost = { micros: usedMicros(usage, prices, worst), reservedMicros: worst, usage };
    } catch (thrown) {
      if (thrown instanceof ReplyError && wasNotBilled(thrown)) cost = { ...cost, micros: 0 };
      throw thrown;
    } finally {
      settle(id, cost);
    }
    if (this.saidCount === 0) throw new ReplyError("REPLY_EMPTY");
  }

  end(): void {
    this.#first.cancel();
    this.#gap.cancel();
    this.#total.cancel();
  }

  /** The fault that was thrown; what nothing expects is one of the endpoint's client. */
  faultOf(thrown: unknown): ReplyError {
    if (this.#late.signal.aborted) return this.#late.signal.reason;
    if (thrown instanceof ReplyError) return thrown;
    this.#options.runtime.log.debug(
      { error_name: thrown instanceof Error ? thrown.name : typeof thrown },
      "a reply failed in an unexpected way",
    );
    return new ReplyError("REPLY_UNAVAILABLE", { reason: "unexpected error" });
  }

  /** Reserves the worst cost. What is reserved after nobody waits for it any more is given back. */
  async #reserve(worst: Micros): Promise<string> {
    const { budget, settle } = this.#options;
    const { conversationId, personId } = this.#request;
    const asked = budget.reserve({ conversationId, personId, worstMicros: worst });
    try {
      const answer = await abortable(asked, this.#signal);
      if (!answer.ok) throw new ReplyError("REPLY_BUDGET", { scope: answer.scope });
      return answer.id;
    } catch (thrown) {
      if (isFleetError(thrown, "REPLY_BUDGET")) throw thrown;
      if (!this.#signal.aborted) throw new ReplyError("REPLY_BUDGET", { scope: "away" });
      const giveBack = (id: string) => settle(id, { micros: 0, reservedMicros: worst, usage: null });
      asked.then((answer) => answer.ok && giveBack(answer.id)).catch(() => {});
      throw thrown;
    }
  }

  /** Reads the whole answer. Returns the usage that its end tells. */
  async #read(): Promise<TokenUsage> {
    const { model, limits } = this.#options;
    const parts = model.stream(this.#prompt, limits.maxOutputTokens, this.#signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        // Not by `for await`: whatever the adapter waits for, this goes on when it is late.
        const next = await abortable(parts.next(), this.#signal);
        if (next.done) throw new ReplyError("REPLY_UNAVAILABLE", { reason: "the stream has no end" });
        this.#take(next.value);
        if (next.value.kind === "end") return next.value.usage;
      }
    } finally {
      parts.return?.().catch(() => {});
    }
  }

  #take(part: ModelPart): void {
    this.#gap.set(this.#options.limits.chunkGapMs);
    if (this.isComplete) return;
    const whole = part.kind === "text" ? this.#reader.push(part.text) : this.#reader.end(part.isWhole);
    for (const sentence of whole) this.#say(sentence);
    if (this.#reader.isFlooded && !this.isComplete) throw new ReplyError("REPLY_FLOOD");
  }

  #say(sentence: string): void {
    if (this.isComplete) return;
    const { guard, limits, onSpoken } = this.#options;
    const said = this.#said === "" ? sentence : `${this.#said} ${sentence}`;
    if (said.length > limits.maxCharacters) {
      if (this.saidCount === 0) throw new ReplyError("REPLY_FLOOD");
      return this.#complete();
    }
    const facts = { isMinor: this.#request.isMinor, secrets: this.#prompt.secrets };
    // What was said before belongs to it: a link or the canary may be spread over two sentences.
    const problem = guard(sentence, facts) ?? (this.saidCount === 0 ? null : guard(said, facts));
    if (problem !== null) throw new ReplyError("REPLY_UNSAYABLE", { problem });
    this.#said = said;
    this.saidCount += 1;
    if (this.saidCount === 1) {
      this.#first.cancel();
      onSpoken();
    }
    this.#sentences.push(sentence);
    if (this.saidCount === limits.maxSentences) this.#complete();
  }

  #complete(): void {
    this.isComplete = true;
    this.#sentences.end();
  }
}

/** Whether the endpoint has certainly done no work for it: it refused, or was not reached. */
function wasNotBilled({ code, details }: ReplyError): boolean {
  return (
    code === "REPLY_LIMITED" ||
    code === "REPLY_REFUSED" ||
    (code === "REPLY_UNAVAILABLE" && details.wasReached === false)
  );
}
