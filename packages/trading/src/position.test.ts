import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, decimal, formatDecimal, isZero, multiply, negate, subtract, ZERO } from "./decimal.ts";
import { applyTrade, averagePrice, NO_POSITION, type Position, type Side, unrealisedProfit } from "./position.ts";

type Row = readonly [side: Side, quantity: string, price: string];

function after(...rows: readonly Row[]): Position {
  return rows.reduce<Position>(
    (position, [side, quantity, price]) =>
      applyTrade(position, { side, quantity: decimal(quantity), price: decimal(price), fee: decimal("0.1") }),
    NO_POSITION,
  );
}

function shown(position: Position) {
  const { quantity, realisedProfit, paidFees } = position;
  return [quantity, averagePrice(position), realisedProfit, paidFees].map(formatDecimal);
}

describe("a position", () => {
  it.each<[what: string, rows: Row[], shown: string[]]>([
    ["is nothing at first", [], ["0", "0", "0", "0"]],
    [
      "averages what is bought",
      [
        ["buy", "1", "100"],
        ["buy", "3", "200"],
      ],
      ["4", "175", "0", "0.2"],
    ],
    [
      "keeps its average when a part is sold",
      [
        ["buy", "4", "100"],
        ["sell", "1", "130"],
      ],
      ["3", "100", "30", "0.2"],
    ],
    [
      "is closed",
      [
        ["buy", "2", "100"],
        ["sell", "2", "90"],
      ],
      ["0", "0", "-20", "0.2"],
    ],
    [
      "is short",
      [
        ["sell", "2", "100"],
        ["sell", "2", "110"],
      ],
      ["-4", "105", "0", "0.2"],
    ],
    [
      "gains when a short is bought back lower",
      [
        ["sell", "2", "100"],
        ["buy", "1", "80"],
      ],
      ["-1", "100", "20", "0.2"],
    ],
    [
      "goes through 0 downwards",
      [
        ["buy", "1", "100"],
        ["sell", "3", "120"],
      ],
      ["-2", "120", "20", "0.2"],
    ],
    [
      "goes through 0 upwards",
      [
        ["sell", "1", "100"],
        ["buy", "3", "120"],
      ],
      ["2", "120", "-20", "0.2"],
    ],
    [
      "rounds its average to 18 digits",
      [
        ["buy", "1", "1"],
        ["buy", "2", "2"],
      ],
      ["3", "1.666666666666666667", "0", "0.2"],
    ],
  ])("%s", (_, rows, expected) => {
    expect(shown(after(...rows))).toEqual(expected);
  });

  it("says what closing it would gain", () => {
    expect(formatDecimal(unrealisedProfit(after(["buy", "2", "100"]), decimal("110")))).toBe("20");
    expect(formatDecimal(unrealisedProfit(after(["sell", "2", "100"]), decimal("110")))).toBe("-20");
    expect(unrealisedProfit(NO_POSITION, decimal("110"))).toEqual(ZERO);
  });

  const anyTrade = fc.tuple(
    fc.constantFrom<Side>("buy", "sell"),
    fc.integer({ min: 1, max: 999_999 }),
    fc.integer({ min: 1, max: 9_999_999 }),
  );

  it("gains to the last digit what was received less what was paid, and the cost of what is open", () => {
    fc.assert(
      fc.property(fc.array(anyTrade, { maxLength: 30 }), (trades) => {
        let position = NO_POSITION;
        let received = ZERO;
        let held = ZERO;
        for (const [side, lots, ticks] of trades) {
          const quantity = decimal(`${lots}e-5`);
          const price = decimal(`${ticks}e-2`);
          position = applyTrade(position, { side, quantity, price, fee: ZERO });
          const value = multiply(price, quantity);
          received = side === "sell" ? add(received, value) : subtract(received, value);
          held = side === "buy" ? add(held, quantity) : subtract(held, quantity);
          const openCost = held.digits < 0n ? negate(position.cost) : position.cost;
          expect(position.quantity).toEqual(held);
          expect(add(received, openCost)).toEqual(position.realisedProfit);
          if (isZero(held)) expect(position.cost).toEqual(ZERO);
          expect(position.cost.digits >= 0n).toBe(true);
        }
      }),
      { numRuns: soakRuns(1_000, 50_000) },
    );
  });
});
