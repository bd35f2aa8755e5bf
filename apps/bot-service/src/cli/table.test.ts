import { describe, expect, it } from "vitest";
import { table } from "./table.ts";

const HEADINGS = ["name", "status", "runs", "why"];
const ROWS = [
  ["mean-reversion-of-everything", "running", 1200, "STRATEGY_THREW: no price for this symbol"],
  ["日本語の戦略", "paused", 7, "-"],
];

describe("a table", () => {
  it("has columns as wide as their widest cell, also of letters that take two columns", () => {
    expect(table(HEADINGS, ROWS)).toBe(
      [
        "name                          status   runs  why",
        "mean-reversion-of-everything  running  1200  STRATEGY_THREW: no price for this symbol",
        "日本語の戦略                  paused      7  -",
        "",
      ].join("\n"),
    );
  });

  it("leaves spare columns out where the terminal is too narrow, the last one first", () => {
    const headings = (columns: number) =>
      table(HEADINGS, ROWS, { columns, spare: ["runs", "why"] })
        .split("\n")[0]
        ?.split(/ {2,}/);
    expect(headings(90)).toEqual(["name", "status", "runs", "why"]);
    expect(headings(80)).toEqual(["name", "status", "runs"]);
    expect(headings(40)).toEqual(["name", "status"]);
  });

  it.each([60, 40, 35])("is no wider than a terminal of %i columns: the widest texts are cut", (columns) => {
    const lines = table(HEADINGS, ROWS, { columns }).trimEnd().split("\n");
    for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(lines[1]).toContain("…");
    expect(lines[1]).toContain("1200");
  });

  it("keeps the beginning of each text, whatever the terminal", () => {
    const [, row] = table(HEADINGS, ROWS, { columns: 1 }).split("\n");
    expect(row).toMatch(/^mean-re… {2}running {1,2} +1200 {2}STRATEG…$/);
  });

  it("writes out what would control the terminal", () => {
    expect(table(["a"], [["x\u001b[2J\n\u202ey"]])).toBe("a\nx\\u{1b}[2J\\u{a}\\u{202e}y\n");
  });
});
