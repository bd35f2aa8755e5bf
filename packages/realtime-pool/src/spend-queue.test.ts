import { createSimulatedClock } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpendQueue } from "./spend-queue.ts";

/** One second of the limit is 10, so 599 fit into a minute. */
const limits = { perSecond: 10, joinShare: 1, windowMs: 60_000 };
const WARM = 599;

function makeQueue(overrides: { readonly isCold?: boolean } = {}) {
  const clock = createSimulatedClock();
  const throttled: [ratio: number, coolDownMs: number][] = [];
  const queue = new SpendQueue({
    clock,
    limits,
    isCold: overrides.isCold ?? false,
    onThrottled: (...signal) => void throttled.push(signal),
  });
  /** What became of each request, in order: its name, and how long it took; negative when refused. */
  const settled: [name: string, waitMs: number][] = [];
  const ask = (name: string, rank = 0, limitMs = Number.POSITIVE_INFINITY, cost = 1) =>
    queue.ask({
      rank,
      cost: () => cost,
      limitMs,
      settle: (isGranted, waitMs) => void settled.push([name, isGranted ? waitMs : -waitMs]),
    });
  return { queue, clock, throttled, settled, ask };
}

describe("a spend queue", () => {
  it("grants at once while there is room", () => {
    const { queue, settled, ask } = makeQueue();
    ask("a");
    expect(queue.take(1)).toBe(true);
    expect(settled).toEqual([["a", 0]]);
    expect(queue.usage.used).toBe(2);
  });

  it("lets whoever came first go first, and a lower rank before all", async () => {
    const { queue, settled, ask, clock } = makeQueue();
    queue.record(WARM);
    ask("talk 1", 2);
    ask("talk 2", 2);
    ask("notice", -1);
    expect(queue.take(1)).toBe(false);
    await clock.advance(62_000);
    expect(settled).toEqual([
      ["notice", 60_600],
      ["talk 1", 60_600],
      ["talk 2", 60_600],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("refuses who has waited long enough, to the ms, and only those", async () => {
    const { queue, settled, ask, clock } = makeQueue();
    queue.record(WARM);
    ask("patient");
    ask("a", 0, 5000);
    await clock.advance(1000);
    ask("b", 0, 5000);
    await clock.advance(4000);
    expect(settled).toEqual([["a", -5000]]);
    await clock.advance(1000);
    expect(settled).toEqual([
      ["a", -5000],
      ["b", -5000],
    ]);
    expect(queue.waitingCount).toBe(1);
    await clock.advance(60_000);
    expect(settled.at(-1)?.[0]).toBe("patient");
  });

  it("pays what a request costs when its turn comes", async () => {
    const { queue, clock } = makeQueue();
    queue.record(WARM);
    let cost = 1;
    queue.ask({ rank: 0, cost: () => cost, limitMs: Number.POSITIVE_INFINITY, settle: () => {} });
    cost = 300;
    await clock.advance(62_000);
    expect(queue.usage.used).toBe(300);
  });

  it("forgets a request that was taken back, and lets the next one pass", () => {
    const { queue, settled, ask } = makeQueue();
    queue.record(WARM - 1);
    const takeBack = ask("two", 0, Number.POSITIVE_INFINITY, 2);
    ask("one");
    expect(settled).toEqual([]);
    takeBack();
    takeBack();
    expect(settled).toEqual([["one", 0]]);
  });

  it("grants nothing while it is held, and what is possible when it is released", async () => {
    const { queue, settled, ask, clock } = makeQueue();
    queue.hold();
    expect(queue.take(1)).toBe(false);
    ask("a");
    ask("b", 0, 1000);
    await clock.advance(2000);
    expect(settled).toEqual([["b", -1000]]);
    queue.release();
    expect(settled.at(-1)).toEqual(["a", 2000]);
  });

  it("says once that a signal halved it, and rests for the cool-down", async () => {
    const { queue, throttled, settled, ask, clock } = makeQueue();
    queue.rateLimited();
    queue.rateLimited();
    expect(throttled).toEqual([[0.5, 10_000]]);
    ask("a");
    await clock.advance(9_999);
    expect(settled).toEqual([]);
    await clock.advance(1);
    expect(settled).toEqual([["a", 10_000]]);
    expect(queue.usage).toMatchObject({ allowed: 299, ratio: 0.5 });
  });

  it("takes the limit the server tells, if it is lower than the configured one", () => {
    const { queue, settled, ask } = makeQueue();
    queue.limitTold(5);
    expect(queue.usage.allowed).toBe(299);
    queue.record(299);
    ask("a");
    expect(settled).toEqual([]);
    queue.limitTold(500);
    expect(queue.usage.allowed).toBe(WARM);
    expect(settled).toEqual([["a", 0]]);
  });

  it("spends the part that is its own, of a limit that was told as well, and lets go at once when it grows", () => {
    const { queue, settled, ask } = makeQueue();
    queue.setShare(1 / 3);
    expect(queue.usage.allowed).toBe(199);
    queue.limitTold(5);
    expect(queue.usage.allowed).toBe(99);
    queue.record(99);
    ask("a");
    expect(settled).toEqual([]);
    queue.setShare(1);
    expect([queue.usage.allowed, settled]).toEqual([299, [["a", 0]]]);
  });

  it("is cold from the first join after a restart, and forgets only when it is certain", () => {
    const { queue } = makeQueue();
    queue.record(500);
    queue.restarted(false);
    expect(queue.usage.allowed).toBe(WARM);
    queue.joined();
    expect(queue.usage).toMatchObject({ used: 500, allowed: 99 });
    queue.restarted(true);
    queue.restarted(false);
    queue.joined();
    expect(queue.usage).toMatchObject({ used: 0, allowed: 99 });
    queue.joined();
    expect(makeQueue({ isCold: true }).queue.usage.allowed).toBe(WARM);
  });

  it.each(["take", "ask", "record"] as const)(
    "is cold after five quiet minutes, whatever ends them: %s",
    async (how) => {
      const { queue, settled, clock } = makeQueue();
      queue.record(1);
      await clock.advance(5 * 60_000);
      if (how === "take") queue.take(1);
      if (how === "ask")
        queue.ask({ rank: 0, cost: () => 1, limitMs: 0, settle: (isGranted) => settled.push(["", Number(isGranted)]) });
      if (how === "record") queue.record(1);
      expect(queue.usage).toMatchObject({ used: 1, allowed: 99 });
      expect([queue.take(99), queue.take(98)]).toEqual([false, true]);
      await clock.advance(5500);
      expect([queue.take(51), queue.take(50)]).toEqual([false, true]);
    },
  );

  it("refuses everybody when it is closed, and leaves no timer", () => {
    const { queue, settled, ask, clock } = makeQueue();
    queue.record(WARM);
    ask("a", 0, 5000);
    queue.close();
    ask("b");
    expect(settled).toEqual([
      ["a", -0],
      ["b", -0],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("refuses a message at once when ten thousand wait already, but nobody who waits for as long as it takes", () => {
    const { queue, settled, ask } = makeQueue();
    queue.hold();
    for (let index = 0; index < 10_000; index += 1) ask("entry");
    ask("message", 0, 5000);
    ask("entry");
    expect(settled).toEqual([["message", -0]]);
    expect(queue.waitingCount).toBe(10_001);
  });

  it("settles every request once, in order of rank and time, and never beyond the window", async () => {
    const request = fc.record({
      waitMs: fc.integer({ min: 0, max: 3000 }),
      rank: fc.integer({ min: -1, max: 2 }),
      cost: fc.integer({ min: 1, max: 100 }),
      limitMs: fc.constantFrom(Number.POSITIVE_INFINITY, 5000),
      isTakenBack: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
        const { queue, clock } = makeQueue();
        const outcomes = requests.map(() => 0);
        const spent: { atMs: number; cost: number }[] = [];
        for (const [index, { waitMs, isTakenBack, cost, ...rest }] of requests.entries()) {
          await clock.advance(waitMs);
          const takeBack = queue.ask({
            ...rest,
            cost: () => cost,
            settle(isGranted) {
              outcomes[index] = (outcomes[index] ?? 0) + 1;
              if (isGranted) spent.push({ atMs: clock.monotonicMs(), cost });
            },
          });
          if (isTakenBack && outcomes[index] === 0) {
            takeBack();
            outcomes[index] = 1;
          }
        }
        while (queue.waitingCount > 0) expect(await clock.advanceToNext()).toBe(true);
        expect(outcomes).toEqual(requests.map(() => 1));
        for (const last of spent) {
          const inWindow = spent.filter(({ atMs }) => atMs <= last.atMs && atMs > last.atMs - 60_000);
          expect(inWindow.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThan(600);
        }
      }),
      { numRuns: 30 },
    );
  });
});
