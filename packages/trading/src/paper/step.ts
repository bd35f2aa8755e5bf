import { printable } from "@shoal/kernel";
import { TradingError } from "../errors.ts";
import { isShort, type PaperBook } from "./book.ts";
import { type ExactCandle, type PaperCandle, readCandle } from "./candle.ts";
import { Draft } from "./draft.ts";
import type { PaperStep } from "./fill.ts";
import { isFilledAtOpen, isFilledInside } from "./fill-price.ts";
import { liquidate } from "./liquidation.ts";
import type { OrderType, PaperOrder } from "./order.ts";

/** At the same moment: stop before limit, which is the worse of what may have happened. */
const TURN: readonly OrderType[] = ["market", "stop", "limit"];

/**
 * Lets one candle of one symbol happen. Pure: the same book and candle give the same step. The README has the rules as a table. Candles of
 * a symbol come with rising `openMs`; ticks may be given as candles of one price. Throws `TRADING_UNKNOWN_SYMBOL`,
 * `TRADING_INVALID_CANDLE` or `TRADING_CANDLE_OUT_OF_ORDER`.
 */
export function step(book: PaperBook, candle: PaperCandle): PaperStep {
  const { symbol, openMs } = candle;
  const instrument = book.instruments.get(symbol);
  if (instrument === undefined) {
    throw new TradingError("TRADING_UNKNOWN_SYMBOL", `The book has no ${printable(String(symbol).slice(0, 64))}.`);
  }
  const exact = readCandle(candle);
  const last = book.prices.get(symbol);
  if (last !== undefined && openMs <= last.openMs) {
    throw new TradingError(
      "TRADING_CANDLE_OUT_OF_ORDER",
      `A candle of ${symbol} must start later than the one before it: sort the candles and drop duplicates.`,
      { details: { openMs, lastOpenMs: last.openMs } },
    );
  }
  const seen = { ...book, prices: new Map(book.prices).set(symbol, { price: exact.close, openMs }) };
  const waiting = seen.orders.filter((order) => order.symbol === symbol && order.placedAtMs <= openMs);
  if (waiting.length === 0 && !isShort(seen, symbol)) {
    return { book: seen, fills: [], changedOrders: [] };
  }
  const draft = new Draft(seen, instrument, exact);
  trade(draft, waiting, exact);
  return draft.finish(waiting);
}

/** What happens at the open is known to be first; the rest happens in the order that is worst. */
function trade(draft: Draft, waiting: readonly PaperOrder[], candle: ExactCandle): void {
  for (const isAtOpen of [true, false]) {
    liquidate(draft, isAtOpen);
    const isReached = isAtOpen ? isFilledAtOpen : isFilledInside;
    for (const type of TURN) {
      for (const order of waiting) {
        if (order.type === type && isReached(order, candle)) draft.fill(order.id, isAtOpen);
      }
    }
  }
  liquidate(draft, false);
}
