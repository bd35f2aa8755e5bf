import type { PlainValue } from "../engine/engine.types.ts";
import { LIMITS } from "../limits.ts";
import type { OrderIntent, OrderType, OrderView, Side } from "../run.types.ts";
import { isSymbol } from "./needs.ts";
import type { RunMeter } from "./run-meter.ts";
import { told } from "./shown-text.ts";

/** Plain decimal text above 0, as much of it as any market knows. */
const DECIMAL = /^(?:0|[1-9]\d{0,29})(?:\.\d{1,30})?$/;
const IS_ZERO = /^[0.]+$/;

/** Returns whether a text is a plain decimal above 0. */
export function isPositiveDecimal(text: string): boolean {
  return DECIMAL.test(text) && !IS_ZERO.test(text);
}

/** What a run wants traded. */
export class RunOrders {
  readonly #meter: RunMeter;
  readonly #openIds: ReadonlySet<string>;
  readonly #intents: OrderIntent[] = [];

  constructor(meter: RunMeter, open: readonly OrderView[]) {
    this.#meter = meter;
    this.#openIds = new Set(open.map((order) => order.id));
  }

  get intents(): readonly OrderIntent[] {
    return this.#intents;
  }

  place(...args: PlainValue[]): string {
    this.#meter.call("orders.place", args);
    const [symbol, side, type, quantity, price] = args;
    if (typeof symbol !== "string" || !isSymbol(symbol))
      this.#refuse(`symbol is ${told(symbol)}: no market is called so`);
    if (!isSide(side)) this.#refuse(`side is ${told(side)}, and must be "buy" or "sell"`);
    if (!isOrderType(type)) this.#refuse(`type is ${told(type)}, and must be "market", "limit" or "stop"`);
    const exactQuantity = this.#decimal("quantity", quantity);
    if (type === "market" && price !== undefined) this.#refuse("a market order has no price");
    const exactPrice = type === "market" ? undefined : this.#decimal("price", price);
    const number = this.#nextNumber();
    this.#intents.push({
      kind: "place",
      number,
      symbol,
      side,
      type,
      quantity: exactQuantity,
      ...(exactPrice === undefined ? {} : { price: exactPrice }),
    });
    return String(number);
  }

  cancel(orderId: PlainValue): undefined {
    this.#meter.call("orders.cancel", [orderId]);
    if (typeof orderId !== "string" || !this.#openIds.has(orderId)) {
      this.#refuse(`no order ${told(orderId)} is open: only orders of ctx.orders.open() can be cancelled`);
    }
    this.#nextNumber();
    this.#intents.push({ kind: "cancel", orderId });
  }

  #nextNumber(): number {
    if (this.#intents.length >= LIMITS.orderCount) {
      this.#meter.refuse("STRATEGY_ORDERS_TOO_MANY", `a run has at most ${LIMITS.orderCount} orders and cancellations`);
    }
    return this.#intents.length + 1;
  }

  #decimal(name: string, value: PlainValue): string {
    const text = typeof value === "number" ? decimalText(value) : value;
    if (typeof text === "string" && isPositiveDecimal(text)) return text;
    return this.#refuse(`${name} is ${told(value)}, and must be a number above 0, or decimal text like "0.015"`);
  }

  #refuse(message: string): never {
    return this.#meter.refuse("STRATEGY_ORDER_INVALID", message);
  }
}

/** Writes a number with all digits that JavaScript would print, and without an exponent. */
export function decimalText(value: number): string {
  const [digits = "", exponent] = String(value).split("e");
  if (exponent === undefined || !Number.isFinite(value)) return digits;
  const [whole = "", fraction = ""] = digits.split(".");
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `0.${"0".repeat(-point)}${all}`;
  return all.length <= point ? all.padEnd(point, "0") : `${all.slice(0, point)}.${all.slice(point)}`;
}

function isSide(value: PlainValue): value is Side {
  return value === "buy" || value === "sell";
}

function isOrderType(value: PlainValue): value is OrderType {
  return value === "market" || value === "limit" || value === "stop";
}
