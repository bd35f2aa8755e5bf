/** What the parent tells a child of a run, and what it believes of the answer: a child may have been taken over. */
import { type Candles, checkCandles, MarketError, timeframeMs } from "@shoal/market";
import { StrategyError } from "../errors.ts";
import { DEFAULT_FUEL, LIMITS } from "../limits.ts";
import type { CandlesNeed, HostCall, JsonValue, RunRequest } from "../run.types.ts";
import { isJson } from "./json-text.ts";
import { shownText } from "./run-log.ts";
import { COLUMN_NAMES } from "./run-series.ts";
import type { AnsweredColumns, RunMessage, WireAnswer } from "./wire.ts";

/** A request in the form in which it crosses. */
export interface PreparedRun {
  readonly message: RunMessage;
  readonly columns: readonly Float64Array[];
}

/** Candles that were looked at already: those of a market are given to the runs of many strategies. */
const checkedCandles = new WeakSet<Candles>();

/**
 * Makes the message of a run. Throws a `StrategyError` for what no run can be made of: `STRATEGY_CANDLES_MISSING`, `STRATEGY_CANDLES_INVALID`,
 * `STRATEGY_REQUEST_INVALID`.
 */
export function prepareRun(request: RunRequest, fuel = DEFAULT_FUEL): PreparedRun {
  const { code, nowMs, seed, portfolio, openOrders } = request;
  const config = { ...code.config, ...request.config };
  requireJson("config", config, LIMITS.configBytes);
  // Twice what a run may leave behind: a state that grew under an older limit can still be read, and made smaller.
  requireJson("state", request.state, 2 * LIMITS.stateBytes);
  if (!Number.isSafeInteger(nowMs)) {
    throw new StrategyError("STRATEGY_REQUEST_INVALID", `nowMs is ${nowMs}, and must be whole milliseconds since 1970`);
  }
  const candles = code.needs.candles.map((need) => candlesFor(need, request));
  return {
    message: {
      entry: "run",
      javascript: code.javascript,
      fileName: code.fileName,
      fuel,
      config,
      state: request.state,
      nowMs,
      seed,
      markets: candles.map(({ symbol, timeframe }) => ({ symbol, timeframe })),
      portfolio,
      openOrders,
      canAsk: request.answer !== undefined,
      wantsImageHash: request.keepJournal === true,
    },
    columns: candles.flatMap((market) => COLUMN_NAMES.map((name) => market[name])),
  };
}

function requireJson(name: string, value: unknown, limitBytes: number): void {
  if (!isJson(value)) throw new StrategyError("STRATEGY_REQUEST_INVALID", `${name} of the request is no JSON`);
  const byteCount = Buffer.byteLength(JSON.stringify(value));
  if (byteCount <= limitBytes) return;
  throw new StrategyError(
    "STRATEGY_REQUEST_INVALID",
    `${name} of the request has ${byteCount} bytes of JSON, and may have ${limitBytes}`,
  );
}

/** The candles that a wish is about, at most as many as it wants, the newest. */
function candlesFor({ symbol, timeframe, count }: CandlesNeed, { candles, nowMs, strategyId }: RunRequest): Candles {
  const found = candles.find((given) => given.symbol === symbol && given.timeframe === timeframe);
  if (found === undefined || found.length === 0) {
    throw new StrategyError(
      "STRATEGY_CANDLES_MISSING",
      `the run of strategy ${strategyId} needs candles of ${symbol} ${timeframe}, and none were given`,
    );
  }
  requireCandles(found, nowMs);
  return found.length <= count ? found : newest(found, count);
}

function newest(candles: Candles, count: number): Candles {
  const tail = (column: Float64Array) => column.subarray(column.length - count);
  const { openMs, open, high, low, close, volume } = candles;
  return {
    ...candles,
    length: count,
    openMs: tail(openMs),
    open: tail(open),
    high: tail(high),
    low: tail(low),
    close: tail(close),
    volume: tail(volume),
  };
}

function requireCandles(candles: Candles, nowMs: number): void {
  const lengths = COLUMN_NAMES.map((name) => candles[name].length);
  try {
    if (lengths.some((length) => length !== candles.length)) throw new RangeError("its columns differ in length");
    if (!checkedCandles.has(candles)) checkCandles(candles);
    checkedCandles.add(candles);
    const endMs = (candles.openMs.at(-1) ?? 0) + timeframeMs[candles.timeframe];
    if (endMs > nowMs) throw new RangeError(`the newest ends ${endMs - nowMs} ms after the time of the run`);
  } catch (error) {
    if (!(error instanceof MarketError || error instanceof RangeError)) throw error;
    throw new StrategyError(
      "STRATEGY_CANDLES_INVALID",
      `candles of ${candles.symbol} ${candles.timeframe} cannot be used: ${error.message}`,
      { cause: error },
    );
  }
}

/** Makes the answer to a call of what somebody gave for it: an answer that is none fails the call, not the run. */
export function wireAnswer(call: HostCall, given: JsonValue): WireAnswer {
  const { number } = call;
  if (call.method === "fetchTicker") {
    const { bid, ask, last, timeMs } = fieldsOf(given);
    if (isNumber(bid) && isNumber(ask) && isNumber(last) && isNumber(timeMs)) {
      return { number, kind: "ticker", ticker: { bid, ask, last, timeMs } };
    }
    return failedAnswer(call, "the answer has no bid, ask, last and timeMs");
  }
  const columns = columnsOf(given);
  if (columns === undefined || columns.openMs.length > call.need.count) {
    return failedAnswer(call, "the answer is no candles");
  }
  return { number, kind: "candles", columns };
}

/** The answer to a call that could not be answered. */
export function failedAnswer({ number, method }: HostCall, reason: string): WireAnswer {
  const message = shownText(`${method} failed: ${reason}`, LIMITS.errorCharacters);
  return { number, kind: "failed", code: "STRATEGY_CALL_FAILED", message };
}

function columnsOf(given: JsonValue): AnsweredColumns | undefined {
  const fields = fieldsOf(given);
  const columns = COLUMN_NAMES.map((name) => fields[name]);
  const [first] = columns;
  if (!isNumbers(first) || !columns.every((column) => isNumbers(column) && column.length === first.length)) {
    return undefined;
  }
  return Object.fromEntries(COLUMN_NAMES.map((name, at) => [name, columns[at]])) as unknown as AnsweredColumns;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isNumber);
}
