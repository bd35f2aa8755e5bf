import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createAlarm } from "./alarm.ts";

const makeAlarm = () => {
  const { clock } = testRuntime();
  const startMs = clock.monotonicMs();
  const rings: number[] = [];
  const alarm = createAlarm(clock, () => rings.push(clock.monotonicMs() - startMs));
  return { alarm, clock, rings };
};

it("rings once, when it was set for last, and is not set from then on", async () => {
  const { alarm, clock, rings } = makeAlarm();
  expect(alarm.isSet).toBe(false);
  alarm.set(10);
  alarm.set(30);
  expect(alarm.isSet).toBe(true);
  await clock.advance(100);
  expect(rings).toEqual([30]);
  expect(alarm.isSet).toBe(false);
});

it("rings earlier where it is set for earlier, and never later", async () => {
  const { alarm, clock, rings } = makeAlarm();
  alarm.setIfEarlier(30);
  alarm.setIfEarlier(40);
  await clock.advance(5);
  alarm.setIfEarlier(20);
  await clock.advance(100);
  expect(rings).toEqual([25]);
  alarm.setIfEarlier(40);
  await clock.advance(100);
  expect(rings).toEqual([25, 145]);
});

it("may be set again as it rings", async () => {
  const { clock } = testRuntime();
  let rings = 0;
  const alarm = createAlarm(clock, () => {
    rings += 1;
    if (rings < 3) alarm.setIfEarlier(10);
  });
  alarm.set(10);
  await clock.advance(100);
  expect(rings).toBe(3);
});

it("rings no more once cancelled, and leaves no timer", async () => {
  const { alarm, clock, rings } = makeAlarm();
  alarm.set(10);
  alarm.cancel();
  alarm.cancel();
  expect([alarm.isSet, clock.pendingTimers]).toEqual([false, 0]);
  await clock.advance(100);
  expect(rings).toEqual([]);
});
