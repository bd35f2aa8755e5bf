import fc from "fast-check";
import { expect, test } from "vitest";
import { PRESENCE_CALLS, PRESENCE_WINDOW_MS, presenceWaitMs } from "./presence-limit.ts";

test("waiting as told, no window of 30 s ever holds more than five calls", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20_000), fc.boolean()), { maxLength: 60 }), (wishes) => {
      const calls: number[] = [];
      let nowMs = 0;
      for (const [pauseMs, needsSpare] of wishes) {
        nowMs += pauseMs;
        const waitMs = presenceWaitMs(calls, needsSpare ? 1 : 0, nowMs);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        nowMs += waitMs;
        expect(presenceWaitMs(calls, needsSpare ? 1 : 0, nowMs)).toBe(0);
        calls.push(nowMs);
        const inWindow = calls.filter((atMs) => nowMs - atMs < PRESENCE_WINDOW_MS).length;
        expect(inWindow).toBeLessThanOrEqual(PRESENCE_CALLS);
        // A call that a spare was kept for need not wait.
        if (needsSpare) expect(presenceWaitMs(calls, 0, nowMs)).toBe(0);
      }
    }),
  );
});

test("five calls may be made at once, and the sixth when the first leaves the window", () => {
  expect(presenceWaitMs([0, 0, 0, 0], 0, 0)).toBe(0);
  expect(presenceWaitMs([0, 0, 0, 0, 0], 0, 0)).toBeGreaterThanOrEqual(PRESENCE_WINDOW_MS);
  expect(presenceWaitMs([0, 0, 0, 0], 1, 0)).toBeGreaterThanOrEqual(PRESENCE_WINDOW_MS);
  expect(presenceWaitMs([0, 0, 0, 0, 0], 0, 2 * PRESENCE_WINDOW_MS)).toBe(0);
});
