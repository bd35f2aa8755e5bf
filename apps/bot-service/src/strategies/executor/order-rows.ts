import { FleetError } from "@shoal/kernel";
import {
  add,
  CANCEL_REASONS,
  type Decimal,
  divide,
  type Fill,
  filledQuantityOf,
  formatDecimal,
  isZero,
  multiply,
  type PaperOrder,
  parseDecimal,
  ZERO,
} from "@shoal/trading";
import type { RefusedIntent } from "../step.ts";
import type { SettledFill, SettledOrder } from "./settled-run.types.ts";

/** What the row of an open order says beyond the book. */
export interface OrderFigures {
  /** Of the run that placed it. */
  readonly runId: string;
  /** Within that run. */
  readonly number: number;
  /** Money that its fills have moved, and what they cost, in the quote currency. */
  readonly notional: Decimal;
  readonly fee: Decimal;
}

/** What happened on paper until a run, and by it. */
export interface Traded {
  readonly runId: string;
  /** In the order they happened. */
  readonly fills: readonly Fill[];
  /** By candles, then placed, then cancelled; an order may be there more than once. */
  readonly orders: readonly PaperOrder[];
  /** Of the orders that were open before. */
  readonly figures: ReadonlyMap<string, OrderFigures>;
  /** Number of each order that the run placed, by its id. */
  readonly numbers: ReadonlyMap<string, number>;
}

const AVERAGE_DIGITS = 18;

/** Returns the rows of all orders that are new or have changed, and the figures of those that stay open. */
export function orderRows(traded: Traded): {
  readonly rows: SettledOrder[];
  readonly figures: ReadonlyMap<string, OrderFigures>;
} {
  const { runId, fills, orders, numbers } = traded;
  if (orders.length === 0) return { rows: [], figures: traded.figures };
  const figures = new Map(traded.figures);
  for (const [id, number] of numbers) figures.set(id, { runId, number, notional: ZERO, fee: ZERO });
  for (const { orderId, notional, fee } of fills) {
    const known = orderId === null ? undefined : figures.get(orderId);
    if (orderId === null || known === undefined) continue;
    figures.set(orderId, { ...known, notional: add(known.notional, notional), fee: add(known.fee, fee) });
  }
  const rows: SettledOrder[] = [];
  for (const order of new Map(orders.map((each) => [each.id, each])).values()) {
    const known = figures.get(order.id);
    if (known) rows.push(orderRow(order, known));
    if (order.state.kind !== "open") figures.delete(order.id);
  }
  return { rows, figures };
}

function orderRow(order: PaperOrder, { runId, number, notional, fee }: OrderFigures): SettledOrder {
  const { id, symbol, side, type, quantity, price, placedAtMs, state } = order;
  const filled = filledQuantityOf(state);
  const reason = state.kind === "cancelled" || state.kind === "rejected" ? state.reason : null;
  return {
    ...{ id, runId, number, symbol, side, type, placedAtMs },
    ...{ quantity: formatDecimal(quantity), price: price && formatDecimal(price), filled: formatDecimal(filled) },
    status: statusOf(state.kind),
    reason: reason && withWords(reason),
    average: isZero(filled) ? null : formatDecimal(divide(notional, filled, AVERAGE_DIGITS, "half-even")),
    fee: formatDecimal(fee),
  };
}

function statusOf(kind: PaperOrder["state"]["kind"]): SettledOrder["status"] {
  return kind === "filled" || kind === "cancelled" || kind === "rejected" || kind === "intended" ? kind : "open";
}

function withWords(reason: string): string {
  const words = Object.entries(CANCEL_REASONS).find(([code]) => code === reason)?.[1];
  return words === undefined ? reason : `${reason}: ${words}`;
}

/** Returns the rows of orders that the book did not take: an owner sees there why nothing came of them. */
export function refusedRows(
  refused: readonly RefusedIntent[],
  { runId, nowMs, orderId }: { runId: string; nowMs: number; orderId: (number: number) => string },
): SettledOrder[] {
  return refused.flatMap(({ intent, refusal }) => {
    if (intent.kind === "cancel") return [];
    const { number, symbol, side, type, quantity, price = null } = intent;
    return {
      ...{ id: orderId(number), runId, number, symbol, side, type, quantity, price, placedAtMs: nowMs },
      ...{ status: "rejected", reason: `${refusal.code}: ${refusal.message}`, filled: "0", average: null, fee: "0" },
    } satisfies SettledOrder;
  });
}

/** Returns the rows of fills on paper: numbered within the epoch, so that a run that is written twice has them once. */
export function fillRows(
  fills: readonly Fill[],
  epoch: number,
  quoteOf: (symbol: string) => string | undefined,
): SettledFill[] {
  return fills.map((fill, index) => ({
    ...{ id: `${epoch}-${index + 1}`, orderId: fill.orderId, symbol: fill.symbol, side: fill.side },
    ...{ price: formatDecimal(fill.price), quantity: formatDecimal(fill.quantity), fee: formatDecimal(fill.fee) },
    feeCurrency: quoteOf(fill.symbol) ?? "",
    ...{ liquidity: fill.liquidity, realisedProfit: formatDecimal(fill.realisedProfit), filledAtMs: fill.atMs },
  }));
}

/** Reads what the row of an open order says. */
export function figuresOf(row: {
  readonly runId: string;
  readonly number: number;
  readonly filled: string;
  readonly average: string | null;
  readonly fee: string;
}): OrderFigures {
  const { runId, number, filled, average, fee } = row;
  const notional = average === null ? ZERO : multiply(stored(average), stored(filled));
  return { runId, number, notional, fee: stored(fee) };
}

/** Digits on each side of the point of a stored number: products of prices, quantities and fees have many. */
const STORED_DIGITS = 120;

/** Reads a number of a row. Throws `STRATEGY_ORDER_UNREADABLE`. */
export function stored(text: string): Decimal {
  const value = parseDecimal(text, STORED_DIGITS, STORED_DIGITS);
  if (value === null)
    throw new FleetError("STRATEGY_ORDER_UNREADABLE", "The row of an order has a number that is none.");
  return value;
}
