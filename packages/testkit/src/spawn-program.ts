import { fileURLToPath } from "node:url";
import { onTestFinished as ofRunningTest, type TestContext } from "vitest";

/** The path to preload in a Bun program that has IPC with the process of its test: ends it when that process has ended. */
export const TETHER = fileURLToPath(new URL("tether.ts", import.meta.url));

/** Where Bun keeps what it makes of large modules. It would keep nothing for a program without `HOME`, and make it anew at each start. */
const TRANSPILED = fileURLToPath(new URL("../../../node_modules/.cache/bun-transpiled", import.meta.url));

type Output = "pipe" | "ignore" | "inherit";

/** Options of a program. Its standard input is empty. */
export interface ProgramOptions<Out extends Output, Err extends Output> {
  /** The whole environment besides `PATH` and where Bun keeps what it has transpiled. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default of both: `pipe`. */
  readonly stdout?: Out;
  readonly stderr?: Err;
  /** The hook from the context of a test that runs `concurrent` with others: vitest's own one may belong to any of them. */
  readonly onTestFinished?: TestContext["onTestFinished"];
}

/**
 * Starts a Bun program for the present test and ends it with the test, also when that fails or runs out of time: `await
 * using` does not end in a test that runs out of time. A program whose test process is killed ends itself (`tether.ts`).
 */
export function spawnProgram<Out extends Output = "pipe", Err extends Output = "pipe">(
  args: readonly string[],
  { env = {}, stdout, stderr, onTestFinished = ofRunningTest }: ProgramOptions<Out, Err> = {},
) {
  const child = Bun.spawn([process.execPath, "--preload", TETHER, ...args], {
    env: { PATH: process.env["PATH"], BUN_RUNTIME_TRANSPILER_CACHE_PATH: TRANSPILED, ...env },
    stdin: "ignore",
    stdout: stdout ?? ("pipe" as Out),
    stderr: stderr ?? ("pipe" as Err),
    ipc() {},
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  return child;
}
