import type { Candles } from "./candles.types.ts";
import type { Timeframe } from "./timeframes.ts";

/** Asks for candles that start in [fromMs, toMs). */
export interface CandleQuery {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Epoch ms, included. */
  readonly fromMs: number;
  /** Epoch ms, not included. */
  readonly toMs: number;
  /** At most so many, 1 or more: the newest of the range. */
  readonly limit: number;
}

/**
 * Where candles come from: a file, the synthetic market, an exchange. Answers valid candles (`candleProblems` finds nothing) that
 * were finished when asked; fewer than `limit`, also none, where there are no more. Rejects with a `MarketError`, or with the
 * reason of `signal`.
 */
export interface CandleSource {
  candles(query: CandleQuery, signal?: AbortSignal): Promise<Candles>;
}
