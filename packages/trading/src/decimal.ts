import { invariant } from "@shoal/kernel";
import { TradingError } from "./errors.ts";

/**
 * An exact decimal number: `digits / 10^scale`. There is one form of each number (the smallest scale, no minus before 0), so that
 * equal numbers are deeply equal. Made by the functions of this file only.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Towards minus infinity, towards plus infinity, or to the nearest, a half to the even neighbour. */
export type Rounding = "floor" | "ceil" | "half-even";

/** Digits before and after the point of a number from outside; results of calculations may have more. */
const MAX_INTEGER_DIGITS = 30;
const MAX_FRACTION_DIGITS = 30;

/** Longest text that is looked at; the longest within the bounds has 63 characters. */
const MAX_TEXT_LENGTH = 100;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** No two decimals of up to 15 digits are the same double, and each whole number below this is a double. */
const EXACT_DIGITS_END = 1e15;
/** Powers of ten that are doubles, up to more digits after the point than prices and volumes have. */
const DOUBLE_POWERS = Array.from({ length: 13 }, (_, exponent) => 10 ** exponent);

const powers: bigint[] = [];
for (let exponent = 0, power = 1n; exponent <= 256; exponent += 1, power *= 10n) powers.push(power);

function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}

export const ZERO: Decimal = { digits: 0n, scale: 0 };
export const ONE: Decimal = { digits: 1n, scale: 0 };

function canonical(digits: bigint, scale: number): Decimal {
  if (digits === 0n) return ZERO;
  let shortDigits = digits;
  let shortScale = scale;
  while (shortScale > 0 && shortDigits % 10n === 0n) {
    shortDigits /= 10n;
    shortScale -= 1;
  }
  return { digits: shortDigits, scale: shortScale };
}

/**
 * Reads `12.50`, `-3` or `1e-7`. Returns null for anything else, and for a number with more than `maxIntegerDigits` digits before or
 * `maxFractionDigits` after the point.
 */
export function parseDecimal(
  text: unknown,
  maxIntegerDigits = MAX_INTEGER_DIGITS,
  maxFractionDigits = MAX_FRACTION_DIGITS,
): Decimal | null {
  if (typeof text !== "string" || text.length > Math.max(MAX_TEXT_LENGTH, maxIntegerDigits + maxFractionDigits + 3))
    return null;
  // Candles are read with this, five prices each: no destructuring and no bounds in bigints where lengths tell enough.
  const match = PARTS.exec(text);
  if (match === null) return null;
  const whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  const magnitude = wholeNumber(whole + fraction);
  const digits = match[1] === "-" ? -magnitude : magnitude;
  const isPlain = match[4] === undefined && whole.length <= maxIntegerDigits && fraction.length <= maxFractionDigits;
  if (isPlain || digits === 0n) return canonical(digits, fraction.length);
  const scale = fraction.length - Number(match[4] ?? "0");
  if (scale < -maxIntegerDigits) return null;
  const value = scale < 0 ? { digits: digits * powerOfTen(-scale), scale: 0 } : canonical(digits, scale);
  if (value.scale > maxFractionDigits) return null;
  const limit = powerOfTen(maxIntegerDigits + value.scale);
  return value.digits < limit && value.digits > -limit ? value : null;
}

/** Up to 15 digits are exact in a double, and BigInt reads a double in half the time. */
function wholeNumber(digits: string): bigint {
  return BigInt(digits.length <= 15 ? Number(digits) : digits);
}

/** Returns the decimal with the shortest text that is this double (0.1 is 0.1), or null if it is out of bounds or not finite. */
export function decimalFromNumber(value: number): Decimal | null {
  return shortDecimal(value) ?? parseDecimal(String(value));
}

/**
 * Reads a double without its text, for candles are full of them; null where that takes a text. A quotient of two exact doubles is rounded once: if
 * it is the value, then the value is the double of this decimal, and of no other one with up to 15 digits. So none has a shorter text.
 */
function shortDecimal(value: number): Decimal | null {
  for (let scale = 0; scale < DOUBLE_POWERS.length; scale += 1) {
    const power = DOUBLE_POWERS[scale] as number;
    const digits = Math.round(value * power);
    if (!(Math.abs(digits) < EXACT_DIGITS_END)) return null;
    if (digits / power === value) return { digits: BigInt(digits), scale };
  }
  return null;
}

/** As `parseDecimal`, for text that is known to be good. Throws `TRADING_INVALID_DECIMAL`. */
export function decimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (value !== null) return value;
  throw new TradingError(
    "TRADING_INVALID_DECIMAL",
    `A decimal number has at most ${MAX_INTEGER_DIGITS} digits before and ${MAX_FRACTION_DIGITS} after the point; this text is none.`,
  );
}

/** Returns the shortest text without an exponent: `12.5`, `-3`, `0.0000001`. */
export function formatDecimal({ digits, scale }: Decimal): string {
  if (scale === 0) return digits.toString();
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const point = text.length - scale;
  return `${digits < 0n ? "-" : ""}${text.slice(0, point)}.${text.slice(point)}`;
}

/** Returns the nearest double, for charts and statistics. */
export function toNumber(value: Decimal): number {
  return Number(formatDecimal(value));
}

/** Adds exactly. */
export function add(left: Decimal, right: Decimal): Decimal {
  if (left.digits === 0n) return right;
  if (right.digits === 0n) return left;
  const scale = Math.max(left.scale, right.scale);
  return canonical(digitsAt(left, scale) + digitsAt(right, scale), scale);
}

/** Subtracts exactly. */
export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, negate(right));
}

/** Multiplies exactly: the scales add up. */
export function multiply(left: Decimal, right: Decimal): Decimal {
  return canonical(left.digits * right.digits, left.scale + right.scale);
}

/** Divides, rounded to `scale` digits after the point. The divisor is not 0. */
export function divide(dividend: Decimal, divisor: Decimal, scale: number, rounding: Rounding): Decimal {
  invariant(divisor.digits !== 0n, "nothing is divided by zero");
  const shift = scale + divisor.scale - dividend.scale;
  const numerator = shift > 0 ? dividend.digits * powerOfTen(shift) : dividend.digits;
  const denominator = shift < 0 ? divisor.digits * powerOfTen(-shift) : divisor.digits;
  return canonical(divideDigits(numerator, denominator, rounding), scale);
}

/** Returns the multiple of `step`, which is positive, that is next in the direction of `rounding`: prices to ticks, quantities to lots. */
export function roundTo(value: Decimal, step: Decimal, rounding: Rounding): Decimal {
  invariant(step.digits > 0n, "a step is positive");
  const scale = Math.max(value.scale, step.scale);
  const stepDigits = digitsAt(step, scale);
  const valueDigits = digitsAt(value, scale);
  if (valueDigits % stepDigits === 0n) return value;
  return canonical(divideDigits(valueDigits, stepDigits, rounding) * stepDigits, scale);
}

/** Returns -1, 0 or 1. */
export function compare(left: Decimal, right: Decimal): -1 | 0 | 1 {
  const scale = Math.max(left.scale, right.scale);
  const leftDigits = digitsAt(left, scale);
  const rightDigits = digitsAt(right, scale);
  if (leftDigits === rightDigits) return 0;
  return leftDigits < rightDigits ? -1 : 1;
}

function isLess(left: Decimal, right: Decimal): boolean {
  return compare(left, right) < 0;
}

/** Returns whether the value is above 0. */
export function isPositive({ digits }: Decimal): boolean {
  return digits > 0n;
}

/** Returns whether the value is below 0. */
export function isNegative({ digits }: Decimal): boolean {
  return digits < 0n;
}

/** Returns whether the value is 0. */
export function isZero({ digits }: Decimal): boolean {
  return digits === 0n;
}

/** Returns the value with the other sign. */
export function negate(value: Decimal): Decimal {
  return value.digits === 0n ? value : { digits: -value.digits, scale: value.scale };
}

/** Returns the value without its sign. */
export function absolute(value: Decimal): Decimal {
  return isNegative(value) ? negate(value) : value;
}

/** Returns the smaller of two; the left one where they are equal. */
export function smaller(left: Decimal, right: Decimal): Decimal {
  return isLess(right, left) ? right : left;
}

/** Returns the larger of two; the left one where they are equal. */
export function larger(left: Decimal, right: Decimal): Decimal {
  return isLess(left, right) ? right : left;
}

/** The digits of the same value at a scale that is not smaller. */
function digitsAt(value: Decimal, scale: number): bigint {
  return value.scale === scale ? value.digits : value.digits * powerOfTen(scale - value.scale);
}

function divideDigits(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return quotient;
  // BigInt division cuts towards zero: the quotient is the one nearer to zero of the two candidates.
  const isBelowZero = numerator < 0n !== denominator < 0n;
  const away = isBelowZero ? quotient - 1n : quotient + 1n;
  if (rounding === "floor") return isBelowZero ? away : quotient;
  if (rounding === "ceil") return isBelowZero ? quotient : away;
  const twice = 2n * (remainder < 0n ? -remainder : remainder);
  const whole = denominator < 0n ? -denominator : denominator;
  if (twice === whole) return quotient % 2n === 0n ? quotient : away;
  return twice < whole ? quotient : away;
}
