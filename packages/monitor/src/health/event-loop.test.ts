import type { Clock } from "@shoal/kernel";
import { expect, it } from "vitest";
import { watchEventLoop } from "./event-loop.ts";

/** A clock whose timers fire as late as the test says. */
function makeLateClock() {
  let nowMs = 0;
  let pending: { atMs: number; fire: () => void } | undefined;
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fire) {
      const timer = { atMs: nowMs + delayMs, fire };
      pending = timer;
      return {
        cancel() {
          if (pending === timer) pending = undefined;
        },
      };
    },
    get pendingTimers() {
      return pending ? 1 : 0;
    },
  };
  const fireLate = (lateMs: number) => {
    const due = pending;
    pending = undefined;
    nowMs = (due?.atMs ?? 0) + lateMs;
    due?.fire();
  };
  return { clock, fireLate };
}

it("reports how much later than due its timer fired", () => {
  const { clock, fireLate } = makeLateClock();
  const heard: number[] = [];
  const watch = watchEventLoop({ clock, onSample: (lagMs) => heard.push(lagMs) });
  for (const lateMs of [3, 140, 0]) fireLate(lateMs);
  expect(heard).toEqual([3, 140, 0]);
  expect(watch).toMatchObject({ lagMs: 0, maxLagMs: 140 });
});

it("forgets a large lag after 120 samples", () => {
  const { clock, fireLate } = makeLateClock();
  const watch = watchEventLoop({ clock });
  fireLate(140);
  for (let sample = 0; sample < 119; sample += 1) fireLate(1);
  expect(watch.maxLagMs).toBe(140);
  fireLate(1);
  expect(watch.maxLagMs).toBe(1);
});

it("goes on measuring when its listener throws", () => {
  const { clock, fireLate } = makeLateClock();
  const watch = watchEventLoop({
    clock,
    onSample() {
      throw new Error("bad listener");
    },
  });
  expect(() => fireLate(5)).toThrow("bad listener");
  expect(() => fireLate(7)).toThrow("bad listener");
  expect(watch.lagMs).toBe(7);
});
