import { expect, test } from "vitest";
import { summarize } from "./test-summary.ts";

const file = (status: string, ...tests: string[]) => ({
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
