import {
  add,
  compare,
  type Decimal,
  divide,
  isPositive,
  isZero,
  larger,
  multiply,
  ONE,
  roundTo,
  smaller,
  subtract,
  ZERO,
} from "../decimal.ts";
import type { Instrument } from "../instrument.ts";
import { type OrderEvent, openQuantityOf } from "../order.state.ts";
import type { Position, Side } from "../position.ts";
import type { LastPrice, PaperBook, PaperSettings } from "./book.ts";
import type { ExactCandle } from "./candle.ts";
import type { Fill, PaperStep } from "./fill.ts";
import { slip } from "./fill-price.ts";
import type { CancelReason, PaperOrder } from "./order.ts";
import { availableOf, closingQuantityOf, heldFor } from "./reserve.ts";
import { bookTrade, moveOrder, type OpenBook } from "./trade.ts";

interface Deal {
  readonly orderId: string | null;
  readonly side: Side;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly liquidity: "maker" | "taker";
}

/** A book while one candle happens to it. Lives within one call of `step`, which no one else can see. */
export class Draft implements OpenBook {
  readonly settings: PaperSettings;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly prices: ReadonlyMap<string, LastPrice>;
  readonly balances: Map<string, Decimal>;
  readonly positions: Map<string, Position>;
  readonly orders: PaperOrder[];
  readonly instrument: Instrument;
  readonly candle: ExactCandle;
  readonly #fills: Fill[] = [];
  readonly #changed = new Map<string, PaperOrder>();
  /** What the candle's volume still allows; null for any quantity. */
  #liquidity: Decimal | null;

  constructor(book: PaperBook, instrument: Instrument, candle: ExactCandle) {
    this.settings = book.settings;
    this.instruments = book.instruments;
    this.prices = book.prices;
    this.balances = new Map(book.balances);
    this.positions = new Map(book.positions);
    this.orders = [...book.orders];
    this.instrument = instrument;
    this.candle = candle;
    const { volumeRatio } = this.settings;
    this.#liquidity = volumeRatio && roundTo(multiply(candle.volume, volumeRatio), instrument.lot, "floor");
  }

  /** Fills an order, if it is still open, as far as the candle's volume and the money go. */
  fill(orderId: string, isAtOpen: boolean): void {
    const order = this.orders.find(({ id }) => id === orderId);
    if (order === undefined) return;
    const open = openQuantityOf(order.state);
    const wanted = this.#liquidity === null ? open : smaller(open, this.#liquidity);
    if (isZero(wanted)) return;
    const price = this.#priceOf(order, isAtOpen);
    const liquidity = order.type === "limit" && (order.isResting || !isAtOpen) ? "maker" : "taker";
    const quantity = this.#affordable(order, wanted, multiply(price, add(ONE, this.#feeRatio(liquidity))));
    if (isPositive(quantity)) {
      this.#move(order, { kind: "fill", quantity });
      this.deal({ orderId, side: order.side, price, quantity, liquidity });
      if (this.#liquidity !== null) this.#liquidity = subtract(this.#liquidity, quantity);
    }
    if (compare(quantity, wanted) < 0) this.#cancel(orderId, "TRADING_INSUFFICIENT_CASH");
    this.#cutToHoldings();
  }

  /** Trades, and writes the fill. */
  deal({ orderId, side, price, quantity, liquidity }: Deal): void {
    const { symbol } = this.instrument;
    const notional = multiply(price, quantity);
    const fee = multiply(notional, this.#feeRatio(liquidity));
    const realisedProfit = bookTrade(this, this.instrument, { side, price, quantity, fee });
    const atMs = this.candle.openMs;
    this.#fills.push({ orderId, symbol, side, atMs, price, quantity, notional, fee, liquidity, realisedProfit });
  }

  cancelAll(reason: CancelReason): void {
    for (const { id, symbol } of [...this.orders]) {
      if (symbol === this.instrument.symbol) this.#cancel(id, reason);
    }
  }

  /** Returns the step. Limit orders of `waiting` that are still open rest from now on. */
  finish(waiting: readonly PaperOrder[]): PaperStep {
    const { settings, instruments, prices, balances, positions } = this;
    const rested = new Set(waiting.filter(({ type, isResting }) => type === "limit" && !isResting).map(({ id }) => id));
    const orders = this.orders.map((order) => (rested.has(order.id) ? { ...order, isResting: true } : order));
    const openById = new Map(orders.map((order) => [order.id, order]));
    const changedOrders = [...this.#changed.values()].map((order) => openById.get(order.id) ?? order);
    const book = { settings, instruments, balances, positions, orders, prices };
    return { book, fills: this.#fills, changedOrders };
  }

  #priceOf({ side, type, price }: PaperOrder, isAtOpen: boolean): Decimal {
    const { candle, instrument, settings } = this;
    const reached = isAtOpen || price === null ? candle.open : price;
    return type === "limit"
      ? reached
      : slip(reached, side, { slippageRatio: settings.slippageRatio, tick: instrument.tick, candle });
  }

  #feeRatio(liquidity: "maker" | "taker"): Decimal {
    return liquidity === "maker" ? this.settings.makerFeeRatio : this.settings.takerFeeRatio;
  }

  /** What of a quantity can be paid for at a price that may be worse than the one its money was reserved at. */
  #affordable(order: PaperOrder, wanted: Decimal, costPerUnit: Decimal): Decimal {
    const closes = smaller(wanted, closingQuantityOf(order));
    const opens = subtract(wanted, closes);
    if (isZero(opens) || compare(costPerUnit, order.reservedPerUnit) <= 0) return wanted;
    // The rest of the order, which is not filled now, keeps what was reserved for it.
    const money = add(availableOf(this, this.instrument.quote), multiply(opens, order.reservedPerUnit));
    const { lot } = this.instrument;
    const most = roundTo(divide(larger(ZERO, money), costPerUnit, lot.scale, "floor"), lot, "floor");
    return add(closes, smaller(opens, most));
  }

  /** Cuts orders that close more than is held now: those that shared it with an order that was filled, the youngest first. */
  #cutToHoldings(): void {
    for (const side of ["sell", "buy"] as const) {
      const own = this.orders.filter((order) => order.side === side && order.symbol === this.instrument.symbol);
      if (own.every((order) => isZero(closingQuantityOf(order)))) continue;
      const held = heldFor(this, this.instrument, side);
      const left = { limit: held, stop: held };
      for (const order of own) {
        const closing = closingQuantityOf(order);
        const most = order.type === "market" ? smaller(left.limit, left.stop) : left[order.type];
        const kept = smaller(closing, most);
        if (order.type !== "stop") left.limit = subtract(left.limit, kept);
        if (order.type !== "limit") left.stop = subtract(left.stop, kept);
        const quantity = subtract(closing, kept);
        if (isPositive(quantity)) this.#move(order, { kind: "reduce", quantity, reason: "TRADING_HOLDING_GONE" });
      }
    }
  }

  #cancel(orderId: string, reason: CancelReason): void {
    const order = this.orders.find(({ id }) => id === orderId);
    if (order !== undefined) this.#move(order, { kind: "cancel", reason });
  }

  #move(order: PaperOrder, event: OrderEvent): void {
    this.#changed.set(order.id, moveOrder(this, order, event));
  }
}
