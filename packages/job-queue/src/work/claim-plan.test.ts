import { describe, expect, it } from "vitest";
import { claimRoomBytes, idleDelayMs, type LaneLoad, nextToRun, planClaim } from "./claim-plan.ts";

const load = (name: string, overrides: Partial<LaneLoad> = {}): LaneLoad => ({
  ...{ name, waiting: 0, running: 0, unwritten: 0, averageMs: undefined },
  ...overrides,
});
const quantities = (loads: readonly LaneLoad[], concurrency: number, batchSize = 25) =>
  planClaim(loads, { concurrency, batchSize, readAheadMs: 250 }).map(({ lane, quantity }) => [lane, quantity]);

describe("what to claim", () => {
  it("shares the free handlers equally while nothing is known of them", () => {
    expect(quantities([load("a"), load("b")], 8)).toEqual([
      ["a", 4],
      ["b", 4],
    ]);
    expect(quantities([load("a", { running: 6 }), load("b")], 8)).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(quantities([load("a", { running: 8 })], 8)).toEqual([]);
  });

  it("claims no more than a batch at once", () => {
    expect(quantities([load("a")], 64)).toEqual([["a", 25]]);
  });

  it.each([1, 4, 16, 64])("claims whole batches for quick handlers, also when only %i run at once", (concurrency) => {
    const quick = { averageMs: 0.01 };
    expect(planClaim([load("a", quick)], { concurrency, batchSize: 25, readAheadMs: 250 })).toEqual([
      { lane: "a", quantity: 25, isWorthwhile: true },
    ]);
    expect(
      planClaim([load("a", { ...quick, waiting: 25 })], { concurrency, batchSize: 25, readAheadMs: 250 }),
    ).toMatchObject([{ quantity: 25, isWorthwhile: true }]);
    expect(quantities([load("a", { averageMs: 0 })], concurrency)).toEqual([["a", 25]]);
  });

  it("lets nothing wait here for handlers that take long", () => {
    expect(quantities([load("a", { averageMs: 20_000 })], 4)).toEqual([["a", 4]]);
    expect(quantities([load("a", { averageMs: 20_000, running: 4 })], 4)).toEqual([]);
    expect(quantities([load("a", { averageMs: 100, running: 4 })], 4)).toEqual([["a", 10]]);
  });

  it("does not make a round trip for each handler that ends", () => {
    const busy = load("a", { averageMs: 20_000, running: 63 });
    expect(planClaim([busy], { concurrency: 64, batchSize: 25, readAheadMs: 250 })).toEqual([
      { lane: "a", quantity: 1, isWorthwhile: false },
    ]);
  });

  it("claims no work ahead for a source that lets none wait here, and counts what claims under way may bring", () => {
    const limits = { concurrency: 8, batchSize: 25, readAheadMs: 0 };
    expect(planClaim([load("a", { averageMs: 0.01, running: 2 })], limits, 3)).toMatchObject([{ quantity: 3 }]);
    expect(planClaim([load("a", { averageMs: 0.01 })], limits, 8)).toEqual([]);
  });

  it("asks for nothing more of a lane whose outcomes cannot be written", () => {
    const behind = load("a", { averageMs: 0.01, unwritten: 8 * 25 + 4 });
    expect(quantities([behind, load("b")], 4)).toEqual([["b", 2]]);
    expect(quantities([{ ...behind, unwritten: behind.unwritten - 1 }], 4)).toEqual([["a", 25]]);
  });

  it("always asks for a lane that has nothing here while a handler is free", () => {
    const hog = load("hog", { averageMs: 5_000, waiting: 20, running: 3 });
    expect(quantities([hog, load("other")], 4)).toEqual([["other", 1]]);
  });
});

describe("the pace of an idle engine", () => {
  it("doubles up to a second", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1_000].map((count) => idleDelayMs(count, 25, 1_000))).toEqual([
      25, 50, 100, 200, 400, 800, 1_000, 1_000,
    ]);
  });
});

describe("which lane runs next", () => {
  const full = (queue: string, running: number) => load(queue, { waiting: 10, running });

  it("takes turns", () => {
    const loads = [full("a", 1), full("b", 1), load("c", { running: 1 })];
    expect([0, 1, 2].map((from) => nextToRun(loads, from, 10))).toEqual([0, 1, 0]);
  });

  it("is none when all handlers are busy or nothing waits", () => {
    expect(nextToRun([full("a", 2), full("b", 2)], 0, 4)).toBeUndefined();
    expect(nextToRun([load("a"), load("b")], 0, 4)).toBeUndefined();
    expect(nextToRun([], 0, 4)).toBeUndefined();
  });

  it("keeps a handler free for each lane that runs none, up to half of them", () => {
    const others = [load("b"), load("c"), load("d")];
    expect(nextToRun([full("a", 6), ...others], 0, 10)).toBe(0);
    expect(nextToRun([full("a", 7), ...others], 0, 10)).toBeUndefined();
    expect(nextToRun([full("a", 7), full("b", 0), load("c"), load("d")], 0, 10)).toBe(1);
    expect(nextToRun([full("a", 1), ...others], 0, 4)).toBe(0);
    expect(nextToRun([full("a", 2), ...others], 0, 4)).toBeUndefined();
    expect(nextToRun([full("a", 0), ...others], 0, 1)).toBe(0);
  });
});

describe("the bytes of payloads that may come", () => {
  it.each([
    [0, 1_000_000],
    [999_999, 1_000_000],
    [1_400_000, 600_000],
    [2_000_000, 0],
    // A claim brings one work at least, however large.
    [3_500_000, 0],
  ])("beside %i that are here are %i", (heldBytes, bytes) => expect(claimRoomBytes(heldBytes)).toBe(bytes));
});
