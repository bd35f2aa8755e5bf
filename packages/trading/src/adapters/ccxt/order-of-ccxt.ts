import {
  add,
  compare,
  type Decimal,
  formatDecimal,
  isNegative,
  isPositive,
  larger,
  parseDecimal,
  ZERO,
} from "../../decimal.ts";
import type { ExchangeFill, ExchangeOrder } from "../../exchange/exchange.types.ts";
import { createInstrument, type InstrumentText } from "../../instrument.ts";
import type { CcxtMarket, CcxtOrder, CcxtTrade } from "./ccxt.types.ts";

const STATES: Readonly<Record<string, ExchangeOrder["state"]>> = {
  open: "open",
  canceling: "open",
  closed: "filled",
  canceled: "cancelled",
  expired: "expired",
  rejected: "rejected",
};

const MAX_ID_LENGTH = 128;

/** Returns the order as ccxt tells it, with these trades; null for something that is no order of this client id. */
export function orderOfCcxt(
  order: CcxtOrder,
  trades: readonly CcxtTrade[],
  { clientId, quote }: { readonly clientId: string; readonly quote: string },
): ExchangeOrder | null {
  const exchangeId = idOf(order.id);
  if (exchangeId === null) return null;
  // What a send answers may be no more than the exchange's id.
  if (order.clientOrderId !== undefined && order.clientOrderId !== clientId) return null;
  const state = order.status === undefined ? "open" : STATES[String(order.status)];
  const filled = order.filled === undefined ? ZERO : parseDecimal(order.filled);
  const told = trades.map((trade) => fillOfCcxt(trade, { quote, orderMs: order.timestamp }));
  if (state === undefined || filled === null || isNegative(filled) || !told.every((fill) => fill !== null)) return null;
  // What is told twice is one trade.
  const fills = [...new Map(told.map((fill) => [fill.id, fill])).values()];
  const traded = fills.reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  const filledQuantity = larger(filled, traded);
  const asked = parseDecimal(order.amount);
  const isCut = state === "filled" && asked !== null && compare(filledQuantity, asked) < 0;
  return { exchangeId, state: isCut ? "cancelled" : state, filledQuantity, fills };
}

function fillOfCcxt(
  trade: CcxtTrade,
  { quote, orderMs }: { readonly quote: string; readonly orderMs: unknown },
): ExchangeFill | null {
  const id = idOf(trade.id);
  const [price, quantity] = [parseDecimal(trade.price), parseDecimal(trade.amount)];
  const fee = trade.fee?.cost === undefined ? ZERO : parseDecimal(trade.fee.cost);
  if (id === null || price === null || quantity === null || fee === null) return null;
  if (!isPositive(price) || !isPositive(quantity)) return null;
  const feeCurrency = idOf(trade.fee?.currency) ?? quote;
  // Trades in the answer to a send have the time of the order.
  const given = trade.timestamp ?? orderMs;
  const atMs = Number.isSafeInteger(given) ? Number(given) : 0;
  return { id, price, quantity, fee, feeCurrency, liquidity: trade.takerOrMaker === "maker" ? "maker" : "taker", atMs };
}

function idOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" && value.length <= MAX_ID_LENGTH ? value : null;
}

/** Returns the market as an instrument; null for one that cannot be traded for money now. */
export function instrumentOfCcxt(symbol: string, market: CcxtMarket | undefined): InstrumentText | null {
  if (market?.spot !== true || market.active === false) return null;
  const { base, quote, precision, limits } = market;
  const [tick, lot] = [parseDecimal(precision?.price), parseDecimal(precision?.amount)];
  if (tick === null || lot === null || typeof base !== "string" || typeof quote !== "string") return null;
  const text: InstrumentText = {
    ...{ symbol, base, quote, tick: formatDecimal(tick), lot: formatDecimal(lot) },
    smallestNotional: formatDecimal(parseDecimal(limits?.cost?.min) ?? ZERO),
    smallestQuantity: formatDecimal(larger(lot, parseDecimal(limits?.amount?.min) ?? ZERO)),
  };
  try {
    createInstrument(text);
    return text;
  } catch {
    return null;
  }
}

/** Returns what is free by currency, without what is no decimal. */
export function balancesOfCcxt(free: Readonly<Record<string, unknown>> | undefined): ReadonlyMap<string, Decimal> {
  const balances = new Map<string, Decimal>();
  for (const [currency, value] of Object.entries(free ?? {})) {
    const amount = parseDecimal(value);
    if (amount !== null) balances.set(currency, amount);
  }
  return balances;
}
