import { existsSync } from "node:fs";
import { MarketError } from "../../errors.ts";

/** What every exchange of ccxt has. Its own types are not imported: they would add seconds to every check of types. */
export interface CcxtBase {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  loadMarkets(reload: boolean): Promise<object>;
}

/** What ccxt takes for one exchange: `apiKey`, `secret`, `urls`, `options`, `timeout` … @source https://github.com/ccxt/ccxt/wiki/Manual#instantiation */
export type CcxtSettings = Readonly<Record<string, unknown>>;

const ID = /^[a-z0-9]+$/;

/** Returns whether ccxt has an exchange of this id. Imports nothing. */
export function isExchange(exchangeId: string): boolean {
  return ID.test(exchangeId) && existsSync(fileOf(exchangeId));
}

/** The package exports its whole only, so the file of one exchange is found beside it. */
function fileOf(exchangeId: string): URL {
  return new URL(`./src/${exchangeId}.js`, import.meta.resolve("ccxt"));
}

/**
 * Makes an exchange of ccxt that has this function. Its file alone is imported, when it is first asked for: 260 ms of CPU and 26 MB for
 * Binance, where all of ccxt is 1,035 ms and 43 MB. Throws `MARKET_EXCHANGE_UNKNOWN`.
 */
export async function loadExchange<Exchange extends CcxtBase>(
  exchangeId: string,
  settings: CcxtSettings,
  needed: string,
): Promise<Exchange> {
  const unknown = (cause?: unknown) =>
    new MarketError("MARKET_EXCHANGE_UNKNOWN", `ccxt has no exchange ${JSON.stringify(exchangeId)} with ${needed}`, {
      details: { exchangeId },
      cause,
    });
  // The id becomes part of a path.
  if (!ID.test(exchangeId)) throw unknown();
  const loaded: { default: new (settings: CcxtSettings) => Exchange } = await import(fileOf(exchangeId).href).catch(
    (error: unknown) => {
      throw unknown(error);
    },
  );
  const exchange = new loaded.default({ ...settings, enableRateLimit: true });
  if (exchange.has[needed] !== true) throw unknown();
  return exchange;
}

/** Returns what loads the exchange and its markets, once for all who ask; again after it failed. */
export function createConnection<Exchange extends CcxtBase>(
  exchangeId: string,
  settings: CcxtSettings,
  needed: string,
): () => Promise<Exchange> {
  let connecting: Promise<Exchange> | undefined;
  let loaded: Promise<Exchange> | undefined;
  let hasFailed = false;
  const connect = async () => {
    loaded ??= loadExchange<Exchange>(exchangeId, settings, needed);
    const exchange = await loaded;
    // ccxt keeps the failure of a first load for ever, unless it is told to load anew.
    const markets = await exchange.loadMarkets(hasFailed);
    // It makes an empty list of an answer that nobody can read, and keeps that, too.
    if (Object.keys(markets).length > 0) return exchange;
    const message = `exchange ${exchangeId}: it answers no list of markets that can be read`;
    throw new MarketError("MARKET_EXCHANGE_UNAVAILABLE", message, { retryable: true, details: { exchangeId } });
  };
  return () => {
    connecting ??= connect().catch((error: unknown) => {
      connecting = undefined;
      hasFailed = true;
      throw error;
    });
    return connecting;
  };
}
