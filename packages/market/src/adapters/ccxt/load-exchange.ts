import { MarketError } from "../../errors.ts";

/** A candle as ccxt answers it: start in ms, open, high, low, close, volume. */
export type CcxtRow = readonly (number | undefined)[];

/** What is used of ccxt's exchanges. Its own types are not imported: they would add seconds to every check of types. */
export interface CcxtExchange {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly timeframes?: Readonly<Record<string, unknown>>;
  readonly features?: { readonly spot?: { readonly fetchOHLCV?: { readonly limit?: number } } };
  loadMarkets(reload: boolean): Promise<unknown>;
  fetchOHLCV(symbol: string, timeframe: string, sinceMs: number, limit: number): Promise<readonly CcxtRow[]>;
}

/** What ccxt takes for one exchange: `apiKey`, `secret`, `urls`, `options`, `timeout` … @source https://github.com/ccxt/ccxt/wiki/Manual#instantiation */
export type CcxtSettings = Readonly<Record<string, unknown>>;

const ID = /^[a-z0-9]+$/;

/**
 * Makes an exchange of ccxt. Its file alone is imported, when it is first asked for: 260 ms of CPU and 26 MB for Binance, where all of
 * ccxt is 1,035 ms and 43 MB. Throws `MARKET_EXCHANGE_UNKNOWN`.
 */
export async function loadExchange(exchangeId: string, settings: CcxtSettings): Promise<CcxtExchange> {
  const unknown = (cause?: unknown) =>
    new MarketError("MARKET_EXCHANGE_UNKNOWN", `ccxt has no exchange ${JSON.stringify(exchangeId)} with candles`, {
      details: { exchangeId },
      cause,
    });
  // The id becomes part of a path.
  if (!ID.test(exchangeId)) throw unknown();
  // The package exports its whole only, so the file of one exchange is found beside it.
  const file = new URL(`./src/${exchangeId}.js`, import.meta.resolve("ccxt"));
  const { default: Exchange }: { default: new (settings: CcxtSettings) => CcxtExchange } = await import(
    file.href
  ).catch((error: unknown) => {
    throw unknown(error);
  });
  const exchange = new Exchange({ ...settings, enableRateLimit: true });
  if (exchange.has["fetchOHLCV"] !== true) throw unknown();
  return exchange;
}
