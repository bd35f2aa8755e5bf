import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, test, vi } from "vitest";
import { every, sleep, withTimeout } from "./clock.ts";

/** Counts abort listeners, because a leaked one keeps its owner in memory for as long as the signal lives. */
function watchedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const added = vi.spyOn(signal, "addEventListener");
  const removed = vi.spyOn(signal, "removeEventListener");
  return { controller, signal, listeners: () => added.mock.calls.length - removed.mock.calls.length };
}

/** A promise that is settled from outside. */
function gate<T = void>() {
  return Promise.withResolvers<T>();
}

describe("sleep", () => {
  test("resolves when its time has come, not before, and leaves no timer", async () => {
    const clock = createSimulatedClock();
    let awake = false;
    const done = sleep(clock, 100).then(() => {
      awake = true;
    });
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await done;
    expect(awake).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test("rejects with the signal's reason and cancels its timer when aborted", async () => {
    const clock = createSimulatedClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 100, controller.signal);
    const reason = new Error("drain");
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  test("starts no timer when the signal has aborted already", async () => {
    const clock = createSimulatedClock();
    const reason = new Error("too late");
    await expect(sleep(clock, 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  test("takes its abort listener away when it ends by itself", async () => {
    const clock = createSimulatedClock();
    const { signal, listeners } = watchedSignal();
    for (let round = 0; round < 20; round += 1) {
      const sleeping = sleep(clock, 10, signal);
      await clock.advance(10);
      await sleeping;
    }
    expect(listeners()).toBe(0);
  });
});

describe("withTimeout", () => {
  test("gives the value when the work is in time, and leaves no timer", async () => {
    const clock = createSimulatedClock();
    expect(await withTimeout(clock, 100, Promise.resolve(7))).toEqual({ kind: "value", value: 7 });
    expect(clock.pendingTimers).toBe(0);
  });

  test("gives a timeout as a value when the time runs out first", async () => {
    const clock = createSimulatedClock();
    const timed = withTimeout(clock, 100, gate().promise);
    await clock.advance(100);
    expect(await timed).toEqual({ kind: "timeout" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("passes on what the work throws in time, and leaves no timer", async () => {
    const clock = createSimulatedClock();
    const failure = new Error("refused");
    await expect(withTimeout(clock, 100, Promise.reject(failure))).rejects.toBe(failure);
    expect(clock.pendingTimers).toBe(0);
  });

  test("swallows a rejection that comes after the timeout", async () => {
    const clock = createSimulatedClock();
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { promise, reject } = gate();
    const timed = withTimeout(clock, 100, promise);
    await clock.advance(100);
    await timed;
    reject(new Error("late"));
    await clock.advance(0);
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("every", () => {
  test("ticks once per interval until cancelled, and leaves no timer", async () => {
    const clock = createSimulatedClock();
    const tick = vi.fn();
    const loop = every(clock, 100, tick, vi.fn());
    await clock.advance(350);
    expect(tick).toHaveBeenCalledTimes(3);
    loop.cancel();
    loop.cancel();
    await clock.advance(1000);
    expect(tick).toHaveBeenCalledTimes(3);
    expect(clock.pendingTimers).toBe(0);
  });

  test("never overlaps: the next wait starts when the last tick has settled", async () => {
    const clock = createSimulatedClock();
    const { promise, resolve } = gate();
    const tick = vi.fn(() => promise);
    const loop = every(clock, 100, tick, vi.fn());
    await clock.advance(1000);
    expect(tick).toHaveBeenCalledTimes(1);
    resolve();
    await clock.advance(99);
    expect(tick).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(tick).toHaveBeenCalledTimes(2);
    loop.cancel();
  });

  test("starts no new wait when cancelled during a tick", async () => {
    const clock = createSimulatedClock();
    const { promise, resolve } = gate();
    const loop = every(clock, 100, () => promise, vi.fn());
    await clock.advance(100);
    loop.cancel();
    resolve();
    await clock.advance(1000);
    expect(clock.pendingTimers).toBe(0);
  });

  test("reports what a tick throws, now or later, and goes on", async () => {
    const clock = createSimulatedClock();
    const failures = [new Error("now"), new Error("later")];
    const ticks = [
      () => {
        throw failures[0];
      },
      () => Promise.reject(failures[1]),
      () => undefined,
    ];
    const heard: unknown[] = [];
    const tick = vi.fn(() => ticks[tick.mock.calls.length - 1]?.());
    const loop = every(clock, 100, tick, (error) => heard.push(error));
    await clock.advance(300);
    loop.cancel();
    expect(heard).toEqual(failures);
    expect(tick).toHaveBeenCalledTimes(3);
  });

  test("asks for the interval anew before each wait", async () => {
    const clock = createSimulatedClock();
    const waits = [10, 20, 40];
    const at: number[] = [];
    const loop = every(
      clock,
      () => waits[at.length] ?? 1000,
      () => void at.push(clock.monotonicMs()),
      vi.fn(),
    );
    await clock.advance(100);
    loop.cancel();
    expect(at).toEqual([10, 30, 70]);
  });

  test("goes on even when reporting fails, and lets that failure surface", async () => {
    const clock = createSimulatedClock();
    const surfaced = vi.fn();
    process.on("unhandledRejection", surfaced);
    const tick = vi.fn(() => Promise.reject(new Error("tick")));
    const reporting = new Error("reporting");
    const loop = every(clock, 100, tick, () => {
      throw reporting;
    });
    await clock.advance(200);
    process.off("unhandledRejection", surfaced);
    loop.cancel();
    expect(tick).toHaveBeenCalledTimes(2);
    expect(surfaced.mock.calls.map(([error]) => error)).toEqual([reporting, reporting]);
  });
});
