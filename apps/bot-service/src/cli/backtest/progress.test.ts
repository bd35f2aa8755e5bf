import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createProgress } from "./progress.ts";

/** Shows 100 steps, one every 100 ms. */
async function showAll(isTTY: boolean): Promise<string[]> {
  const clock = createSimulatedClock();
  const written: string[] = [];
  const progress = createProgress({ isTTY, columns: 80, rows: 24, write: (text) => written.push(text) }, clock);
  for (let step = 1; step <= 100; step += 1) {
    await clock.advance(100);
    progress.show(step, 100, "steps");
  }
  progress.end();
  return written;
}

it("is a line every five seconds in a log, and none for work of a second", async () => {
  expect(await showAll(false)).toEqual([
    "10 of 100 steps (10 %), about 0:09 to go\n",
    "60 of 100 steps (60 %), about 0:04 to go\n",
  ]);
});

it("is drawn over on a terminal, and gone at the end", async () => {
  const written = await showAll(true);
  expect(written.length).toBeGreaterThan(30);
  expect(written[0]).toContain("10 of 100 steps (10 %)");
  // Erases its line and draws none.
  expect(written.at(-1)).toBe("\r\x1b[1A\x1b[J");
  expect(written.at(-1)).not.toContain("steps");
});

it("does not guess the time that is left from the first steps", async () => {
  const clock = createSimulatedClock();
  const written: string[] = [];
  const progress = createProgress({ write: (text) => written.push(text) }, clock);
  await clock.advance(2000);
  progress.show(1, 1000, "tries");
  expect(written).toEqual(["1 of 1000 tries (0 %)\n"]);
});
