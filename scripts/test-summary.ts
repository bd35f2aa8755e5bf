/** The part of vitest's JSON report that counts. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts tests. A file that failed without running a test is one failure, and so is a run that ended badly for a reason
 * no test shows (a failed set-up, an error after the last test, no report at all): a broken run never counts as clean.
 */
export function summarize(report: Report | undefined, exitCode: number): Summary {
  const brokenFiles =
    report?.testResults.filter(
      (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
    ).length ?? 0;
  const shown = (report?.numFailedTests ?? 0) + brokenFiles;
  return {
    passed: report?.numPassedTests ?? 0,
    failed: shown === 0 && exitCode !== 0 ? 1 : shown,
    skipped: report?.numPendingTests ?? 0,
  };
}
