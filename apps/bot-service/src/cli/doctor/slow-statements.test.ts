import { expect, it } from "vitest";
import type { StatementFigures } from "../../database/statement-figures.ts";
import { judgeStatements } from "./slow-statements.ts";

const figures = (name: string, meanMs: number): StatementFigures => ({
  ...{ name, meanMs, calls: 1200, maxMs: 2 * meanMs, totalMs: 1200 * meanMs },
});
const counted = (...statements: StatementFigures[]) => ({
  ...({ source: "pg_stat_statements", otherCount: 3 } as const),
  statements,
});
const SLOW_MS = 200;

it.each([
  ["no figures", null, SLOW_MS, "skipped", /api\/database\/statements/],
  ["no statements", counted(), SLOW_MS, "ok", /no statement of a daemon yet/],
  [
    "quick ones",
    counted(figures("job_counts", 12), figures("lease_renew", 0.5)),
    SLOW_MS,
    "ok",
    /^the slowest: job_counts 12 ms \(at most 24 ms, 1,200 times\), lease_renew 0.5 ms/,
  ],
  [
    "a slow one",
    counted(figures("job_counts", 200), figures("lease_renew", 1)),
    SLOW_MS,
    "warn",
    /^1 take 200 ms and more: job_counts 200 ms \(at most 400 ms, 1,200 times\)$/,
  ],
  ["a slow one that is not to be told of", counted(figures("job_counts", 5000)), 0, "ok", /^the slowest: job_counts/],
] as const)("judges %s", (_, slowest, slowMs, status, found) => {
  const finding = judgeStatements(slowest, slowMs);
  expect(finding).toMatchObject({ status, found: expect.stringMatching(found) });
  expect(finding.todo !== undefined).toBe(status === "warn");
});

it("lists five", () => {
  const many = Array.from({ length: 20 }, (_, n) => figures(`statement_${n}`, 20 - n));
  expect(judgeStatements(counted(...many), SLOW_MS).found.match(/statement_/g)).toHaveLength(5);
});
