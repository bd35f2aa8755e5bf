export * from "./decimal.ts";
export { TradingError, type TradingErrorCode } from "./errors.ts";
export * from "./exchange/exchange.types.ts";
export {
  afterRead,
  afterSend,
  beginSend,
  EXCHANGE_END_REASONS,
  intendedOrder,
  type NextOrderStep,
  nextOrderStep,
  type OrderProgress,
  type ProgressStep,
  wantCancel,
} from "./exchange/order-progress.ts";
export { createInstrument, type Instrument, type InstrumentText } from "./instrument.ts";
export {
  filledQuantityOf,
  type OrderEffect,
  type OrderEvent,
  type OrderState,
  type OrderStep,
  openQuantityOf,
  orderTransition,
} from "./order.state.ts";
export {
  createPaperBook,
  type LastPrice,
  PAPER_DEFAULTS,
  type PaperBook,
  type PaperBookOptions,
  type PaperSettings,
  positionOf,
} from "./paper/book.ts";
export type { PaperCandle } from "./paper/candle.ts";
export { bookFromJson, bookToJson, type PaperBookJson } from "./paper/codec.ts";
export type { Fill, PaperStep } from "./paper/fill.ts";
export {
  CANCEL_REASONS,
  type CancelReason,
  type NewOrder,
  type OrderType,
  type PaperOrder,
  type Refusal,
  type RefusalCode,
} from "./paper/order.ts";
export { type Cancelled, cancel, type Placed, place } from "./paper/place.ts";
export { equityOf, type OrderView, orderViews, type PortfolioView, portfolioView } from "./paper/portfolio.ts";
export { availableOf, reservedOf } from "./paper/reserve.ts";
export { step } from "./paper/step.ts";
export { averagePrice, NO_POSITION, type Position, type Side, unrealisedProfit } from "./position.ts";
export {
  type AppliedFill,
  applyVenueFill,
  cancelForVenue,
  closeVenueOrder,
  placeForVenue,
  type VenueFill,
} from "./venue/venue-book.ts";
