import { expect, it } from "vitest";
import { spawnProgram, TETHER } from "../src/index.ts";

const SLEEPING = ["-e", "setInterval(() => {}, 1000)"];

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

let left: ReturnType<typeof spawnProgram> | undefined;

it("starts a program that goes on", () => {
  left = spawnProgram(SLEEPING);
  expect(isAlive(left.pid)).toBe(true);
});

it("has ended the program of the test before", async () => {
  await left?.exited;
  expect(left?.signalCode).toBe("SIGKILL");
});

it("ends a program whose test process was killed", async () => {
  const starts = `
    const tied = ${JSON.stringify(["--preload", TETHER, ...SLEEPING])};
    const child = Bun.spawn([process.execPath, ...tied], { ipc() {} });
    console.log(child.pid);
  `;
  const parent = spawnProgram(["-e", starts]);
  const { value } = await parent.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 50_000 }).toBe(false);
});
