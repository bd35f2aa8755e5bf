/** Runs `bun run test`; `--help` says what it does. */
import { createCommand, wholeNumber } from "@shoal/command-line";
import { findNode22 } from "./node-22.ts";
import { runScript } from "./run-script.ts";
import { type Summary, timeTable } from "./test-summary.ts";
import { runVitest, type VitestRun } from "./vitest-run.ts";

/** Tests in a browser, one after the other where there are two cores: a run of their own. */
const IN_BROWSER = "apps/bot-service/test/console/";

const NOTHING: VitestRun = { passed: 0, failed: 0, skipped: 0, files: [] };

/**
 * Runs beside the tests on Bun, which mostly wait, and shows its results after theirs. What was asked for may have no test that
 * runs on Node. Without a Node 22 it is skipped, which CI takes for a failure.
 */
async function runOnNode(args: readonly string[], showAfter: Promise<unknown>): Promise<VitestRun> {
  const node = findNode22();
  const options = ["--config=vitest.node.config.ts", "--maxWorkers=1", "--passWithNoTests"];
  // A test asks for collections, which Node has only with this option.
  if (node) return runVitest([node, "--expose-gc"], [...options, ...args], { showAfter });
  process.stdout.write("SKIPPED: all tests on Node 22, which this machine has not\n");
  return { ...NOTHING, failed: process.env.CI === "true" ? 1 : 0 };
}

async function test(args: readonly string[], slowest: number | undefined): Promise<void> {
  const startedMs = performance.now();
  if (args.length === 0) {
    process.stdout.write("all tests but those in a browser: about 4 minutes on two quiet cores\n");
  }
  const runsOnBun = runVitest([process.execPath, "--bun"], args.length > 0 ? args : [`--exclude=${IN_BROWSER}**`]);
  const [onBun, onNode] = await Promise.all([runsOnBun, runOnNode(args, runsOnBun)]);
  const sum = (count: keyof Summary) => onBun[count] + onNode[count];
  if (slowest !== undefined) process.stdout.write(timeTable({ Bun: onBun.files, Node: onNode.files }, slowest));
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`on Bun ${onBun.passed} passed, on Node ${onNode.passed} passed, in ${seconds} s\n`);
  if (sum("skipped") > 0) process.stdout.write(`${sum("skipped")} skipped\n`);
  process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
}

await runScript(
  createCommand("bun run test")
    .description(
      `Runs all tests inside Bun, about 4 minutes on two quiet cores, then those of the packages that promise Node 22 on that. Ends with the line \`N passed, N failed\`. Those of the console in a browser are a run of their own: bun run test ${IN_BROWSER}`,
    )
    .argument("[paths...]", "only test files whose path contains one of these; after -- anything else for vitest")
    .option("-t, --name <pattern>", "only tests whose full name matches")
    .option("--slowest <count>", "print so many of the slowest test files at the end", wholeNumber(1, 1000))
    .addHelpText("after", "\nExit code 1 if anything failed, 2 for a wrong command line.")
    .action((paths, { name, slowest }) => test([...paths, ...(name === undefined ? [] : ["-t", name])], slowest)),
);
