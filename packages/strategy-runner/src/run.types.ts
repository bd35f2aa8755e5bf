/** A run of a strategy as its caller sees it: what goes in and what comes out. All of it but candles is JSON. */
import type { Candles, Timeframe } from "@shoal/market";
import type { StrategyErrorCode } from "./strategy-error.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

/** Candles that the strategy wants before each run. */
export interface CandlesNeed {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Number of finished candles; there may be fewer where a market is young. */
  readonly count: number;
}

/** What `checkStrategy` makes of a source that may run. Plain JSON: it can be kept. */
export interface CheckedCode {
  /** JavaScript: the source with blanks where types were, so that its lines and columns are the owner's. */
  readonly javascript: string;
  /** sha256 in hex of the owner's source. */
  readonly sha256: string;
  /** `strategy.ts` or `strategy.js`: how positions in errors name the source. */
  readonly fileName: string;
  readonly needs: { readonly candles: readonly CandlesNeed[] };
  /** Defaults of the settings. */
  readonly config: JsonObject;
}

/** Money and quantities are decimal text. */
export interface PortfolioView {
  readonly currency: string;
  readonly cash: string;
  readonly equity: string;
  readonly positions: readonly PositionView[];
}

export interface PositionView {
  readonly symbol: string;
  readonly quantity: string;
  readonly averagePrice: string;
}

export type Side = "buy" | "sell";
export type OrderType = "market" | "limit" | "stop";

export interface OrderView {
  readonly id: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: string;
  readonly filledQuantity: string;
  readonly price?: string;
}

/** What a run wants of the venue. Nothing has happened yet: the caller carries it out, or not. */
export type OrderIntent =
  | {
      readonly kind: "place";
      /** From 1 within the run, placements and cancellations together. */
      readonly number: number;
      readonly symbol: string;
      readonly side: Side;
      readonly type: OrderType;
      /** Plain decimal text above 0; not yet rounded to what the venue trades. */
      readonly quantity: string;
      /** Present for `limit` and `stop`, absent for `market`. */
      readonly price?: string;
    }
  | { readonly kind: "cancel"; readonly orderId: string };

/** A question of the strategy that somebody outside must answer while the run waits. */
export type HostCall =
  | { readonly number: number; readonly method: "fetchCandles"; readonly need: CandlesNeed }
  | { readonly number: number; readonly method: "fetchTicker"; readonly symbol: string };

export interface RunRequest {
  readonly strategyId: string;
  readonly code: CheckedCode;
  /** Settings of the owner, in place of the defaults of `code.config`. */
  readonly config: JsonObject;
  readonly state: JsonObject;
  readonly nowMs: number;
  /** Seed of `ctx.random` and `Math.random`. */
  readonly seed: string;
  /** What `code.needs` asks for, finished at `nowMs`, in order and without NaN. Nobody writes into their memory any more: children keep what they are given again. */
  readonly candles: readonly Candles[];
  readonly portfolio: PortfolioView;
  readonly openOrders: readonly OrderView[];
  /**
   * Answers the calls that wait: `fetchCandles` with the six columns as arrays of numbers (`{ openMs, open, high, low, close, volume }`), `fetchTicker` with
   * `{ bid, ask, last, timeMs }`. A rejection fails the call; the strategy is told the message of a `FleetError`, and of no other. Absent: each is refused with `STRATEGY_CALL_REFUSED`.
   */
  readonly answer?: (call: HostCall, signal: AbortSignal) => Promise<JsonValue>;
  /** Records what comes into the run, for `replay`. Costs about half of a small run. */
  readonly keepJournal?: boolean;
}

export interface RunError {
  readonly code: StrategyErrorCode;
  /** In the strategy's or our words; one line, without what a terminal or Postgres cannot bear. */
  readonly message: string;
  /** In the owner's file, from 1; absent where the error has no place in it. */
  readonly line?: number;
  readonly column?: number;
  /** Functions of the owner's file, innermost first, one a line. */
  readonly stack?: string;
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
}

/** What the strategy did and how it ended, as far as the sandbox knows it. */
export interface RunResult {
  /** `failed` placed nothing and changed no state. */
  readonly result: "ok" | "failed";
  readonly error?: RunError;
  readonly intents: readonly OrderIntent[];
  /** Keys that changed; null for those that are gone. */
  readonly statePatch: Readonly<Record<string, JsonValue>>;
  readonly logs: readonly LogLine[];
  readonly notifications: readonly string[];
  /** Units burned. */
  readonly fuel: number;
  /** sha256 of the engine's memory at the end; empty unless a journal is kept, or where the engine broke off at a place that depends on the machine. */
  readonly imageHash: string;
}
