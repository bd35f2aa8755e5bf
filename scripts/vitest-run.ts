import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGroup } from "./process-group.ts";
import { repositoryRoot } from "./repository-files.ts";
import { type FileTime, type Summary, slowestFiles, summarize } from "./test-summary.ts";
import { toolEnvironment } from "./tool-environment.ts";

const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");

export interface VitestRun extends Summary {
  /** All test files, the slowest first. */
  readonly files: readonly FileTime[];
  /** Whether Ctrl-C or SIGTERM stopped it. */
  readonly isStopped: boolean;
}

/** Runs vitest and counts its results. No process that it starts outlives it. */
export async function runVitest(
  runtime: readonly string[],
  args: readonly string[],
  {
    env = {},
    reporter = "default",
  }: { readonly env?: Readonly<Record<string, string>>; readonly reporter?: string } = {},
): Promise<VitestRun> {
  const folder = mkdtempSync(join(tmpdir(), "shoal-test-"));
  const reportPath = join(folder, "report.json");
  try {
    // Threads, because the default pool of processes needs a call that Bun's child processes do not have.
    const options = [
      "run",
      "--pool=threads",
      `--reporter=${reporter}`,
      "--reporter=json",
      `--outputFile.json=${reportPath}`,
    ];
    const { exitCode, isStopped } = await runGroup([...runtime, vitest, ...options, ...args], {
      cwd: repositoryRoot,
      env: { ...toolEnvironment(), ...env },
    });
    const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, "utf8")) : undefined;
    return { ...summarize(report, exitCode), files: slowestFiles(report, repositoryRoot), isStopped };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
