import { invariant } from "@shoal/kernel";
import { candleCountOf, readHostCall } from "../guest/run-calls.ts";
import type { RunReply, WireAnswer } from "../guest/wire.ts";
import { makeJournal } from "../journal/journal.ts";
import type { Journal } from "../journal/journal.types.ts";
import { LIMITS } from "../limits.ts";
import type { RunError, RunRequest, RunResult } from "../run.types.ts";
import { StrategyError, type StrategyErrorCode } from "../strategy-error.ts";
import { askAnswer } from "./answers.ts";
import { type PreparedRun, prepareRun } from "./prepare-run.ts";
import { readRunReply } from "./run-reply.ts";

/** How a run ended, and what is needed to do it again. */
export interface RunEnd extends RunResult {
  readonly journal?: Journal;
}

export interface StrategyRunOptions {
  /** Of the children's engines, with the glue. */
  readonly buildId: string;
  readonly fuel?: number;
}

/**
 * A run on its way: what is sent for it, how its calls are answered, and what comes of it. Knows nothing of children. Throws a `StrategyError` for a
 * request that no run can be made of.
 */
export class StrategyRun {
  readonly prepared: PreparedRun;
  readonly #request: RunRequest;
  readonly #buildId: string;
  readonly #asked = new Set<number>();
  /** By number, where a journal is kept. */
  readonly #answers = new Map<number, WireAnswer>();
  #candleCount = 0;

  constructor(request: RunRequest, { buildId, fuel }: StrategyRunOptions) {
    this.#request = request;
    this.#buildId = buildId;
    this.prepared = prepareRun(request, fuel);
  }

  /** Answers calls of the child, each as soon as it can; what is no call is dropped. `signal` aborts at the end of the run. */
  answer(calls: readonly unknown[], reply: (answers: readonly WireAnswer[]) => void, signal: AbortSignal): void {
    for (const given of calls) void this.#answerOne(given, reply, signal);
  }

  /** Reads what the child says came of the run; undefined for what cannot be. */
  finish(given: unknown): RunEnd | undefined {
    const reply = readRunReply(given);
    if (reply === undefined) return undefined;
    const { turns, stopped, calls, exports, ...result } = reply;
    if (this.#request.keepJournal !== true) return result;
    return { ...result, journal: this.#journal(result, turns) };
  }

  async #answerOne(
    given: unknown,
    reply: (answers: readonly WireAnswer[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const call = readHostCall(given);
    const { answer } = this.#request;
    if (call === undefined || answer === undefined || this.#asked.has(call.number)) return;
    // Counted by the child, too: one that was taken over could have everything fetched there is.
    this.#candleCount += candleCountOf(call);
    if (this.#candleCount > LIMITS.fetchedCandleCount) return;
    this.#asked.add(call.number);
    const answered = await askAnswer(call, answer, signal);
    if (signal.aborted) return;
    if (this.#request.keepJournal === true) this.#answers.set(call.number, answered);
    reply([answered]);
  }

  #journal(result: RunResult, turns: RunReply["turns"]): Journal {
    const answered = turns.map(({ calls, settled }) => ({
      calls,
      answers: settled.flatMap((number) => this.#answers.get(number) ?? []),
    }));
    const { javascript, columns } = this.prepared;
    const message = { ...this.prepared.message, javascript };
    return makeJournal({ buildId: this.#buildId, request: this.#request, message, columns, turns: answered, result });
  }
}

/** How a run ends that was ended from outside, or never began. */
export function failedRun(error: RunError): RunEnd {
  return {
    result: "failed",
    error,
    intents: [],
    statePatch: {},
    logs: [],
    notifications: [],
    fuel: 0,
    imageHash: "",
  };
}

/** The end of a run whose request was refused. */
export function refusedRun(error: unknown): RunEnd {
  invariant(error instanceof StrategyError, "a request is refused with a StrategyError");
  const code: StrategyErrorCode = error.code;
  return failedRun({ code, message: error.message });
}
