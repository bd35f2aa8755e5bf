import type { Candles, CandlesNeed, Timeframe } from "./candles.ts";
import type { Orders, Portfolio } from "./orders.ts";
import type { Ta } from "./ta.ts";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** The type of settings whose defaults are `Config`: a literal of `as const` is widened to what an owner may set. */
export type Settings<Config> = Config extends string
  ? string
  : Config extends number
    ? number
    : Config extends boolean
      ? boolean
      : { readonly [Key in keyof Config]: Settings<Config[Key]> };

/** The best prices of a market. */
export interface Ticker {
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  /** When it was so, ms since 1970. */
  readonly timeMs: number;
}

/** The market as it was when the run began; what is later than that, nobody sees. */
export interface Market {
  /** The candles that `needs` names, without waiting. Throws `STRATEGY_CANDLES_UNKNOWN` for others. */
  candles(symbol: string, timeframe: Timeframe): Candles;
  /**
   * Candles that `needs` does not name. They are asked for during the run, whose time limit goes on meanwhile: prefer `needs`. Rejects with
   * `STRATEGY_CALL_FAILED`, `STRATEGY_CALLS_TOO_MANY`; not possible in a backtest.
   */
  fetchCandles(need: CandlesNeed): Promise<Candles>;
  /** The best prices now. Rejects as `fetchCandles`; not possible in a backtest. */
  fetchTicker(symbol: string): Promise<Ticker>;
}

/**
 * What a strategy remembers from run to run: at most 256 keys of at most 128 characters, 64 kB of JSON in all. Changes are kept when the run
 * has ended well.
 */
export interface State {
  /** The value as it was last set, a copy of its own; `byDefault` where the key is not set. */
  get<Value = JsonValue>(key: string): Value | undefined;
  get(key: string, byDefault: number): number;
  get(key: string, byDefault: string): string;
  get(key: string, byDefault: boolean): boolean;
  get<Value>(key: string, byDefault: Value): Value;
  /** Remembers a value that JSON can hold. Throws `STRATEGY_STATE_INVALID`, `STRATEGY_STATE_TOO_LARGE`. */
  set(key: string, value: unknown): void;
  /** Forgets a value, if there is one. */
  delete(key: string): void;
  /** All keys that are set, in order of the alphabet. */
  keys(): string[];
}

/**
 * Lines for the owner, kept also when the run fails: 200 lines and 16 kB in a run, what is more is cut and said so. Values that are no text are
 * written as JSON; characters that would control a terminal are written out.
 */
export interface Log {
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

/** All that a strategy has. Frozen, and the only way out of the sandbox. */
export interface Ctx<Config = Record<string, never>> {
  /** The strategy's `config`, with what the owner set in its place. Frozen. */
  readonly config: Settings<Config>;
  /** When the run is, ms since 1970. The same during all of the run, and what `Date.now()` answers. */
  readonly now: number;
  /** A number in [0, 1), the same sequence as `Math.random`: a replay of the run draws it again. */
  random(): number;
  readonly market: Market;
  readonly ta: Ta;
  readonly orders: Orders;
  readonly portfolio: Portfolio;
  readonly state: State;
  readonly log: Log;
  /** Tells the owner something by the way the owner chose: at most 10 times in a run, 1,000 characters each; what is more is dropped and logged. */
  notify(text: string): void;
}
