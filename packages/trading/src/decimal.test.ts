import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  decimalFromNumber,
  divide,
  formatDecimal,
  larger,
  multiply,
  negate,
  parseDecimal,
  type Rounding,
  roundTo,
  smaller,
  subtract,
  toNumber,
} from "./decimal.ts";
import { TradingError } from "./errors.ts";

const text = (value: Decimal | null) => (value === null ? null : formatDecimal(value));

describe("a decimal as text", () => {
  it.each([
    ["0", "0"],
    ["-0", "0"],
    ["0.000", "0"],
    ["12.50", "12.5"],
    ["-3", "-3"],
    ["007", "7"],
    ["1e-7", "0.0000001"],
    ["1.5E+3", "1500"],
    ["100e-2", "1"],
    ["0e999", "0"],
    ["1234567.123456789", "1234567.123456789"],
    ["9".repeat(30), "9".repeat(30)],
    [`0.${"0".repeat(29)}1`, `0.${"0".repeat(29)}1`],
    [`0.1${"0".repeat(60)}`, "0.1"],
    ["1e29", `1${"0".repeat(29)}`],
    ["1e-30", `0.${"0".repeat(29)}1`],
  ])("reads %s as %s", (given, expected) => {
    expect(text(parseDecimal(given))).toBe(expected);
  });

  it.each([
    ...["", " 1", "1 ", "+1", ".5", "5.", "1,5", "1_000", "0x10", "NaN", "Infinity", "--1", "1e", "1e1.5", "１", "1\n"],
    ...["1e30", "1e-31", "1".repeat(31), `0.${"0".repeat(30)}1`, "1e999", "1e-999", "1e9999", "9".repeat(1_000_000)],
  ])("refuses %s", (given) => {
    expect(parseDecimal(given)).toBeNull();
    expect(() => decimal(given)).toThrow(TradingError);
  });

  it.each([
    [0.1, "0.1"],
    [1e-7, "0.0000001"],
    [0.1 + 0.2, "0.30000000000000004"],
    [-0, "0"],
    [1e21, `1${"0".repeat(21)}`],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [5e-324, null],
    [1.7976931348623157e308, null],
  ])("takes the double %d by its shortest text", (given, expected) => {
    expect(text(decimalFromNumber(given))).toBe(expected);
  });

  it("takes each double by its shortest text, also where it calculates without it", () => {
    const digits = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1e9, max: 1e9 }), fc.double({ noNaN: true }));
    // A neighbour of a short decimal has a long text.
    const neighbour = fc.constantFrom(1, 1 + Number.EPSILON, 1 - Number.EPSILON / 2);
    const property = fc.property(digits, fc.nat(18), neighbour, (whole, scale, factor) => {
      const value = (whole / 10 ** scale) * factor;
      expect(decimalFromNumber(value)).toEqual(parseDecimal(String(value)));
    });
    fc.assert(property, { numRuns: soakRuns(2_000, 1_000_000) });
  });

  it("gives a double back as it was", () => {
    const double = fc
      .double({ min: -1e15, max: 1e15, noNaN: true })
      .filter((value) => decimalFromNumber(value) !== null);
    fc.assert(fc.property(double, (value) => toNumber(decimalFromNumber(value) as Decimal) === value + 0));
  });
});

/** The independent calculation: fractions of whole numbers, which are never rounded. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

function fraction(numberText: string): Fraction {
  const isNegative = numberText.startsWith("-");
  const [whole = "", after = ""] = numberText.replace("-", "").split(".");
  const over = [...whole, ...after].reduce((sum, digit) => sum * 10n + BigInt(digit), 0n);
  const under = [...after].reduce((product) => product * 10n, 1n);
  return { over: isNegative ? -over : over, under };
}

const isSame = (one: Fraction, two: Fraction) => one.over * two.under === two.over * one.under;
const lessOrSame = (one: Fraction, two: Fraction) => one.over * two.under <= two.over * one.under;
const plus = (one: Fraction, two: Fraction): Fraction => ({
  over: one.over * two.under + two.over * one.under,
  under: one.under * two.under,
});
const times = (one: Fraction, two: Fraction): Fraction => ({ over: one.over * two.over, under: one.under * two.under });
const minus = (one: Fraction, two: Fraction) => plus(one, times(two, { over: -1n, under: 1n }));
const size = (one: Fraction): Fraction => ({ over: one.over < 0n ? -one.over : one.over, under: one.under });
const of = (value: Decimal) => fraction(formatDecimal(value));

const anyText = fc
  .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 20n), fc.integer({ min: 0, max: 18 }), fc.nat(6))
  .map(([isNegative, digits, scale, zeros]) => {
    const all = (digits * 10n ** BigInt(zeros)).toString().padStart(scale + 1, "0");
    const point = all.length - scale;
    return `${isNegative ? "-" : ""}${all.slice(0, point)}${scale === 0 ? "" : `.${all.slice(point)}`}`;
  });
const anyRounding = fc.constantFrom<Rounding>("floor", "ceil", "half-even");
const runs = { numRuns: soakRuns(2_000, 50_000) };

/** Asserts that `rounded`, a multiple of `step`, is the one that the rounding asks for. */
function expectRounded(rounded: Fraction, exact: Fraction, step: Fraction, rounding: Rounding): void {
  const count = times(rounded, { over: step.under, under: step.over });
  expect(count.over % count.under).toBe(0n);
  const distance = minus(rounded, exact);
  if (rounding === "floor") expect(lessOrSame(rounded, exact)).toBe(true);
  if (rounding === "ceil") expect(lessOrSame(exact, rounded)).toBe(true);
  const twice = times(size(distance), { over: 2n, under: 1n });
  if (rounding !== "half-even") {
    expect(lessOrSame(step, size(distance))).toBe(false);
    return;
  }
  expect(lessOrSame(twice, step)).toBe(true);
  if (isSame(twice, step)) expect((count.over / count.under) % 2n).toBe(0n);
}

describe("calculations, beside fractions", () => {
  it("adds, subtracts, multiplies and compares exactly, in one form of each number", () => {
    fc.assert(
      fc.property(anyText, anyText, (leftText, rightText) => {
        const [left, right] = [decimal(leftText), decimal(rightText)];
        const [one, two] = [fraction(leftText), fraction(rightText)];
        expect(isSame(of(add(left, right)), plus(one, two))).toBe(true);
        expect(isSame(of(subtract(left, right)), minus(one, two))).toBe(true);
        expect(isSame(of(multiply(left, right)), times(one, two))).toBe(true);
        expect(isSame(of(negate(left)), minus({ over: 0n, under: 1n }, one))).toBe(true);
        expect(isSame(of(absolute(left)), size(one))).toBe(true);
        expect(compare(left, right) <= 0).toBe(lessOrSame(one, two));
        expect(compare(left, right) === 0).toBe(isSame(one, two));
        expect([smaller(left, right), larger(left, right)]).toEqual(
          lessOrSame(one, two) ? [left, right] : [right, left],
        );
        for (const result of [add(left, right), subtract(left, right), multiply(left, right), negate(left)]) {
          expect(parseDecimal(formatDecimal(result), 100, 100)).toEqual(result);
        }
      }),
      runs,
    );
  });

  it("divides to a scale, rounded as asked", () => {
    fc.assert(
      fc.property(anyText, anyText, fc.nat(24), anyRounding, (leftText, rightText, scale, rounding) => {
        fc.pre(fraction(rightText).over !== 0n);
        const [one, two] = [fraction(leftText), fraction(rightText)];
        const exact = { over: one.over * two.under, under: one.under * two.over };
        const positiveUnder = exact.under < 0n ? { over: -exact.over, under: -exact.under } : exact;
        const quotient = divide(decimal(leftText), decimal(rightText), scale, rounding);
        expectRounded(of(quotient), positiveUnder, { over: 1n, under: 10n ** BigInt(scale) }, rounding);
      }),
      runs,
    );
  });

  it("rounds to a tick or lot as asked", () => {
    fc.assert(
      fc.property(anyText, anyText, anyRounding, (valueText, stepText, rounding) => {
        fc.pre(fraction(stepText).over !== 0n);
        const step = absolute(decimal(stepText));
        const rounded = roundTo(decimal(valueText), step, rounding);
        expectRounded(of(rounded), fraction(valueText), size(fraction(stepText)), rounding);
        expect(roundTo(rounded, step, rounding)).toEqual(rounded);
      }),
      runs,
    );
  });

  it.each<[string, Rounding, string]>([
    ["2.5", "half-even", "2"],
    ["3.5", "half-even", "4"],
    ["-2.5", "half-even", "-2"],
    ["-2.4", "floor", "-3"],
    ["-2.6", "ceil", "-2"],
    ["2.4", "floor", "2"],
    ["2.1", "ceil", "3"],
  ])("rounds %s by %s to %s", (value, rounding, expected) => {
    expect(text(roundTo(decimal(value), decimal("1"), rounding))).toBe(expected);
    expect(text(divide(decimal(value), decimal("1"), 0, rounding))).toBe(expected);
  });

  it("refuses to divide by zero", () => {
    expect(() => divide(decimal("1"), decimal("0"), 2, "floor")).toThrow("divided by zero");
    expect(() => roundTo(decimal("1"), decimal("0"), "floor")).toThrow("a step is positive");
  });
});
