/**
 * `bun run test [vitest arguments…]`: runs all tests inside Bun, then those of the packages that promise Node 22 on that,
 * and ends with the line `N passed, N failed`. Exit code 0 only when nothing failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNode22 } from "./node-22.ts";
import { repositoryRoot } from "./repository-files.ts";
import { type Summary, summarize } from "./test-summary.ts";
import { toolEnvironment } from "./tool-environment.ts";

const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");

/** Runs vitest and counts what it reports. */
async function runVitest(runtime: readonly string[], ...options: readonly string[]): Promise<Summary> {
  const folder = mkdtempSync(join(tmpdir(), "shoal-test-"));
  const reportPath = join(folder, "report.json");
  // Threads, because the default pool of processes needs a call that Bun's child processes do not have.
  const child = Bun.spawn(
    [
      ...[...runtime, vitest, "run", "--pool=threads"],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`],
      ...[...options, ...process.argv.slice(2)],
    ],
    { cwd: repositoryRoot, env: toolEnvironment(), stdin: "ignore", stdout: "inherit", stderr: "inherit" },
  );
  const stop = () => child.kill("SIGTERM");
  process.on("SIGTERM", stop);
  const exitCode = await child.exited;
  process.off("SIGTERM", stop);
  const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, "utf8")) : undefined;
  rmSync(folder, { recursive: true });
  return summarize(report, exitCode);
}

/** What was asked for may be nothing that runs on Node. Without a Node 22 it is skipped, which CI takes for a failure. */
async function runOnNode(): Promise<Summary> {
  const node = findNode22();
  // A test asks for collections, which Node gives to nobody by default.
  if (node) return runVitest([node, "--expose-gc"], "--config=vitest.node.config.ts", "--passWithNoTests");
  process.stdout.write("SKIPPED: all tests on Node 22, which this machine has not\n");
  return { passed: 0, failed: process.env.CI === "true" ? 1 : 0, skipped: 0 };
}

// Ctrl-C reaches vitest by itself (same terminal, and a second one would cut it off); a supervisor's SIGTERM does not.
process.on("SIGINT", () => {});

const onBun = await runVitest([process.execPath, "--bun"]);
const onNode = await runOnNode();
const sum = (count: keyof Summary) => onBun[count] + onNode[count];
process.stdout.write(`on Bun ${onBun.passed} passed, on Node ${onNode.passed} passed\n`);
if (sum("skipped") > 0) process.stdout.write(`${sum("skipped")} skipped\n`);
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
