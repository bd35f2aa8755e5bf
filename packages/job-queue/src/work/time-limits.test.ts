import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createTimeLimits } from "./time-limits.ts";

const leaks = leakCheck();

const makeLimits = () => {
  const { clock } = testRuntime();
  leaks.clock(clock);
  const limits = createTimeLimits(clock);
  const over: string[] = [];
  const start = (name: string, limitMs: number) => {
    const limited = {
      endsAtMs: clock.monotonicMs() + limitMs,
      isPresent: false,
      onTimeLimit: () => void over.push(name),
    };
    limits.add(limited);
    return () => limits.remove(limited);
  };
  return { clock, over, start };
};

describe("time limits", () => {
  it("end each at its own time, in whatever order they began, by one timer", async () => {
    const { clock, over, start } = makeLimits();
    start("long", 300);
    start("short", 100);
    start("middle", 200);
    start("also short", 100);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(99);
    expect(over).toEqual([]);
    await clock.advance(1);
    expect(over).toEqual(["short", "also short"]);
    await clock.advance(100);
    expect(over).toEqual(["short", "also short", "middle"]);
    await clock.advance(100);
    expect(over.at(-1)).toBe("long");
  });

  it("spare what ended before", async () => {
    const { clock, over, start } = makeLimits();
    const end = start("ended", 100);
    start("late", 150);
    end();
    end();
    await clock.advance(149);
    expect(over).toEqual([]);
    await clock.advance(1);
    expect(over).toEqual(["late"]);
  });

  it("leave no timer after the last one, and begin anew", async () => {
    const { clock, over, start } = makeLimits();
    start("first", 100)();
    expect(clock.pendingTimers).toBe(0);
    start("second", 50);
    await clock.advance(50);
    expect(over).toEqual(["second"]);
  });

  it("spare what another one's end has ended, and take in what begins meanwhile", async () => {
    const { clock } = makeLimits();
    const limits = createTimeLimits(clock);
    const over: string[] = [];
    const second = { endsAtMs: 10, isPresent: false, onTimeLimit: () => void over.push("second") };
    const third = { endsAtMs: 20, isPresent: false, onTimeLimit: () => void over.push("third") };
    const first = {
      endsAtMs: 10,
      isPresent: false,
      onTimeLimit() {
        over.push("first");
        limits.remove(second);
        limits.add(third);
      },
    };
    limits.add(first);
    limits.add(second);
    await clock.advance(20);
    expect(over).toEqual(["first", "third"]);
  });
});
