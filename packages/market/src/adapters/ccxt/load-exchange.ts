import { type Clock, MINUTE_MS } from "@shoal/kernel";
import { MarketError } from "../../errors.ts";

/** What every exchange of ccxt has. Its own types are not imported: they would add seconds to every check of types. */
export interface CcxtBase {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly markets?: Readonly<Record<string, object>>;
  loadMarkets(): Promise<unknown>;
}

/** What ccxt takes for one exchange: `apiKey`, `secret`, `urls`, `options`, `timeout` … @source https://github.com/ccxt/ccxt/wiki/Manual#instantiation */
export type CcxtSettings = Readonly<Record<string, unknown>>;

const ID = /^[a-z0-9]+$/;

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

export interface ConnectionOptions {
  readonly exchangeId: string;
  readonly settings: CcxtSettings;
  /** A function that the exchange must have. */
  readonly needed: string;
  readonly clock: Clock;
}

/** A list of markets that lacks a symbol is loaded anew when it is older: the symbol may have been listed since. */
const MARKETS_AGE_MS = 10 * MINUTE_MS;

/** Returns what loads the exchange and its markets, once for all who ask; again after it failed, and for symbols that may be new. */
export function createConnection<Exchange extends CcxtBase>(
  options: ConnectionOptions,
): (symbols: readonly string[]) => Promise<Exchange> {
  const { exchangeId, settings, needed, clock } = options;
  let loadedAtMs = 0;
  let current: Promise<Exchange> | undefined;
  let renewing: Promise<Exchange> | undefined;
  const load = async () => {
    // Each time a new one: ccxt keeps a load that failed, and makes an empty list of an answer that nobody can read.
    const exchange = await loadExchange<Exchange>(exchangeId, settings, needed);
    await exchange.loadMarkets();
    if (Object.keys(exchange.markets ?? {}).length === 0) {
      const message = `exchange ${exchangeId}: it answers no list of markets that can be read`;
      throw new MarketError("MARKET_EXCHANGE_UNAVAILABLE", message, { retryable: true, details: { exchangeId } });
    }
    loadedAtMs = clock.monotonicMs();
    return exchange;
  };
  const renew = async () => {
    const fresh = await load();
    current = Promise.resolve(fresh);
    return fresh;
  };
  return async (symbols) => {
    current ??= load().catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    const { markets = {} } = await current;
    if (symbols.every((symbol) => Object.hasOwn(markets, symbol))) return await current;
    if (clock.monotonicMs() - loadedAtMs < MARKETS_AGE_MS) return await current;
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    return await renewing;
  };
}
