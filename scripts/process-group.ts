/** Runs programs and ends them with all processes that they started. */

import { closeSync, openSync } from "node:fs";

/** Time a program may take to end after the first Ctrl-C or SIGTERM, in ms. */
const GRACE_MS = 20_000;

export interface GroupOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** File that the output is appended to. Default: the output goes where that of this process goes. */
  readonly outputPath?: string;
}

/**
 * Runs a program in a process group of its own and ends what is left of that group with it, also when it fails or is stopped.
 * Ctrl-C and SIGTERM are passed on; a second one, or a program that does not end within 20 s, ends the group at once.
 *
 * Servers of tests have groups of their own, but stop when the process that started them is gone.
 * @returns its exit code, and whether a signal stopped it
 */
export async function runGroup(
  command: readonly string[],
  { cwd, env, outputPath }: GroupOptions,
): Promise<{ readonly exitCode: number; readonly isStopped: boolean }> {
  const output = outputPath === undefined ? "inherit" : openSync(outputPath, "a");
  const child = Bun.spawn([...command], {
    ...{ cwd, env, detached: true },
    ...{ stdin: "ignore", stdout: output, stderr: output },
  });
  const killGroup = () => signalGroup(child.pid, "SIGKILL");
  let grace: Timer | undefined;
  const passOn = (signal: NodeJS.Signals) => {
    if (grace) return killGroup();
    grace = setTimeout(killGroup, GRACE_MS);
    signalGroup(child.pid, signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, passOn);
  try {
    const exitCode = await child.exited;
    return { exitCode, isStopped: grace !== undefined };
  } finally {
    clearTimeout(grace);
    for (const signal of signals) process.off(signal, passOn);
    killGroup();
    if (output !== "inherit") closeSync(output);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    // ESRCH: no process of the group is left.
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}
