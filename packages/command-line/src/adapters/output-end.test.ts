import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

const CHARACTER_COUNT = 1_000_000;
const MODULE = JSON.stringify(join(import.meta.dirname, "output-end.ts"));
/** Ends as `main.ts` does, with more output than a pipe holds. */
const PROGRAM = `import { endOutput } from ${MODULE};
process.stdout.write("x".repeat(${CHARACTER_COUNT}));
process.exit(await endOutput("shoal", 3));`;

it("is when all of it has been read", async () => {
  await using child = Bun.spawn([process.execPath, "-e", PROGRAM], { stdout: "pipe", stderr: "inherit" });
  expect((await child.stdout.text()).length).toBe(CHARACTER_COUNT);
  expect(await child.exited).toBe(3);
});

it("is also when nobody reads any more", async () => {
  await using child = Bun.spawn([process.execPath, "-e", PROGRAM], { stdout: "pipe", stderr: "pipe" });
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  expect([await child.exited, await child.stderr.text()]).toEqual([3, ""]);
});

it.skipIf(process.platform !== "linux")("tells of output that was lost, and fails", async () => {
  const stdout = openSync("/dev/full", "w");
  onTestFinished(() => closeSync(stdout));
  await using child = Bun.spawn([process.execPath, "-e", PROGRAM], { stdout, stderr: "pipe" });
  expect(await child.exited).toBe(1);
  expect(await child.stderr.text()).toMatch(/^shoal: the output is not complete: ENOSPC.* \(CLI_OUTPUT_LOST\)\n$/);
});
