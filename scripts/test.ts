/**
 * `bun run test [vitest arguments…]`: runs all tests inside Bun and ends with the line `N passed, N failed`.
 * Exit code 0 only when nothing failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "./repository-files.ts";
import { summarize } from "./test-summary.ts";
import { toolEnvironment } from "./tool-environment.ts";

const folder = mkdtempSync(join(tmpdir(), "shoal-test-"));
const reportPath = join(folder, "report.json");
const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");

// Threads, because the default pool of processes needs a call that Bun's child processes do not have.
const child = Bun.spawn(
  [
    ...[process.execPath, "--bun", vitest, "run", "--pool=threads"],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`],
    ...process.argv.slice(2),
  ],
  { cwd: repositoryRoot, env: toolEnvironment(), stdin: "ignore", stdout: "inherit", stderr: "inherit" },
);

// Ctrl-C reaches vitest by itself (same terminal, and a second one would cut it off); a supervisor's SIGTERM does not.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));

const exitCode = await child.exited;
const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, "utf8")) : undefined;
rmSync(folder, { recursive: true });

const { passed, failed, skipped } = summarize(report, exitCode);
if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
