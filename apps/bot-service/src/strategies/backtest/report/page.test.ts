import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { niceTicks } from "./chart.ts";
import { drawReport } from "./page.ts";
import { exampleReport } from "./report.test-support.ts";
import { thinLine } from "./thin.ts";

const HOSTILE = `</title></style><script>alert(1)</script><img src=x onerror="alert(2)">'"&\u202e`;

describe("the report", () => {
  it("is one page that asks for nothing", () => {
    const page = drawReport(exampleReport());
    expect(page).not.toMatch(/<(script|link|img|iframe|object|base|form)\b|@import|url\(|\bsrc=|\bhref=|\bon\w+=/i);
    expect(page).not.toMatch(/https?:/);
  });

  it("shows text from outside as text", () => {
    const report = exampleReport();
    const page = drawReport({
      ...report,
      ...{ title: HOSTILE, subtitle: HOSTILE, currency: HOSTILE, figures: [[HOSTILE, HOSTILE]] },
      prices: report.prices.map((price) => ({
        ...price,
        symbol: HOSTILE,
        marks: price.marks.map((mark) => ({ ...mark, label: HOSTILE })),
      })),
      trades: report.trades.map((trade) => ({ ...trade, symbol: HOSTILE, quantity: HOSTILE, profit: HOSTILE })),
    });
    expect(page).not.toMatch(/<script|<img|\u202e/);
    expect(page).toContain("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    const elements = (text: string) => text.match(/<[a-z]+/g)?.length;
    expect(elements(page)).toBe(elements(drawReport({ ...report, figures: [["a", "b"]] })));
  });

  it("has equity, drawdown, prices with entries and exits, and the trades", () => {
    const page = drawReport(exampleReport({ tradeCount: 3 }));
    expect(page.match(/<svg/g)).toHaveLength(3);
    expect(page.match(/class="buy"/g)).toHaveLength(3);
    expect(page.match(/class="sell"/g)).toHaveLength(3);
    expect(page.match(/<tr><td>/g)).toHaveLength(3);
    expect(page).toContain("3 in all.");
  });

  it("says so when there are no trades", () => {
    const page = drawReport(exampleReport({ tradeCount: 0 }));
    expect(page).toContain("Nothing was bought and sold again.");
    expect(page).not.toContain("<table");
  });

  it("stays small after a long run, and says what it leaves out", () => {
    const page = drawReport(exampleReport({ stepCount: 200_000, tradeCount: 50_000 }));
    expect(page.length).toBeLessThan(1_200_000);
    expect(page).toContain("The last 2000 of 50000 trades.");
    expect(page).toMatch(/and \d+ more beside it/);
  });

  it.each([[0], [1], [2]])("draws a run of %s steps without a NaN", (stepCount) => {
    expect(drawReport(exampleReport({ stepCount, tradeCount: 0 }))).not.toMatch(/NaN|Infinity|undefined/);
  });
});

it("thins a line to its extremes, its ends and no more points than asked for", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: -100, max: 100 }), fc.constant(Number.NaN)), { maxLength: 400 }),
      fc.integer({ min: 4, max: 50 }),
      (numbers, most) => {
        const values = Float64Array.from(numbers);
        const indices = thinLine(values, most);
        expect(indices.length).toBeLessThanOrEqual(most);
        expect(indices).toEqual([...new Set(indices)].sort((left, right) => left - right));
        const finite = numbers.filter(Number.isFinite);
        const kept = indices.map((index) => values[index] ?? Number.NaN);
        expect(kept.every(Number.isFinite)).toBe(true);
        if (finite.length === 0) return;
        expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...finite), Math.max(...finite)]);
      },
    ),
  );
});

it.each([
  [0, 100, [0, 20, 40, 60, 80, 100]],
  [-0.13, 0, [-0.15, -0.1, -0.05, 0]],
  [980, 1043, [980, 1000, 1020, 1040, 1060]],
  [5, 5, [4.7, 4.8, 4.9, 5, 5.1, 5.2, 5.3]],
  [0, 0, [-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6]],
  [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, [0, 1]],
])("marks an axis from %s to %s at round values", (low, high, expected) => {
  expect(niceTicks(low, high).map((tick) => Number(tick.toFixed(9)) + 0)).toEqual(expected);
});

it("marks times of the run only", () => {
  const page = drawReport(exampleReport({ stepCount: 24 * 30 }));
  expect(page).toMatch(/>2026-01-\d\d</);
  expect(drawReport(exampleReport({ stepCount: 5 }))).toMatch(/>01-01 0\d:\d\d</);
});
