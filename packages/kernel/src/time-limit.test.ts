import { createSimulatedClock } from "@shoal/testkit";
import { expect, test } from "vitest";
import { abortable } from "./abortable.ts";
import { withTimeLimit } from "./time-limit.ts";

const forever = (signal: AbortSignal) => abortable(new Promise<never>(() => {}), signal);

test("returns what comes of the work, and leaves no timer", async () => {
  const clock = createSimulatedClock();
  expect(await withTimeLimit({ clock, limitMs: 100 }, async () => 5)).toBe(5);
  const failing = withTimeLimit({ clock, limitMs: 100 }, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(clock.pendingTimers).toBe(0);
});

test("ends the work when its time is up, with the reason given", async () => {
  const clock = createSimulatedClock();
  const { signal } = new AbortController();
  const late = new Error("late");
  let isOver = false;
  const work = withTimeLimit({ clock, limitMs: 100, signal, late }, forever).finally(() => {
    isOver = true;
  });
  work.catch(() => {});
  await clock.advance(99);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await expect(work).rejects.toBe(late);
  const nameless = withTimeLimit({ clock, limitMs: 100 }, forever);
  nameless.catch(() => {});
  await clock.advance(100);
  await expect(nameless).rejects.toHaveProperty("name", "AbortError");
});

test("ends the work by the signal of who asks, also one that was aborted before", async () => {
  const clock = createSimulatedClock();
  const stop = new AbortController();
  const work = withTimeLimit({ clock, limitMs: 100, signal: stop.signal, late: new Error("late") }, forever);
  stop.abort("stopped");
  await expect(work).rejects.toBe("stopped");
  await expect(withTimeLimit({ clock, limitMs: 100, signal: stop.signal }, forever)).rejects.toBe("stopped");
  expect(clock.pendingTimers).toBe(0);
});
