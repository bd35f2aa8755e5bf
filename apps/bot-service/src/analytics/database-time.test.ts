import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createDatabaseTime } from "./database-time.ts";

it("is this machine's until the database has said what it is, and then goes on by itself, whatever the wall clock does", async () => {
  const clock = createSimulatedClock(1_000_000);
  const time = createDatabaseTime(clock);
  expect(time.nowMs()).toBe(1_000_000);
  await clock.advance(500);
  time.heard(2_000_000);
  expect(time.nowMs()).toBe(2_000_000);
  clock.jumpWallClock(-900_000);
  await clock.advance(250);
  expect(time.nowMs()).toBe(2_000_250);
});
