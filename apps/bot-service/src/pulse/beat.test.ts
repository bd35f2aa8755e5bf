import { FleetError } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { membersOf } from "../replicas/members.test-support.ts";
import { createBeatPart } from "./beat.ts";

it("beats every 3 s, soon when something is to be told, and again and again while the database is away", async () => {
  const runtime = testRuntime();
  const { clock } = runtime;
  const health = createHealth({ clock });
  // Its timer would be taken for one of the part.
  health.close();
  const members = membersOf("w");
  let beats = 0;
  let isAway = false;
  const pulse = {
    async beat() {
      beats += 1;
      if (isAway) throw new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });
    },
  };
  const part = createBeatPart({ runtime, health, pulse, members });
  const offs = part.observe();
  part.start();
  const since = async (ms: number) => {
    const before = beats;
    await clock.advance(ms);
    return beats - before;
  };
  const loop = () => health.readiness().loops.find(({ name }) => name === "pulse")?.state;
  expect(await since(100)).toBe(1);
  expect(await since(30_000)).toBe(10);
  for (let news = 0; news < 5; news += 1) members.events.emit("members:stale", {});
  expect(await since(100)).toBe(1);
  isAway = true;
  expect(await since(60_000)).toBeGreaterThan(30);
  expect([loop(), health.liveness().ok]).toEqual(["failing", true]);
  isAway = false;
  await clock.advance(2_000);
  expect(loop()).toBe("ok");
  for (const off of offs) off();
  await part.close();
  expect([clock.pendingTimers, members.events.listenerCount]).toEqual([0, 0]);
});
