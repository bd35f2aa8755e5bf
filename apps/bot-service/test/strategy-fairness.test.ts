import { describe, expect, it } from "vitest";
import type { StrategyClaim } from "../src/strategies/executor/statements.ts";
import { addStrategies, ownerId, ran, refreshOwners, strategyTests, turn } from "./strategy-support.ts";

const BATCH = 25;
/** Cron of which no further tick comes: whatever the time, each runs once. */
const ONCE = { intervalMs: null };

/** Strategies of one owner that are due, the earliest first. */
const due = (owner: number, count: number, dueInMs = -1000) =>
  Array.from({ length: count }, (_, n) => ({ owner, ...ONCE, dueInMs: dueInMs + n / 1000 }));

describe("fairness between owners", () => {
  const { test } = strategyTests();

  /** Claims and settles like one executor with one statement at a time; each run takes what `durationMs` says. Ends when `isEnough`. */
  async function work(durationMs: (claim: StrategyClaim) => number, isEnough: (claimCount: number) => boolean) {
    const counts = new Map<string, number>();
    let claimed: readonly StrategyClaim[] = [];
    let seen: string | null = null;
    for (let claimCount = 0; !isEnough(claimCount); claimCount += 1) {
      const done = claimed.map((each) => ran(each, { durationMs: durationMs(each) }));
      // As an executor, which looks at all now and then.
      if (claimCount % 10 === 0) seen = null;
      ({ claimed, seen } = await turn(test.database, { limit: BATCH, done, seen }));
      for (const { ownerId: owner } of claimed) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      if (claimed.length === 0) break;
    }
    return counts;
  }

  const weigh = (owner: number, weight: number) =>
    test.database.query("update shoal.strategy_owners set weight = $2 where owner_id = $1", [ownerId(owner), weight]);

  it("serves 500 owners with one strategy each beside one with 20,000, however long that one has been due", async () => {
    const owners = Array.from({ length: 500 }, (_, n) => n + 2);
    await addStrategies(test.database, due(1, 20_000, -600_000));
    await addStrategies(
      test.database,
      owners.map((owner) => ({ owner, ...ONCE, dueInMs: -10 })),
    );
    // Enough for all, with as much again for the large one.
    const first = await work(
      () => 1,
      (claimCount) => claimCount === 40,
    );
    for (const owner of owners) expect(first.get(ownerId(owner))).toBe(1);
    expect(first.get(ownerId(1))).toBe(40 * BATCH - 500);

    // They come again while the large one still waits: what they did not use in between gives no advantage, and no delay.
    await test.database.query(
      "update shoal.strategy_clock set due_at = now(), next_execution_at = now() where owner_id <> $1",
      [ownerId(1)],
    );
    await refreshOwners(test.database, owners.map(ownerId));
    const second = await work(
      () => 1,
      (claimCount) => claimCount === 22,
    );
    for (const owner of owners) expect(second.get(ownerId(owner))).toBe(1);
    expect(second.get(ownerId(1))).toBe(22 * BATCH - 500);
  });

  it("gives an owner of twice the weight twice the runs, and one of little weight little, but some", async () => {
    await addStrategies(test.database, [...due(1, 600), ...due(2, 600), ...due(3, 600)]);
    await weigh(1, 2);
    await weigh(3, 0.1);
    const counts = await work(
      () => 5,
      (claimCount) => claimCount === 31,
    );
    const [twice = 0, once = 0, little = 0] = [1, 2, 3].map((owner) => counts.get(ownerId(owner)));
    expect(twice + once + little).toBe(31 * BATCH);
    expect(Math.abs(twice - 500)).toBeLessThanOrEqual(BATCH);
    expect(Math.abs(once - 250)).toBeLessThanOrEqual(BATCH);
    expect(Math.abs(little - 25)).toBeLessThanOrEqual(10);
  });

  it("shares time, not runs: the owner of slow strategies gets fewer of them", async () => {
    await addStrategies(test.database, [...due(1, 1500), ...due(2, 1500)]);
    const counts = await work(
      (claim) => (claim.ownerId === ownerId(1) ? 50 : 5),
      (claimCount) => claimCount === 40,
    );
    const [slow = 0, fast = 0] = [1, 2].map((owner) => counts.get(ownerId(owner)));
    expect(slow + fast).toBe(40 * BATCH);
    // 10 to 1, once it is known.
    expect(fast / slow).toBeGreaterThan(6);
    expect(fast / slow).toBeLessThan(11);
  });

  it("gives all to an owner that is alone, whatever it has used before", async () => {
    await addStrategies(test.database, due(1, 300));
    await weigh(1, 0.01);
    await work(
      () => 30_000,
      (claimCount) => claimCount === 3,
    );
    expect((await turn(test.database, { limit: 100 })).claimed).toHaveLength(100);
  });

  it("gives to the others what an owner does not need", async () => {
    await addStrategies(test.database, [...due(1, 3), ...due(2, 100), ...due(3, 1)]);
    const { claimed } = await turn(test.database, { limit: BATCH });
    expect(claimed).toHaveLength(BATCH);
    expect(claimed.filter((claim) => claim.ownerId !== ownerId(2))).toHaveLength(4);
  });

  it("takes back no more than a minute of an owner's place for runs that took very long", async () => {
    await addStrategies(test.database, [...due(1, 50), ...due(2, 2000)]);
    await weigh(1, 0.01);
    await work(
      () => 30_000,
      (claimCount) => claimCount === 2,
    );
    // By its share it has had hours. The other one gets a minute before it, at a second for each run.
    await test.database.query("update shoal.strategy_owners set cost_ms = 1000 where owner_id = $1", [ownerId(2)]);
    const counts = await work(
      () => 1000,
      (claimCount) => claimCount === 10,
    );
    expect(counts.get(ownerId(1))).toBeGreaterThan(0);
  });

  it("claims the earliest of an owner first, and lets owners with the same place take turns", async () => {
    await addStrategies(test.database, [...due(1, 10), ...due(2, 10)]);
    const order: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const { claimed } = await turn(test.database, { limit: 1 });
      order.push(...claimed.map((claim) => claim.ownerId));
    }
    for (let n = 0; n < 20; n += 2) expect(new Set(order.slice(n, n + 2)).size).toBe(2);
  });
});
