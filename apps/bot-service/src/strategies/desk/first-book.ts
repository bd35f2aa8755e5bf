import { isFleetError } from "@shoal/kernel";
import {
  bookToJson,
  createInstrument,
  createPaperBook,
  type Instrument,
  type InstrumentText,
  PAPER_DEFAULTS,
  type PaperBookJson,
} from "@shoal/trading";
import { instrumentOf } from "../instrument-of.ts";
import { invalid } from "./errors.ts";
import type { AccountSettings } from "./strategy-desk.types.ts";

/** What the desk must know of markets and exchanges. */
export interface Markets {
  /** Where candles can be had: `synthetic`, and exchanges. */
  readonly ids: ReadonlySet<string>;
  /** Where orders can be sent. */
  readonly exchangeIds: ReadonlySet<string>;
  /** Returns how these symbols are traded; leaves out those that the market does not have. Fails, retryable, while the market is away. */
  instruments(market: string, symbols: readonly string[]): Promise<readonly InstrumentText[]>;
}

/** An account as it is kept, with the defaults of its day. */
export type Account = Required<Omit<AccountSettings, "volumeRatio">> & Pick<AccountSettings, "volumeRatio">;

const DEFAULT_CURRENCY = "USDT";
const DEFAULT_CASH = "10000";

export interface FirstBook {
  readonly account: Account;
  readonly book: PaperBookJson;
}

/**
 * Makes the book that a strategy begins with. `instruments`: of all its symbols; with none, one of Bitcoin stands in, because a book has at least one.
 * @throws STRATEGY_NEEDS_IMPOSSIBLE for symbols that are traded for different money
 * @throws STRATEGY_ACCOUNT_INVALID for an account that no paper book has
 */
export function firstBook(given: AccountSettings, known: readonly InstrumentText[]): FirstBook {
  const currency = given.currency ?? known[0]?.quote ?? DEFAULT_CURRENCY;
  const other = known.find(({ quote }) => quote !== currency);
  if (other) {
    throw invalid(
      "needs",
      `${other.symbol} is traded for ${other.quote}, and the account is in ${currency}: all symbols of a strategy have one quote currency`,
      "STRATEGY_NEEDS_IMPOSSIBLE",
    );
  }
  const account: Account = {
    ...{ currency, cash: given.cash ?? DEFAULT_CASH },
    makerFeeRatio: given.makerFeeRatio ?? PAPER_DEFAULTS.makerFeeRatio,
    takerFeeRatio: given.takerFeeRatio ?? PAPER_DEFAULTS.takerFeeRatio,
    slippageRatio: given.slippageRatio ?? PAPER_DEFAULTS.slippageRatio,
    ...(given.volumeRatio !== undefined && { volumeRatio: given.volumeRatio }),
    isShortAllowed: given.isShortAllowed ?? false,
  };
  const { currency: _, cash, ...settings } = account;
  const instruments = known.length > 0 ? known.map(instrumentFrom) : [standIn(currency)];
  try {
    return { account, book: bookToJson(createPaperBook({ instruments, cash: { [currency]: cash }, ...settings })) };
  } catch (thrown) {
    if (!isFleetError(thrown, "TRADING_INVALID_SETTINGS")) throw thrown;
    const field = `account.${thrown.details["field"]}`;
    throw invalid(field, wordsOf(thrown.message), "STRATEGY_ACCOUNT_INVALID");
  }
}

function instrumentFrom(text: InstrumentText): Instrument {
  try {
    return createInstrument(text);
  } catch (thrown) {
    if (!isFleetError(thrown, "TRADING_INVALID_INSTRUMENT")) throw thrown;
    throw invalid("needs", `${text.symbol} cannot be traded here`, "STRATEGY_NEEDS_IMPOSSIBLE");
  }
}

function standIn(currency: string): Instrument {
  const text = instrumentOf(`${currency === "BTC" ? "ETH" : "BTC"}/${currency}`);
  try {
    if (text) return createInstrument(text);
  } catch (thrown) {
    if (!isFleetError(thrown, "TRADING_INVALID_INSTRUMENT")) throw thrown;
  }
  throw invalid("account.currency", "must be the name of a currency, such as USDT", "STRATEGY_ACCOUNT_INVALID");
}

/** The part of `createPaperBook`'s message that follows the name of the field. */
const wordsOf = (message: string) => message.replace(/^.*: \w+ /, "").replace(/\.$/, "");
