import type { Candles } from "@shoal/market";
import { createInstrument, createPaperBook, type PaperBook } from "@shoal/trading";
import { instrumentOf } from "../instrument-of.ts";
import { BacktestError } from "./errors.ts";

/** Costs and money, as decimal texts. */
export interface BookSettings {
  /** Of what is traded at once. */
  readonly fee: string;
  /** Of limit orders that the market comes to. Default: `fee`. */
  readonly makerFee?: string;
  readonly slippage: string;
  readonly cash: string;
}

/**
 * Makes the book that a backtest begins with: an instrument for each symbol `BASE/QUOTE`, and cash in their one quote currency.
 * @throws BACKTEST_SYMBOLS for other symbols, and for more than one quote currency
 * @throws TRADING_INVALID_SETTINGS for costs that no venue has
 */
export function createBacktestBook(
  series: readonly Candles[],
  { fee, makerFee = fee, slippage, cash }: BookSettings,
): { readonly book: PaperBook; readonly currency: string } {
  const symbols = [...new Set(series.map(({ symbol }) => symbol))];
  const instruments = symbols.map((symbol) => {
    const instrument = instrumentOf(symbol);
    if (instrument) return createInstrument(instrument);
    throw symbolsError(
      `the symbol ${symbol} is not of the form BASE/QUOTE, such as BTC/USDT; name it with --candles BTC/USDT=<file>`,
    );
  });
  const [currency = "", ...others] = new Set(instruments.map(({ quote }) => quote));
  if (others.length > 0)
    throw symbolsError(`${symbols.join(", ")} are traded for different money; a backtest has one currency`);
  const book = createPaperBook({
    ...{ instruments, cash: { [currency]: cash } },
    ...{ makerFeeRatio: makerFee, takerFeeRatio: fee, slippageRatio: slippage },
  });
  return { book, currency };
}

function symbolsError(message: string): BacktestError {
  return new BacktestError("BACKTEST_SYMBOLS", message);
}
