import { add, compare, decimal, formatDecimal, multiply, negate, subtract, ZERO } from "@shoal/trading";
import fc from "fast-check";
import { expect, it } from "vitest";
import { matchTrades, type TradedFill } from "./trades.ts";

const fill = (side: "buy" | "sell", quantity: string, price: string, fee = "0", symbol = "A/USD"): TradedFill => ({
  ...{ atMs: 0, symbol, side },
  ...{ quantity: decimal(quantity), price: decimal(price), fee: decimal(fee) },
});

const short = (fills: TradedFill[]) =>
  matchTrades(fills).map(({ side, quantity, entryPrice, exitPrice, fees, profit }) =>
    [side, quantity, entryPrice, exitPrice, fees, profit].join(" "),
  );

it.each([
  ["nothing", [], []],
  ["a position that is open", [fill("buy", "1", "100")], []],
  [
    "a gain, less fees",
    [fill("buy", "2", "100", "0.2"), fill("sell", "2", "110", "0.22")],
    ["long 2 100 110 0.42 19.58"],
  ],
  [
    "the oldest first",
    [fill("buy", "1", "100"), fill("buy", "1", "200"), fill("sell", "1", "150"), fill("sell", "1", "150")],
    ["long 1 100 150 0 50", "long 1 200 150 0 -50"],
  ],
  [
    "one exit of two entries, and fees by quantity",
    [fill("buy", "1", "100", "0.1"), fill("buy", "2", "100", "0.2"), fill("sell", "3", "101", "0.3")],
    ["long 1 100 101 0.2 0.8", "long 2 100 101 0.4 1.6"],
  ],
  [
    "two exits of one entry, no digit of the fee lost",
    [fill("buy", "3", "10", "0.1"), fill("sell", "1", "10"), fill("sell", "2", "10")],
    [
      "long 1 10 10 0.033333333333333333 -0.033333333333333333",
      "long 2 10 10 0.066666666666666667 -0.066666666666666667",
    ],
  ],
  [
    "a sale through nothing, which opens a short",
    [fill("buy", "1", "100"), fill("sell", "3", "110"), fill("buy", "2", "100")],
    ["long 1 100 110 0 10", "short 2 110 100 0 20"],
  ],
  [
    "each symbol by itself",
    [fill("buy", "1", "100"), fill("sell", "1", "5", "0", "B/USD"), fill("sell", "1", "101")],
    ["long 1 100 101 0 1"],
  ],
])("matches %s", (_, fills, expected) => {
  expect(short(fills)).toEqual(expected);
});

it("loses nothing: profits are what was received less what was paid, once all is closed", () => {
  const anyFill = fc.record({
    side: fc.constantFrom("buy" as const, "sell" as const),
    quantity: fc.integer({ min: 1, max: 5000 }).map((count) => decimal(`${count}e-3`)),
    price: fc.integer({ min: 1, max: 100_000 }).map((cents) => decimal(`${cents}e-2`)),
    fee: fc.integer({ min: 0, max: 1000 }).map((count) => decimal(`${count}e-4`)),
  });
  fc.assert(
    fc.property(fc.array(anyFill, { maxLength: 30 }), (given) => {
      const fills = given.map((each, index) => ({ ...each, atMs: index, symbol: "A/USD" }));
      const held = fills.reduce(
        (sum, { side, quantity }) => (side === "buy" ? add(sum, quantity) : subtract(sum, quantity)),
        ZERO,
      );
      if (compare(held, ZERO) !== 0) {
        const side = compare(held, ZERO) > 0 ? ("sell" as const) : ("buy" as const);
        const quantity = side === "sell" ? held : negate(held);
        fills.push({ side, quantity, price: decimal("500"), fee: ZERO, atMs: fills.length, symbol: "A/USD" });
      }
      const balance = fills.reduce((sum, { side, quantity, price, fee }) => {
        const value = multiply(price, quantity);
        return subtract(side === "buy" ? subtract(sum, value) : add(sum, value), fee);
      }, ZERO);
      const trades = matchTrades(fills);
      expect(formatDecimal(trades.reduce((sum, { profit }) => add(sum, decimal(profit)), ZERO))).toBe(
        formatDecimal(balance),
      );
      expect(trades.every(({ entryAtMs, exitAtMs }) => entryAtMs < exitAtMs)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
