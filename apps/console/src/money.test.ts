import { describe, expect, it } from "vitest";
import { formatMoney, plotted, plottedMoney } from "./money.ts";

describe("money", () => {
  it.each([
    ["0", "0"],
    ["-0.5", "−0.5"],
    ["1234.5", "1,234.5"],
    ["12345678901234567890.123456789012345678", "12,345,678,901,234,567,890.123456789012345678"],
    ["-1000000", "−1,000,000"],
    ["0.000000000000000001", "0.000000000000000001"],
    ["10.10", "10.10"],
  ])("writes %s with every digit", (amount, text) => {
    expect(formatMoney(amount)).toBe(text);
  });

  it.each([
    ["de-DE", "1.234.567,89"],
    ["fr-FR", "1\u202f234\u202f567,89"],
    ["hi-IN", "12,34,567.89"],
    ["ar-EG", "1,234,567.89"],
  ])("groups digits as %s does", (locale, text) => {
    expect(formatMoney("1234567.89", "", locale)).toBe(text);
  });

  it("names the currency, and shows what is no amount as text that hides nothing", () => {
    expect(formatMoney("1500", "USDT")).toBe("1,500 USDT");
    expect(formatMoney(null)).toBe("–");
    expect(formatMoney("1e5")).toBe("1e5");
    expect(formatMoney("\u202e1")).toBe("\\u{202e}1");
    expect(formatMoney("1", "\u202eX")).toBe("1 \\u{202e}X");
  });

  it("is a number where it is drawn, and written with all its digits beside it", () => {
    expect(["1.5", "-2", null, "x"].map(plotted)).toEqual([1.5, -2, null, null]);
    const { values, format } = plottedMoney(["12345678901234567890.000000000000000001", null, "-0.5"]);
    expect(values).toEqual([Number("12345678901234567890"), null, -0.5]);
    expect(values.map(format)).toEqual(["12,345,678,901,234,567,890.000000000000000001", "–", "−0.5"]);
    expect(format(2500.5)).toBe("2,500.5");
  });
});
