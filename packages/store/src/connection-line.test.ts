import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { ConnectionLine } from "./connection-line.ts";

const WAIT_LIMIT_MS = 5_000;

/** A line for two connections, and work that ends when it is told to. */
function makeLine() {
  const clock = createSimulatedClock();
  const waits: (readonly [waitedMs: number, isBusy: boolean])[] = [];
  const onWaited = (...wait: readonly [number, boolean]) => void waits.push(wait);
  const line = new ConnectionLine({ clock, limit: 2, waitLimitMs: WAIT_LIMIT_MS, onWaited });
  const all = { limit: 2 };
  const begun: string[] = [];
  const work = (name: string, user = all) => {
    const end = Promise.withResolvers<void>();
    const done = line.use(user, async () => {
      begun.push(name);
      await end.promise;
      return name;
    });
    return { done, end: end.resolve, fail: end.reject };
  };
  return { clock, line, waits, begun, work };
}

describe("a line for two connections", () => {
  it("lets two through at once, and the others in their order", async () => {
    const { clock, line, waits, begun, work } = makeLine();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => work(name)) as [Work, Work, Work, Work];
    expect(begun).toEqual(["a", "b"]);
    expect([line.busyCount, line.waitingCount]).toEqual([2, 2]);
    await clock.advance(100);
    b.end();
    await b.done;
    await clock.advance(0);
    expect(begun).toEqual(["a", "b", "c"]);
    a.fail(new Error("mine"));
    await expect(a.done).rejects.toThrow("mine");
    c.end();
    d.end();
    expect(await Promise.all([c.done, d.done])).toEqual(["c", "d"]);
    await line.whenEmpty();
    expect(waits).toEqual([
      [0, false],
      [0, false],
      [100, false],
      [100, false],
    ]);
    expect([line.busyCount, line.waitingCount, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it("refuses who has waited for too long, with what is at work and what to do", async () => {
    const { clock, line, waits, begun, work } = makeLine();
    const [a, b, late] = [work("a"), work("b"), work("late")];
    const refused = expect(late.done).rejects.toMatchObject({
      ...{ code: "STORE_BUSY", retryable: true, details: { limit_ms: WAIT_LIMIT_MS, connection_count: 2 } },
      message: expect.stringMatching(/within 5000 ms: all 2 are at work.*DATABASE_CONNECTIONS/),
    });
    await clock.advance(WAIT_LIMIT_MS);
    await refused;
    expect(waits.at(-1)).toEqual([WAIT_LIMIT_MS, true]);
    a.end();
    b.end();
    await line.whenEmpty();
    expect(begun).toEqual(["a", "b"]);
  });

  it("keeps a user to its share, and lets others pass it", async () => {
    const { clock, begun, work } = makeLine();
    const handlers = { limit: 1 };
    const [first, second, own] = [work("first", handlers), work("second", handlers), work("own")];
    expect(begun).toEqual(["first", "own"]);
    own.end();
    await own.done;
    await clock.advance(0);
    expect(begun).toEqual(["first", "own"]);
    first.end();
    await first.done;
    second.end();
    expect(await second.done).toBe("second");
  });

  it("refuses all who wait when it is told to, and goes on", async () => {
    const { clock, line, work } = makeLine();
    const [a, b, c] = [work("a"), work("b"), work("c")];
    line.refuseAll(new Error("away"));
    await expect(c.done).rejects.toThrow("away");
    a.end();
    b.end();
    const later = work("later");
    later.end();
    expect(await later.done).toBe("later");
    expect(clock.pendingTimers).toBe(0);
  });
});

type Work = ReturnType<ReturnType<typeof makeLine>["work"]>;
