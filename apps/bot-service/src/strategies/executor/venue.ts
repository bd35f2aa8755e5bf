import {
  applyVenueFill,
  cancelForVenue,
  closeVenueOrder,
  formatDecimal,
  type PaperBook,
  placeForVenue,
} from "@shoal/trading";
import type { TradingRules } from "../step.ts";
import { stored } from "./order-rows.ts";
import type { RanRun, SettledFill } from "./settled-run.types.ts";
import type { RunSubject } from "./strategy-memory.ts";

/** What a run wants of an exchange is checked and reserved, and stays open until the exchange speaks. */
export const VENUE_RULES: TradingRules = { place: placeForVenue, cancel: cancelForVenue };

/** Takes into the book what an exchange has told since the last run: trades in their order, then ends of orders. */
export function takeNews(
  book: PaperBook,
  { fills, ends }: RunSubject["news"],
): { readonly book: PaperBook; readonly booked: Pick<RanRun, "bookedFillIds" | "bookedProfits"> } {
  let traded = book;
  const profits = fills.map((fill) => {
    const applied = applyVenueFill(traded, venueFill(fill));
    traded = applied.book;
    return [fill.id, formatDecimal(applied.realisedProfit)] as const;
  });
  return {
    book: ends.reduce((before, { id, reason }) => closeVenueOrder(before, id, reason), traded),
    booked: { bookedFillIds: fills.map(({ id }) => id), bookedProfits: Object.fromEntries(profits) },
  };
}

function venueFill(fill: SettledFill) {
  const { id, orderId, symbol, side, price, quantity, fee, feeCurrency, liquidity, filledAtMs } = fill;
  return {
    ...{ orderId: orderId ?? "", fillId: id, symbol, side, feeCurrency, liquidity: liquidity ?? "taker" },
    ...{ price: stored(price), quantity: stored(quantity), fee: stored(fee), atMs: filledAtMs },
  } as const;
}
