import { expect, test } from "vitest";
import { slowestFiles, summarize, timeTable } from "./test-summary.ts";

const file = (status: string, ...tests: string[]) => ({
  name: "/repository/a.test.ts",
  startTime: 0,
  endTime: 0,
  status,
  assertionResults: tests.map((testStatus) => ({ status: testStatus })),
});

const report = (passed: number, failed: number, ...testResults: ReturnType<typeof file>[]) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 0,
  testResults,
});

test("counts tests, not files", () => {
  const mixed = report(2, 1, file("passed", "passed", "passed"), file("failed", "failed"));
  expect(summarize(mixed, 1)).toEqual({ passed: 2, failed: 1, skipped: 0 });
});

test("counts a file that could not be loaded as one failure", () => {
  const broken = report(1, 0, file("passed", "passed"), file("failed"));
  expect(summarize(broken, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test("never calls a run clean that ended badly", () => {
  expect(summarize(report(5, 0, file("passed", "passed")), 1)).toEqual({ passed: 5, failed: 1, skipped: 0 });
  expect(summarize(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("calls a good run clean", () => {
  expect(summarize(report(5, 0, file("passed", "passed")), 0)).toEqual({ passed: 5, failed: 0, skipped: 0 });
});

test("names the slowest files first, of all runtimes", () => {
  const took = (name: string, seconds: number) => ({
    ...file("passed"),
    name,
    startTime: 500,
    endTime: 500 + seconds * 1000,
  });
  const onBun = slowestFiles(
    { testResults: [took("/repository/a.ts", 1), took("/repository/b.ts", 12.34)] },
    "/repository",
  );
  const onNode = slowestFiles({ testResults: [took("/repository/a.ts", 3)] }, "/repository");
  expect(timeTable({ Bun: onBun, Node: onNode }, 2)).toBe(
    "    12.3 s  b.ts (Bun)\n     3.0 s  a.ts (Node)\n    16.3 s  in all 3 files together\n",
  );
  expect(slowestFiles(undefined, "/repository")).toEqual([]);
});
