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
}

export interface VitestOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly reporter?: string;
  /** Collects the output instead of showing it, and shows it once this has settled. */
  readonly showAfter?: Promise<unknown>;
}

/** Runs vitest and counts its results. No process that it starts outlives it. */
export async function runVitest(
  runtime: readonly string[],
  args: readonly string[],
  { env = {}, reporter = "default", showAfter }: VitestOptions = {},
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
    const outputPath = showAfter && join(folder, "output.txt");
    const { exitCode } = await runGroup([...runtime, vitest, ...options, ...args], {
      cwd: repositoryRoot,
      env: { ...toolEnvironment(), ...env },
      ...(outputPath === undefined ? {} : { outputPath }),
    });
    await showAfter?.catch(() => {});
    if (outputPath !== undefined) process.stdout.write(readFileSync(outputPath));
    const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, "utf8")) : undefined;
    return { ...summarize(report, exitCode), files: slowestFiles(report, repositoryRoot) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
