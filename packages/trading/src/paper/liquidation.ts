import { absolute, add, compare, type Decimal, divide, larger, multiply, ONE, roundTo } from "../decimal.ts";
import type { Instrument } from "../instrument.ts";
import type { Position } from "../position.ts";
import { isShort, type PaperSettings, positionOf } from "./book.ts";
import type { Draft } from "./draft.ts";
import { slip } from "./fill-price.ts";
import { SHORT_LOCK } from "./reserve.ts";

/** More digits than a tick has, so that the floor to the tick decides. */
const DIVISION_SCALE = 40;

/**
 * Buys a short position back when the candle reaches the price at which its collateral pays exactly for that: twice what it was sold
 * for, less slippage and fee. All orders of the symbol are cancelled first. Only an open beyond that price costs more than the
 * collateral, and the rest is then owed: free money goes below 0.
 */
export function liquidate(draft: Draft, isAtOpen: boolean): void {
  const { instrument, settings, candle } = draft;
  if (!isShort(draft, instrument.symbol)) return;
  const position = positionOf(draft, instrument.symbol);
  const limit = liquidationPrice(position, instrument, settings);
  if (compare(isAtOpen ? candle.open : candle.high, limit) < 0) return;
  draft.cancelAll("TRADING_LIQUIDATED");
  const reached = isAtOpen ? candle.open : larger(limit, candle.low);
  const price = slip(reached, "buy", { slippageRatio: settings.slippageRatio, tick: instrument.tick, candle });
  draft.deal({ orderId: null, side: "buy", price, quantity: absolute(position.quantity), liquidity: "taker" });
}

/** Returns the price at which a short is bought back. Each step is rounded down to the tick, as slippage rounds up to it. */
function liquidationPrice({ quantity, cost }: Position, { tick }: Instrument, settings: PaperSettings): Decimal {
  const collateral = multiply(cost, SHORT_LOCK);
  const perUnit = divide(
    collateral,
    multiply(absolute(quantity), add(ONE, settings.takerFeeRatio)),
    DIVISION_SCALE,
    "floor",
  );
  const mostPaid = roundTo(perUnit, tick, "floor");
  return roundTo(divide(mostPaid, add(ONE, settings.slippageRatio), DIVISION_SCALE, "floor"), tick, "floor");
}
