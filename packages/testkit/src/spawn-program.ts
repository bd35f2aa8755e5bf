import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** To be preloaded by a Bun program that has IPC with the process of its test: ends it when that process is gone. */
export const TETHER = fileURLToPath(new URL("tether.ts", import.meta.url));

type Output = "pipe" | "ignore" | "inherit";

/** What a test chooses for a program. Its standard input is empty. */
export interface ProgramOptions<Out extends Output, Err extends Output> {
  /** Beside `PATH`, the whole environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: `pipe`, both. */
  readonly stdout?: Out;
  readonly stderr?: Err;
}

/**
 * Starts a Bun program for the test that runs now, and ends it with the test, also when that fails or runs out of time:
 * `await using` in the body of such a test never comes to its end. A program whose test process was killed ends itself: the
 * two are tied by IPC (`tether.ts`).
 */
export function spawnProgram<Out extends Output = "pipe", Err extends Output = "pipe">(
  args: readonly string[],
  { env = {}, stdout, stderr }: ProgramOptions<Out, Err> = {},
) {
  const child = Bun.spawn([process.execPath, "--preload", TETHER, ...args], {
    env: { PATH: process.env["PATH"], ...env },
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
