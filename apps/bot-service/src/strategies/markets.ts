import { FleetError, isFleetError } from "@shoal/kernel";
import type { InstrumentText } from "@shoal/trading";
import { type CcxtExchanges, LIVE_EXCHANGES } from "@shoal/trading/ccxt";
import type { Markets } from "./desk/first-book.ts";
import { type MarketData, SYNTHETIC } from "./executor/market-data.ts";
import { instrumentOf } from "./instrument-of.ts";

export interface MarketsOptions {
  readonly exchanges: Pick<CcxtExchanges, "account">;
  readonly data: Pick<MarketData, "candles">;
  /** Of strategies that name none; may be an exchange that orders cannot be sent to. */
  readonly defaultMarket: string;
  readonly now: () => number;
  /** Ends what is asked of exchanges. */
  readonly signal: AbortSignal;
}

/** What nobody's key is needed for. */
const NO_KEYS = { apiKey: "", secret: "" };

/**
 * Says which markets and exchanges there are, and how symbols are traded there. Of exchanges that orders cannot be sent to there is the default market alone:
 * each one that somebody names costs the daemon 26 MB.
 */
export function createMarkets({ exchanges, data, defaultMarket, now, signal }: MarketsOptions): Markets {
  return {
    ids: new Set([SYNTHETIC, defaultMarket, ...LIVE_EXCHANGES.keys()]),
    exchangeIds: new Set(LIVE_EXCHANGES.keys()),
    async instruments(market, symbols) {
      if (LIVE_EXCHANGES.has(market)) {
        const result = await exchanges.account(market, NO_KEYS).instruments(symbols, signal);
        if (result.kind === "found") return result.instruments;
        const message = `${market} does not say how its symbols are traded: ${result.message}`;
        throw new FleetError("STRATEGY_MARKET_AWAY", message, { retryable: true });
      }
      const known = await Promise.all(
        symbols.map((symbol) => (market === SYNTHETIC ? true : hasCandles(market, symbol))),
      );
      return symbols.flatMap((symbol, index): InstrumentText[] => {
        const instrument = known[index] ? instrumentOf(symbol) : undefined;
        return instrument ? [instrument] : [];
      });
    },
  };

  /** An exchange that only gives candles is asked for one. */
  async function hasCandles(market: string, symbol: string): Promise<boolean> {
    try {
      await data.candles(market, [{ symbol, timeframe: "1d", count: 1 }], now(), signal);
      return true;
    } catch (error) {
      if (isFleetError(error) && !error.retryable && !signal.aborted) return false;
      throw error;
    }
  }
}
