import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSystemClock, invariant, sleep } from "@shoal/kernel";
import { TETHER } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";
import { isAlive } from "../src/postgres/adapters/process-table.ts";
import { gone, killAtEnd, temporaryDirectory } from "./postgres-harness.ts";

it("leaves no server behind when the process that started them is killed, whatever else that process started", async () => {
  using directory = temporaryDirectory();
  const log = join(directory.path, "server.log");
  const program = join(import.meta.dirname, "killed-parent.ts");
  const parent = spawn(process.execPath, ["--preload", TETHER, program, log], {
    stdio: ["pipe", "pipe", "inherit", "ipc"],
  });
  invariant(parent.stdin && parent.stdout, "its standard input and output are pipes");
  const { stdin, stdout } = parent;
  onTestFinished(() => {
    stdin.end();
    parent.kill("SIGKILL");
  });
  const [line] = await once(createInterface({ input: stdout }), "line");
  const { realtimePid, siblingPid } = JSON.parse(String(line)) as { realtimePid: number; siblingPid: number };
  const serverPid = await pidIn(log);
  killAtEnd(serverPid);
  parent.kill("SIGKILL");
  await Promise.all([gone(serverPid), gone(realtimePid)]);
  expect(isAlive(siblingPid)).toBe(true);
  stdin.end();
  await gone(siblingPid);
});

/** Resolves with the pid the server writes once its handler for SIGINT is installed. */
async function pidIn(log: string): Promise<number> {
  for (;;) {
    const [, pid] = /server (\d+)/.exec(readFileSync(log, "utf8")) ?? [];
    if (pid) return Number(pid);
    await sleep(createSystemClock(), 10);
  }
}
