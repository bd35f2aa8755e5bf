import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { fullJitter } from "./backoff.ts";
import { createLoop } from "./loop.ts";

/** Work that settles when the test says so. */
const makeLoop = () => {
  const runtime = testRuntime();
  const runs: { resolve: (nextMs: number) => void; reject: (error: Error) => void }[] = [];
  const errors: unknown[] = [];
  const reported: string[] = [];
  const loop = createLoop({
    runtime,
    work: () => new Promise<number>((resolve, reject) => runs.push({ resolve, reject })),
    onError: (error) => errors.push(error),
    report: { succeeded: () => reported.push("succeeded"), failed: (error) => reported.push(`failed: ${error}`) },
    backoff: { ...fullJitter(100, 1_000), jitter: "proportional", jitterRatio: 0 },
    nudgeMs: 5,
  });
  const finish = async (nextMs: number) => {
    runs.at(-1)?.resolve(nextMs);
    await runtime.clock.advance(0);
  };
  const fail = async () => {
    runs.at(-1)?.reject(new Error("down"));
    await runtime.clock.advance(0);
  };
  return { loop, clock: runtime.clock, runs, errors, reported, finish, fail };
};

describe("loop", () => {
  it("runs at once, and again when the work says", async () => {
    const { loop, clock, runs, finish } = makeLoop();
    loop.start();
    loop.start();
    await clock.advance(0);
    expect(runs).toHaveLength(1);
    await finish(1_000);
    await clock.advance(999);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
  });

  it("makes one early run of many nudges", async () => {
    const { loop, clock, runs, finish } = makeLoop();
    loop.start();
    await clock.advance(0);
    await finish(1_000);
    loop.nudge();
    await clock.advance(4);
    loop.nudge();
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
  });

  it("runs when it is told that work is due, unless it does so earlier", async () => {
    const { loop, clock, runs, finish } = makeLoop();
    loop.start();
    await clock.advance(0);
    loop.dueIn(10);
    await finish(1_000);
    loop.dueIn(2_000);
    loop.dueIn(300);
    await clock.advance(299);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
    await finish(1_000);
    loop.dueIn(0);
    await clock.advance(5);
    expect(runs).toHaveLength(3);
  });

  it("runs once more after a run during which it was nudged, never two at a time", async () => {
    const { loop, clock, runs, finish } = makeLoop();
    loop.start();
    await clock.advance(0);
    loop.nudge();
    loop.nudge();
    await clock.advance(1_000);
    expect(runs).toHaveLength(1);
    await finish(1_000);
    await clock.advance(5);
    expect(runs).toHaveLength(2);
    await finish(1_000);
    await clock.advance(999);
    expect(runs).toHaveLength(2);
  });

  it("backs off after failures whoever nudges, and recovers", async () => {
    const { loop, clock, runs, errors, finish, fail } = makeLoop();
    loop.start();
    await clock.advance(0);
    await fail();
    loop.nudge();
    await clock.advance(99);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    await fail();
    await clock.advance(199);
    expect(runs).toHaveLength(2);
    await clock.advance(1);
    expect(runs).toHaveLength(3);
    expect(errors).toHaveLength(2);
    await finish(1_000);
    loop.nudge();
    await clock.advance(5);
    await fail();
    await clock.advance(100);
    expect(runs).toHaveLength(5);
  });

  it("reports how each run ends", async () => {
    const { loop, clock, reported, finish, fail } = makeLoop();
    loop.start();
    await clock.advance(0);
    await fail();
    await clock.advance(100);
    await finish(1_000);
    expect(reported).toEqual(["failed: Error: down", "succeeded"]);
  });

  it("stops after the running work, leaves no timer and stays stopped", async () => {
    const { loop, clock, runs, finish } = makeLoop();
    loop.start();
    await clock.advance(0);
    let isStopped = false;
    const stopped = loop.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(10);
    expect(isStopped).toBe(false);
    await finish(1_000);
    await stopped;
    loop.nudge();
    loop.start();
    await loop.stop();
    await clock.advance(10_000);
    expect(runs).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("stops while it waits and while it backs off", async () => {
    const waiting = makeLoop();
    waiting.loop.start();
    await waiting.loop.stop();
    expect(waiting.clock.pendingTimers).toBe(0);
    const failing = makeLoop();
    failing.loop.start();
    await failing.clock.advance(0);
    await failing.fail();
    await failing.loop.stop();
    expect(failing.clock.pendingTimers).toBe(0);
  });

  it("counts a failure of its last run too", async () => {
    const { loop, clock, errors, fail } = makeLoop();
    loop.start();
    await clock.advance(0);
    const stopped = loop.stop();
    await fail();
    await stopped;
    expect(errors).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
