import { compare, type Decimal, decimalFromNumber, isNegative, isPositive, parseDecimal } from "../decimal.ts";
import { TradingError } from "../errors.ts";

/** One finished candle, or a tick: a candle of one price. A double stands for the decimal with its shortest text. */
export interface PaperCandle {
  readonly symbol: string;
  /** Its start, epoch ms. */
  readonly openMs: number;
  readonly open: number | string;
  readonly high: number | string;
  readonly low: number | string;
  readonly close: number | string;
  /** Traded quantity in the base currency. */
  readonly volume: number | string;
}

export interface ExactCandle {
  readonly openMs: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
}

/** Throws `TRADING_INVALID_CANDLE` for numbers that no market has. */
export function readCandle(candle: PaperCandle): ExactCandle {
  if (!Number.isSafeInteger(candle.openMs)) throw invalid("openMs", "a whole number of ms");
  const exact = {
    openMs: candle.openMs,
    open: readPrice(candle.open, "open"),
    high: readPrice(candle.high, "high"),
    low: readPrice(candle.low, "low"),
    close: readPrice(candle.close, "close"),
    volume: readNumber(candle.volume, "volume"),
  };
  const { open, high, low, close } = exact;
  if (compare(low, open) > 0 || compare(low, close) > 0) throw invalid("low", "the lowest price");
  if (compare(high, open) < 0 || compare(high, close) < 0) throw invalid("high", "the highest price");
  return exact;
}

function readPrice(value: number | string, field: string): Decimal {
  const price = readNumber(value, field);
  if (!isPositive(price)) throw invalid(field, "above 0");
  return price;
}

function readNumber(value: number | string, field: string): Decimal {
  const number = typeof value === "number" ? decimalFromNumber(value) : parseDecimal(value);
  if (number === null || isNegative(number)) throw invalid(field, "a number of 0 or more within 30 digits");
  return number;
}

function invalid(field: string, expected: string): TradingError {
  return new TradingError("TRADING_INVALID_CANDLE", `The candle cannot be traded on: ${field} must be ${expected}.`, {
    details: { field },
  });
}
