import type { Clock, Log, Rng } from "@shoal/kernel";
import { admit, type BreakerEvent, type BreakerState, initialBreaker, nextBreaker } from "./breaker.state.ts";
import { isTokenCount } from "./cost.ts";
import { REPLY_CODES, ReplyError, type ReplyErrorCode } from "./errors.ts";
import { type Cost, DEFAULT_LIMITS, type ReplyLimits, type RunOutcome, runReply } from "./reply-run.ts";
import { SentenceQueue } from "./sentence-queue.ts";
import type {
  ReplyBudget,
  ReplyGuard,
  ReplyModel,
  ReplyRequest,
  ReplySource,
  ReplySourceState,
  TokenPrices,
} from "./types.ts";

export interface ReplySourceOptions {
  readonly runtime: { readonly clock: Clock; readonly rng: Rng; readonly log: Log };
  readonly model: ReplyModel;
  readonly budget: ReplyBudget;
  readonly prices: TokenPrices;
  /** Replies under way at once; one more is refused (REPLY_HELD), since nobody can wait for it. */
  readonly maxConcurrency: number;
  readonly guard: ReplyGuard;
  readonly limits?: Partial<ReplyLimits>;
}

/** Faults of the endpoint. The others are of one answer, and whoever wrote the question may be their cause: they hold nobody else's. */
const ENDPOINT_FAULTS: ReadonlySet<ReplyErrorCode> = new Set([
  "REPLY_TIMEOUT",
  "REPLY_STALLED",
  "REPLY_MALFORMED",
  "REPLY_LIMITED",
  "REPLY_UNAVAILABLE",
  "REPLY_REFUSED",
]);
const ANSWER_FAULTS: ReadonlySet<ReplyErrorCode> = new Set(["REPLY_EMPTY", "REPLY_FLOOD", "REPLY_UNSAYABLE"]);

/** Makes the source of replies of a language model. Nothing is asked before the first reply is. */
export function createReplySource(options: ReplySourceOptions): ReplySource {
  return new ModelReplies(options);
}

class ModelReplies implements ReplySource {
  readonly #options: ReplySourceOptions;
  readonly #limits: ReplyLimits;
  readonly #running = new Set<AbortController>();
  /** Replies and settlements that are not over. */
  readonly #open = new Set<Promise<unknown>>();
  readonly #faults = Object.fromEntries(REPLY_CODES.map((code) => [code, 0])) as Record<ReplyErrorCode, number>;
  readonly #counts = {
    ...{ replyCount: 0, sentenceCount: 0, cutShortCount: 0, abortedCount: 0 },
    ...{ inputTokenCount: 0, outputTokenCount: 0, spentMicros: 0, overrunCount: 0 },
  };
  #breaker: BreakerState = initialBreaker;
  #isClosed = false;
  #hasLostSettlement = false;

  constructor(options: ReplySourceOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
  }

  async *reply(request: ReplyRequest, signal: AbortSignal): AsyncIterable<string> {
    signal.throwIfAborted();
    const sentences = new SentenceQueue();
    const stop = this.#start(request, sentences);
    const onAbort = () => {
      sentences.fail(signal.reason);
      stop.abort(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    let isOver = false;
    try {
      for (let sentence = await sentences.next(); sentence !== null; sentence = await sentences.next()) {
        yield sentence;
        signal.throwIfAborted();
      }
      isOver = true;
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (!isOver) stop.abort();
    }
  }

  state(): ReplySourceState {
    const { clock } = this.#options.runtime;
    const breaker = this.#breaker;
    const cause = breaker.status === "up" ? null : breaker.cause;
    return {
      status: cause === null ? "up" : cause === "REPLY_REFUSED" ? "refused" : "held",
      cause,
      heldForMs: breaker.status === "held" ? Math.max(0, breaker.untilMs - clock.monotonicMs()) : 0,
      runningCount: this.#running.size,
      maxConcurrency: this.#options.maxConcurrency,
      faults: { ...this.#faults },
      ...this.#counts,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#running) stop.abort(new ReplyError("REPLY_HELD", { reason: "closed" }));
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
  }

  /** Starts a reply, or refuses it. What it returns ends it. */
  #start(request: ReplyRequest, sentences: SentenceQueue): AbortController {
    const stop = new AbortController();
    const admission = this.#admit();
    if (typeof admission === "string") {
      const error = new ReplyError("REPLY_HELD", { reason: admission });
      this.#faults[error.code] += 1;
      sentences.fail(error);
      return stop;
    }
    this.#running.add(stop);
    this.#track(this.#run(request, sentences, stop, admission.isProbe));
    return stop;
  }

  /** Why the endpoint is not asked, in words; or that it is. */
  #admit(): string | { readonly isProbe: boolean } {
    if (this.#isClosed) return "closed";
    if (this.#running.size >= this.#options.maxConcurrency) return "all places are taken";
    const admission = admit(this.#breaker, this.#options.runtime.clock.monotonicMs());
    if (admission === null) return "the endpoint is held";
    this.#breaker = admission.state;
    return admission;
  }

  async #run(request: ReplyRequest, sentences: SentenceQueue, stop: AbortController, isProbe: boolean): Promise<void> {
    const outcome = await runReply(request, sentences, stop.signal, {
      ...this.#options,
      limits: this.#limits,
      onSpoken: () => this.#tell({ kind: "answered", isProbe }),
      settle: (id, cost) => this.#track(this.#settle(id, cost)),
    });
    this.#running.delete(stop);
    const { fault, sentenceCount } = outcome;
    this.#count(outcome);
    if (sentenceCount > 0) return sentences.end();
    sentences.fail(fault);
    if (!(fault instanceof ReplyError)) return this.#tell({ kind: "dropped", isProbe });
    const { code, details } = fault;
    if (ANSWER_FAULTS.has(code)) return this.#tell({ kind: "answered", isProbe });
    if (!ENDPOINT_FAULTS.has(code)) return this.#tell({ kind: "dropped", isProbe });
    this.#tell({ kind: "failed", isProbe, code, status: details.status, retryAfterMs: details.retryAfterMs });
  }

  #count({ fault, sentenceCount }: RunOutcome): void {
    const counts = this.#counts;
    if (sentenceCount > 0) counts.replyCount += 1;
    counts.sentenceCount += sentenceCount;
    if (fault === null) return;
    if (!(fault instanceof ReplyError)) counts.abortedCount += 1;
    else if (sentenceCount > 0) counts.cutShortCount += 1;
    else this.#faults[fault.code] += 1;
  }

  #tell(event: BreakerEvent): void {
    const { clock, rng } = this.#options.runtime;
    const before = this.#breaker;
    this.#breaker = nextBreaker(before, event, clock.monotonicMs(), rng);
    this.#log(before, event);
  }

  /** One line when requests are held, or for another cause, and one when they are not any more. */
  #log(before: BreakerState, event: BreakerEvent): void {
    const { runtime, model } = this.#options;
    const after = this.#breaker;
    if (after.status === "up" && before.status !== "up") {
      return runtime.log.info({ host: model.host }, "the language model answers again: bots speak by it");
    }
    const isNews = after.status === "held" && (before.status === "up" || before.cause !== after.cause);
    if (!isNews || event.kind !== "failed") return;
    const heldMs = Math.round(after.untilMs - runtime.clock.monotonicMs());
    const fields = { error_code: event.code, status: event.status, host: model.host, held_ms: heldMs };
    if (event.code === "REPLY_REFUSED") runtime.log.error(fields, whatToDo(event.status));
    else
      runtime.log.warn(
        fields,
        "the language model does not answer as it should and is not asked for a while: bots answer by their rules",
      );
  }

  async #settle(id: string, { micros, reservedMicros, usage }: Cost): Promise<void> {
    const { budget, runtime } = this.#options;
    const counts = this.#counts;
    counts.spentMicros += micros;
    if (micros > reservedMicros) counts.overrunCount += 1;
    if (isTokenCount(usage?.inputTokens) && isTokenCount(usage.outputTokens)) {
      counts.inputTokenCount += usage.inputTokens;
      counts.outputTokenCount += usage.outputTokens;
    }
    try {
      await budget.settle(id, micros);
      this.#hasLostSettlement = false;
    } catch {
      const level = this.#hasLostSettlement ? "debug" : "warn";
      this.#hasLostSettlement = true;
      runtime.log[level](
        {},
        "the cost of a reply could not be written down: its reservation stays, which is the most it can have cost",
      );
    }
  }

  #track(work: Promise<unknown>): void {
    this.#open.add(work);
    work.finally(() => this.#open.delete(work)).catch(() => {});
  }
}

function whatToDo(status: number | undefined): string {
  if (status === 401 || status === 403) {
    return "the language model's endpoint refuses the key: bots answer by their rules until LLM_API_KEY is one that it takes";
  }
  if (status === 402) {
    return "the language model's endpoint wants to be paid: bots answer by their rules until its account has credit";
  }
  return "the language model's endpoint refuses requests: bots answer by their rules until LLM_BASE_URL and LLM_MODEL name a model that is there";
}
