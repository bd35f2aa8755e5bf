import { join } from "node:path";
import type { Figures, Size } from "./measure.ts";

/** Has a contestant of this folder measure itself, run by `program` in a process of its own. */
export async function measurePeer(program: string, file: string, size: Size): Promise<Figures> {
  const { strategyCount, runCount } = size;
  const child = Bun.spawn([program, join(import.meta.dirname, file), String(strategyCount), String(runCount)], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`${file} ended with exit code ${child.exitCode}`);
  return JSON.parse(text);
}
