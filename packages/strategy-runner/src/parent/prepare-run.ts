import { type Candles, MarketError, timeframeMs } from "@shoal/market";
import { isJson } from "../guest/json-text.ts";
import { COLUMN_NAMES } from "../guest/run-series.ts";
import type { RunMessage } from "../guest/wire.ts";
import { DEFAULT_FUEL, LIMITS } from "../limits.ts";
import type { CandlesNeed, RunRequest } from "../run.types.ts";
import { StrategyError } from "../strategy-error.ts";
import { checkNewCandles } from "./checked-candles.ts";
import { givenColumns } from "./given-columns.ts";

/** A request in the form in which it crosses. */
export interface PreparedRun {
  readonly message: Omit<RunMessage, "javascript">;
  /** Apart, because a child may have it. */
  readonly javascript: string;
  readonly columns: readonly Float64Array[];
  /** Another run was given the same columns. */
  readonly isRepeated: boolean;
}

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
      keepJournal: request.keepJournal === true,
    },
    javascript: code.javascript,
    ...givenColumns(candles.flatMap((market) => COLUMN_NAMES.map((name) => market[name]))),
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
    checkNewCandles(candles);
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
