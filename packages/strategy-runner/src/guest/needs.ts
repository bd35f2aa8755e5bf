import { isTimeframe } from "@shoal/market";
import { LIMITS } from "../limits.ts";
import type { CandlesNeed } from "../run.types.ts";

/** As exchanges write markets: `BTC/USDT`, `BTC/USDT:USDT`, `1000PEPE/USDT:USDT-240628`. */
const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9/:._-]{0,39}$/;

/** Returns whether a text may be the symbol of a market; whether there is one, only the venue knows. */
export function isSymbol(text: string): boolean {
  return SYMBOL.test(text);
}

/** Returns what is wrong with one wish for candles, naming it `path`; undefined if nothing. */
export function needProblem(need: unknown, path: string): string | undefined {
  if (typeof need !== "object" || need === null) return `${path} must be { symbol, timeframe, count }`;
  const { symbol, timeframe, count } = need as Record<string, unknown>;
  if (typeof symbol !== "string" || !isSymbol(symbol)) {
    return `${path}.symbol must be the name of a market, like "BTC/USDT"`;
  }
  if (typeof timeframe !== "string" || !isTimeframe(timeframe)) {
    return `${path}.timeframe must be one of 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 12h, 1d, 1w`;
  }
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > LIMITS.candlesPerNeed) {
    return `${path}.count must be a whole number from 1 to ${LIMITS.candlesPerNeed}`;
  }
  return undefined;
}

/** Keeps of a wish that has no problem what belongs to it. */
export function needOf({ symbol, timeframe, count }: CandlesNeed): CandlesNeed {
  return { symbol, timeframe, count };
}
