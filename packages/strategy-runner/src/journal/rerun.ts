import { type Candles, indexFrom, sliceCandles, timeframeMs } from "@shoal/market";
import type { WireAnswer } from "../guest/wire.ts";
import type { RunOutcome } from "../outcome.types.ts";
import { failurePrefix } from "../parent/answers.ts";
import type { CandlesNeed, CheckedCode, HostCall, JsonObject, JsonValue, RunRequest, RunResult } from "../run.types.ts";
import { StrategyError } from "../strategy-error.ts";
import type { StrategyRunner } from "../strategy-runner.ts";
import { requireUnchanged } from "./journal.ts";
import type { Journal } from "./journal.types.ts";
import { recordedCandles } from "./recorded-candles.ts";

export interface RerunOptions {
  readonly runner: Pick<StrategyRunner, "run">;
  /** Candles that contain those of the run, and what else the code needs. */
  readonly candles: readonly Candles[];
  /**
   * Settings of the owner for this code, over its defaults. Default: all that the recorded run had, in which the defaults of the code of then stand as if the
   * owner had set them: where this code has other defaults, they do not count. So give the owner's own, unless it is the same code.
   */
  readonly config?: JsonObject;
  /** Answers the calls that the recorded run did not make. Absent: they fail with `STRATEGY_CALL_FAILED`. */
  readonly answer?: RunRequest["answer"];
}

export interface RerunReport {
  readonly outcome: RunOutcome;
  readonly recorded: RunResult;
  /** Calls that were answered as the recorded ones were. */
  readonly recordedCallCount: number;
  /** Calls that the recorded run did not make, in their order: what came of them may be of another time. */
  readonly otherCalls: readonly HostCall[];
}

/**
 * Runs other code on what came into a recorded run: its state, settings, portfolio, open orders, time, seed and candles, and the answers to calls that the
 * recorded run made, too. Any build of the engine will do, because only what the code wants is of interest. Rejects with a `StrategyError`:
 * `STRATEGY_JOURNAL_CHANGED`; `STRATEGY_JOURNAL_INPUTS` if the candles are not those of the run. What is wrong with the code is in the outcome.
 */
export async function rerun(journal: Journal, code: CheckedCode, options: RerunOptions): Promise<RerunReport> {
  const { runner, candles, config, answer } = options;
  requireUnchanged(journal);
  const { strategyId, state, nowMs, seed, portfolio, openOrders, canAsk, outcome: recorded } = journal;
  const answers = new RecordedAnswers(journal);
  const otherCalls: HostCall[] = [];
  const ask: NonNullable<RunRequest["answer"]> = async (call, signal) => {
    const known = answers.take(call);
    if (known !== undefined) return givenValue(known, call);
    otherCalls.push(call);
    if (answer !== undefined) return await answer(call, signal);
    throw new StrategyError("STRATEGY_CALL_FAILED", "the recorded run did not ask for this");
  };
  const outcome = await runner.run({
    ...{ strategyId, code, state, nowMs, seed, portfolio, openOrders },
    config: config ?? journal.config,
    candles: code.needs.candles.flatMap((need) => inputFor(need, journal, candles) ?? []),
    ...(canAsk || answer !== undefined ? { answer: ask } : {}),
  });
  return { outcome, recorded, recordedCallCount: answers.takenCount, otherCalls };
}

/** The answers of a recorded run by what was asked: the second time that something is asked gets the second answer to it. */
class RecordedAnswers {
  readonly #byContent = new Map<string, WireAnswer[]>();
  takenCount = 0;

  constructor({ turns }: Journal) {
    const answers = new Map(turns.flatMap((turn) => turn.answers.map((answer) => [answer.number, answer])));
    for (const call of turns.flatMap(({ calls }) => calls)) {
      const answer = answers.get(call.number);
      if (answer === undefined) continue;
      const key = contentOf(call);
      const equal = this.#byContent.get(key) ?? [];
      equal.push(answer);
      this.#byContent.set(key, equal);
    }
  }

  take(call: HostCall): WireAnswer | undefined {
    const answer = this.#byContent.get(contentOf(call))?.shift();
    if (answer !== undefined) this.takenCount += 1;
    return answer;
  }
}

/** What a call asks for, whatever its number. */
function contentOf(call: HostCall): string {
  if (call.method === "fetchTicker") return JSON.stringify([call.method, call.symbol]);
  const { symbol, timeframe, count } = call.need;
  return JSON.stringify([call.method, symbol, timeframe, count]);
}

/** The answer as whoever gave it did. */
function givenValue(answer: WireAnswer, call: HostCall): JsonValue {
  if (answer.kind === "ticker") return { ...answer.ticker };
  if (answer.kind === "candles") return { ...answer.columns };
  throw new StrategyError("STRATEGY_CALL_FAILED", answer.message.replace(failurePrefix(call), ""));
}

/** The candles that a need is about: up to the newest of the recorded run, where it had such, else up to its time. Undefined if there are none. */
function inputFor(need: CandlesNeed, journal: Journal, candles: readonly Candles[]): Candles | undefined {
  const { symbol, timeframe, count } = need;
  const isNeeded = (market: { symbol: string; timeframe: string }) =>
    market.symbol === symbol && market.timeframe === timeframe;
  const reference = journal.candles.find(isNeeded);
  const given = candles.find(isNeeded);
  if (reference !== undefined) {
    const { candles: known, endIndex } = recordedCandles(reference, candles);
    return sliceCandles(known, endIndex - count, endIndex);
  }
  if (given === undefined) return undefined;
  const endIndex = indexFrom(given, journal.nowMs - timeframeMs[timeframe] + 1);
  return sliceCandles(given, endIndex - count, endIndex);
}
