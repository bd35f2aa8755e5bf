import { isStorableText } from "@shoal/kernel";
import { compare, type Decimal, isPositive, parseDecimal } from "./decimal.ts";
import { TradingError } from "./errors.ts";

/** What can be traded, and in which steps. */
export interface Instrument {
  /** As the venue writes it: `BTC/USDT`. */
  readonly symbol: string;
  /** Currency that is bought and sold. */
  readonly base: string;
  /** Currency in which prices, money and fees are. */
  readonly quote: string;
  /** Step of order prices. */
  readonly tick: Decimal;
  /** Step of quantities. */
  readonly lot: Decimal;
  /** Least price times quantity of an order; may be 0. */
  readonly smallestNotional: Decimal;
  /** Least quantity of an order, a lot or more. */
  readonly smallestQuantity: Decimal;
}

export interface InstrumentText {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly lot: string;
  readonly smallestNotional: string;
  /** Default: one lot. */
  readonly smallestQuantity?: string;
}

const MAX_SYMBOL_LENGTH = 64;
/** Digits of a tick, lot or least amount on each side of the point. Venues have up to 12 after it, a few tokens 18. */
const MAX_STEP_DIGITS = 18;
const NAME = /^[^\s\p{C}\p{Z}]+$/u;

/**
 * Makes an instrument of decimal texts. Symbol and currencies have 1 to 64 visible characters; steps are above 0 and have at most 18
 * digits on each side of the point. Throws `TRADING_INVALID_INSTRUMENT`, with the field in `details`.
 */
export function createInstrument(text: InstrumentText): Instrument {
  const { symbol, base, quote } = text;
  for (const [field, name] of Object.entries({ symbol, base, quote })) {
    const isName =
      typeof name === "string" && name.length <= MAX_SYMBOL_LENGTH && NAME.test(name) && isStorableText(name);
    if (!isName) throw invalid(field, `1 to ${MAX_SYMBOL_LENGTH} visible characters`);
  }
  if (base === quote) throw invalid("quote", "another currency than base");
  const tick = readStep(text.tick, "tick");
  const lot = readStep(text.lot, "lot");
  const smallestNotional = readAmount(text.smallestNotional, "smallestNotional");
  const smallestQuantity = readAmount(text.smallestQuantity ?? text.lot, "smallestQuantity");
  if (compare(smallestQuantity, lot) < 0) throw invalid("smallestQuantity", "a lot or more");
  return { symbol, base, quote, tick, lot, smallestNotional, smallestQuantity };
}

function readStep(text: unknown, field: string): Decimal {
  const step = readAmount(text, field);
  if (!isPositive(step)) throw invalid(field, "above 0");
  return step;
}

function readAmount(text: unknown, field: string): Decimal {
  const amount = parseDecimal(text, MAX_STEP_DIGITS, MAX_STEP_DIGITS);
  if (amount === null || amount.digits < 0n) {
    throw invalid(
      field,
      `a decimal text of 0 or more with at most ${MAX_STEP_DIGITS} digits on each side of the point`,
    );
  }
  return amount;
}

function invalid(field: string, expected: string): TradingError {
  return new TradingError(
    "TRADING_INVALID_INSTRUMENT",
    `The instrument cannot be used: ${field} must be ${expected}.`,
    {
      details: { field },
    },
  );
}
