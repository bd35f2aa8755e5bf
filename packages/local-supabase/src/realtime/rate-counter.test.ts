import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateCounter } from "./rate-counter.ts";

const SECOND_MS = 1000;
const LIMIT = 100;

/** The first moment at or after `fromMs`, in steps of `stepMs`, at which the counter is (not) tripped. */
function firstAt(counter: RateCounter, isTripped: boolean, fromMs: number, stepMs = 100): number {
  for (let nowMs = fromMs; nowMs < fromMs + 300 * SECOND_MS; nowMs += stepMs) {
    if (counter.isTripped(nowMs) === isTripped) return nowMs;
  }
  throw new Error("it never happened");
}

describe("a rate counter", () => {
  it.each([
    // [counted at the start, tripped after, clear after]: the measured numbers are 2,500 joins and 20 s
    [1000, 5, 10],
    [2500, 5, 25],
    [4000, 5, 40],
    [5999, 5, 55],
    [6000, 5, 65],
    [60_000, 5, 65],
  ])("that is cold trips over %d at once after %d s and clears after %d s", (count, trippedS, clearS) => {
    const counter = new RateCounter({ limit: () => LIMIT });
    counter.add(0, count);
    expect(counter.isTripped(0)).toBe(false);
    expect(firstAt(counter, true, 0)).toBe(trippedS * SECOND_MS);
    expect(firstAt(counter, false, trippedS * SECOND_MS)).toBe(clearS * SECOND_MS);
  });

  it("that is cold lets pass what stays below limit x 10 by its first look", () => {
    const counter = new RateCounter({ limit: () => LIMIT });
    counter.add(0, 999);
    expect(counter.isTripped(5 * SECOND_MS)).toBe(false);
    expect(counter.averagePerSecond(5 * SECOND_MS)).toBeCloseTo(99.9);
  });

  it.each([
    [5999, false],
    [6000, true],
  ])("that is warm takes %d at once: tripped is %s", (count, isTripped) => {
    const counter = new RateCounter({ limit: () => LIMIT });
    for (let nowMs = 0; nowMs <= 60 * SECOND_MS; nowMs += 5 * SECOND_MS) counter.add(nowMs);
    counter.add(61 * SECOND_MS, count - 12);
    expect(counter.isTripped(65 * SECOND_MS)).toBe(isTripped);
  });

  it("looks at ticks only", () => {
    const counter = new RateCounter({ limit: () => LIMIT });
    counter.add(0, 10_000);
    expect(counter.isTripped(4999)).toBe(false);
    expect(counter.averagePerSecond(4999)).toBe(0);
    expect(counter.isTripped(5000)).toBe(true);
    expect(counter.averagePerSecond(9999)).toBe(1000);
  });

  it("starts anew after five minutes in which it counted nothing", () => {
    const counter = new RateCounter({ limit: () => LIMIT });
    counter.add(0);
    counter.add(301 * SECOND_MS, 1000);
    expect(counter.isTripped(305 * SECOND_MS)).toBe(false);
    expect(counter.isTripped(306 * SECOND_MS)).toBe(true);
  });

  it("keeps counting while there is something in its window when it is checked", () => {
    const counter = new RateCounter({ limit: () => LIMIT });
    counter.add(0);
    counter.add(290 * SECOND_MS, 1);
    counter.add(301 * SECOND_MS, 5000);
    expect(counter.averagePerSecond(305 * SECOND_MS)).toBeCloseTo(5001 / 60);
    expect(counter.isTripped(310 * SECOND_MS)).toBe(false);
  });

  it("takes a changed limit from the next tick on", () => {
    let limit = LIMIT;
    const counter = new RateCounter({ limit: () => limit });
    counter.add(0, 500);
    expect(counter.isTripped(6 * SECOND_MS)).toBe(false);
    counter.settle(12 * SECOND_MS);
    limit = 1;
    expect(counter.isTripped(14 * SECOND_MS)).toBe(false);
    expect(counter.isTripped(15 * SECOND_MS)).toBe(true);
    counter.settle(16 * SECOND_MS);
    limit = 1000;
    expect(counter.isTripped(19 * SECOND_MS)).toBe(true);
    expect(counter.isTripped(20 * SECOND_MS)).toBe(false);
  });

  it("is not started by being settled", () => {
    const counter = new RateCounter({ limit: () => LIMIT });
    counter.settle(0);
    counter.add(3 * SECOND_MS, 1000);
    expect(counter.isTripped(5 * SECOND_MS)).toBe(false);
    expect(counter.isTripped(8 * SECOND_MS)).toBe(true);
  });

  it("is over its limit from the next tick while somebody else counts too, and until the average fell", () => {
    let isExceeded = false;
    const counter = new RateCounter({ limit: () => LIMIT, isExceeded: () => isExceeded });
    counter.add(0);
    counter.settle(7 * SECOND_MS);
    isExceeded = true;
    expect(counter.isTripped(9 * SECOND_MS)).toBe(false);
    expect(firstAt(counter, true, 9 * SECOND_MS)).toBe(10 * SECOND_MS);
    expect(counter.isTripped(200 * SECOND_MS)).toBe(true);
    counter.settle(201 * SECOND_MS);
    isExceeded = false;
    // The last of the foreign count was at 190 s, when the one of 130 s left the window, and just reaches the limit.
    const clearMs = firstAt(counter, false, 201 * SECOND_MS);
    expect(clearMs).toBeGreaterThan(201 * SECOND_MS);
    expect(clearMs).toBeLessThanOrEqual(261 * SECOND_MS);
  });

  it("is over without a limit as well, and no longer than somebody else counts", () => {
    let isExceeded = true;
    const counter = new RateCounter({ limit: () => Number.POSITIVE_INFINITY, isExceeded: () => isExceeded });
    counter.add(0);
    expect(counter.isTripped(5 * SECOND_MS)).toBe(true);
    expect(counter.isTripped(10 * SECOND_MS)).toBe(true);
    isExceeded = false;
    expect(counter.isTripped(15 * SECOND_MS)).toBe(false);
    expect(counter.averagePerSecond(15 * SECOND_MS)).toBe(1 / 20);
  });

  it("never trips without a limit", () => {
    const counter = new RateCounter({ limit: () => Number.POSITIVE_INFINITY });
    counter.add(0, 1e9);
    expect(counter.isTripped(5 * SECOND_MS)).toBe(false);
  });

  it("agrees with the definition: sum over the kept ticks, by their number and length, asked whenever", () => {
    const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 9000 }), count: fc.nat(2000) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 9000 }), (history, restMs) => {
        const counter = new RateCounter({ limit: () => LIMIT });
        const counted: { atMs: number; count: number }[] = [];
        let nowMs = 0;
        counter.add(0, 0);
        for (const { afterMs, count } of history) {
          nowMs += afterMs;
          counter.add(nowMs, count);
          counted.push({ atMs: nowMs, count });
        }
        nowMs += restMs;
        // Long histories may pass a check for idleness, which is no part of this definition.
        fc.pre(nowMs < 300 * SECOND_MS);
        const lastTick = Math.floor(nowMs / 5000);
        const keptTicks = Math.min(12, lastTick + 1);
        // What is counted at the moment of a tick belongs to the next one.
        const sum = counted.reduce((total, { atMs, count }) => {
          const tick = Math.floor(atMs / 5000) + 1;
          return tick <= lastTick && tick > lastTick - keptTicks ? total + count : total;
        }, 0);
        expect(counter.averagePerSecond(nowMs)).toBeCloseTo(sum / keptTicks / 5);
        expect(counter.isTripped(nowMs)).toBe(sum / (keptTicks * 5) >= LIMIT);
      }),
    );
  });

  it("says the same whether it is asked often or once", () => {
    const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 200_000 }), count: fc.nat(9000) }));
    fc.assert(
      fc.property(steps, (history) => {
        const often = new RateCounter({ limit: () => LIMIT });
        const seldom = new RateCounter({ limit: () => LIMIT });
        let nowMs = 0;
        for (const { afterMs, count } of history) {
          for (let askedMs = nowMs; askedMs < nowMs + afterMs; askedMs += 1700) often.settle(askedMs);
          nowMs += afterMs;
          often.add(nowMs, count);
          seldom.add(nowMs, count);
          expect(often.averagePerSecond(nowMs)).toBe(seldom.averagePerSecond(nowMs));
        }
      }),
    );
  });
});
