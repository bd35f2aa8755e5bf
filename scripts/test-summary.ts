import { relative } from "node:path";

/** The part of vitest's JSON report that is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    /** Epoch ms. */
    readonly startTime: number;
    readonly endTime: number;
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

/** Duration of one test file, with other files running at the same time. */
export interface FileTime {
  readonly path: string;
  readonly seconds: number;
}

/** Returns all files of a run, the slowest first, with paths from `root`. */
export function slowestFiles(report: Pick<Report, "testResults"> | undefined, root: string): FileTime[] {
  const files = (report?.testResults ?? []).map(({ name, startTime, endTime }) => ({
    path: relative(root, name),
    seconds: (endTime - startTime) / 1000,
  }));
  return files.sort((one, other) => other.seconds - one.seconds);
}

/** Draws the slowest files of all runs, by the runtime they ran on, with the sum of all. */
export function timeTable(runs: Readonly<Record<string, readonly FileTime[]>>, count: number): string {
  const all = Object.entries(runs).flatMap(([runtime, files]) => files.map((file) => ({ ...file, runtime })));
  all.sort((one, other) => other.seconds - one.seconds);
  const sum = all.reduce((total, { seconds }) => total + seconds, 0);
  const rows = all
    .slice(0, count)
    .map(({ path, seconds, runtime }) => `${seconds.toFixed(1).padStart(8)} s  ${path} (${runtime})`);
  return `${rows.join("\n")}\n${sum.toFixed(1).padStart(8)} s  in all ${all.length} files together\n`;
}
