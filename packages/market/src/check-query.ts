import { MarketError } from "./errors.ts";
import type { CandleQuery } from "./source.types.ts";
import { parseTimeframe } from "./timeframes.ts";

/** Throws `MARKET_QUERY_INVALID` or `MARKET_TIMEFRAME_INVALID` for a query that has no answer. */
export function checkQuery({ symbol, timeframe, fromMs, toMs, limit }: CandleQuery): void {
  parseTimeframe(timeframe);
  const refuse = (what: string) => {
    const details = { symbol, timeframe, fromMs, toMs, limit };
    throw new MarketError("MARKET_QUERY_INVALID", `no candles can be asked for so: ${what}`, { details });
  };
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) refuse(`from ${fromMs} to ${toMs} are not two instants`);
  if (fromMs >= toMs) refuse(`from ${fromMs} to ${toMs} is no range`);
  if (!Number.isInteger(limit) || limit < 1) refuse(`limit is ${limit}, not a whole number of 1 or more`);
}
