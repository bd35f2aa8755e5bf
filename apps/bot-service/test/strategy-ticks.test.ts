import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import {
  addStrategies,
  addStrategy,
  claim,
  claimOne,
  clock,
  clocks,
  LEASE_MS,
  MINUTE,
  ownerId,
  passTime,
  ran,
  refreshOwners,
  released,
  skipped,
  strategyTests,
  turn,
  unable,
  wrongOwners,
} from "./strategy-support.ts";

/** Whether a tick lies on the grid of a strategy. */
function isOnGrid(id: string, intervalMs: number, tickMs: number | null): boolean {
  return tickMs !== null && (tickMs - Number.parseInt(id.slice(0, 8), 16)) % intervalMs === 0;
}

describe.each(backends())("ticks of strategies on the %s Postgres", (backend) => {
  const { test, settle } = strategyTests(backend);

  it("goes on to the next tick of the grid, which no run late or long moves, and counts what was missed", async () => {
    const intervalMs = 7 * MINUTE;
    const id = await addStrategy(test.database, { intervalMs });
    // On the grid, ten ticks ago.
    await test.database.query(
      `update shoal.strategy_clock c set next_execution_at = t.tick, due_at = t.tick
       from (select shoal.strategy_next_tick($1, $2, now() - $2::float8 * 10 * interval '1 millisecond') as tick) t`,
      [id, intervalMs],
    );
    await refreshOwners(test.database, [ownerId(1)]);
    const held = await claimOne(test.database);
    expect(isOnGrid(id, intervalMs, held.plannedAtMs)).toBe(true);
    await settle(ran(held));
    const late = await clock(test.database, id);
    expect(late.tick_ms).toBe(late.due_ms);
    expect(isOnGrid(id, intervalMs, late.tick_ms)).toBe(true);
    expect(late.tick_ms).toBeGreaterThan(late.now_ms - 1000);
    expect(late.tick_ms).toBeLessThanOrEqual(late.now_ms + intervalMs);
    expect(late.missed).toBe(((late.tick_ms ?? 0) - held.plannedAtMs) / intervalMs - 1);
    expect(late.missed).toBeGreaterThanOrEqual(8);

    // In time: nothing is missed.
    await passTime(test.database, (late.due_ms ?? 0) - late.now_ms + 50);
    await settle(ran(await claimOne(test.database)));
    expect((await clock(test.database, id)).missed).toBe(late.missed);
  });

  it("waits until the tick at or after a moment given, and counts none of those before as missed", async () => {
    const intervalMs = 1000;
    const [failing = "", idle = ""] = await addStrategies(test.database, [{ intervalMs }, { intervalMs }]);
    const held = await claim(test.database);
    const notBeforeMs = (held[0]?.nowMs ?? 0) + 90_000.5;
    const of = (id: string) => held.find((each) => each.id === id) ?? held[0] ?? expect.fail();
    await settle(ran(of(failing), { outcome: "failed", notBeforeMs }), skipped(of(idle), { untilMs: notBeforeMs }));
    for (const id of [failing, idle]) {
      const row = await clock(test.database, id);
      expect(row.due_ms).toBeGreaterThanOrEqual(notBeforeMs);
      expect(row.due_ms).toBeLessThan(notBeforeMs + intervalMs);
      expect(isOnGrid(id, intervalMs, row.due_ms)).toBe(true);
      expect(row.missed).toBeLessThan(60);
    }
    const exactMs = (await clock(test.database, idle)).due_ms ?? 0;
    await test.database.query("update shoal.strategy_clock set due_at = now() where strategy_id = $1", [idle]);
    await refreshOwners(test.database, [ownerId(1)]);
    await settle(skipped(await claimOne(test.database), { untilMs: exactMs + intervalMs }));
    expect((await clock(test.database, idle)).due_ms).toBe(exactMs + intervalMs);
  });

  it("takes the next tick of cron from the daemon, and ends where there is none", async () => {
    const id = await addStrategy(test.database, { intervalMs: null });
    const held = await claimOne(test.database);
    const nextAtMs = Math.floor(held.nowMs) + 3_600_000;
    await settle(ran(held, { nextAtMs, missedCount: 7 }));
    expect(await clock(test.database, id)).toMatchObject({ tick_ms: nextAtMs, due_ms: nextAtMs, missed: 7 });
    await passTime(test.database, 3_700_000);
    await settle(ran(await claimOne(test.database), { nextAtMs: null }));
    expect(await clock(test.database, id)).toMatchObject({ tick_ms: null, due_ms: null, missed: 7, total: 2 });
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it("runs by hand without moving the grid, also a strategy that is stopped", async () => {
    const [running = "", stopped = ""] = await addStrategies(test.database, [
      { tickInMs: 30_000, dueInMs: -10, isManual: true },
      { tickInMs: 30_000, dueInMs: -10, isManual: true, status: "stopped" },
    ]);
    const before = new Map((await clocks(test.database)).map((row) => [row.id, row]));
    const held = await claim(test.database);
    expect(held.map(({ isManual, plannedAtMs, nowMs }) => isManual && plannedAtMs === nowMs)).toEqual([true, true]);
    // One that cannot be run is tried again by hand.
    await settle(...held.map((each) => unable(each, 0)));
    const again = await claim(test.database);
    expect(again.map(({ isManual }) => isManual)).toEqual([true, true]);
    await settle(...again.map((each) => ran(each, { notBeforeMs: each.nowMs + 1e6 })));
    const tickMs = before.get(running)?.tick_ms;
    const after = { is_manual: false, total: 1, missed: 0, tick_ms: tickMs };
    expect(await clock(test.database, running)).toMatchObject({ ...after, due_ms: tickMs });
    expect(await clock(test.database, stopped)).toMatchObject({ ...after, due_ms: null });
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it.each([
    ["stopped", false],
    ["stopped", true],
    ["running", false],
    ["running", true],
  ] as const)(
    "runs once more for a request by hand while it runs (%s; by hand itself: %s)",
    async (status, isManual) => {
      const id = await addStrategy(test.database, {
        status,
        isManual,
        dueInMs: -10,
        tickInMs: isManual ? 30_000 : -10,
      });
      const held = await claimOne(test.database);
      expect(held.isManual).toBe(isManual);
      await test.database.query("update shoal.strategy_clock set is_manual = true");
      await settle(ran(held));
      const again = await claimOne(test.database);
      expect(again).toMatchObject({ id, isManual: true, epoch: 2 });
      await settle(ran(again));
      expect(await claim(test.database)).toEqual([]);
      expect(await clock(test.database, id)).toMatchObject({ is_manual: false, total: 2 });
      expect(await wrongOwners(test.database)).toEqual([]);
    },
  );

  it("runs by hand also when its claim was lost or given back, and not after a pause", async () => {
    const id = await addStrategy(test.database, { status: "stopped", isManual: true, dueInMs: -10 });
    await claimOne(test.database, "w1");
    await passTime(test.database, LEASE_MS);
    const held = await claimOne(test.database, "w2");
    expect(held).toMatchObject({ isManual: true, lostClaims: 1 });
    await turn(test.database, { holder: "w2", limit: 0, done: [released(held)] });
    const again = await claimOne(test.database);
    expect(again.isManual).toBe(true);
    await test.database.query("update shoal.strategy_clock set is_manual = true");
    await settle(ran(again, { pause: { status: "quarantined", reason: "A" } }));
    expect(await clock(test.database, id)).toMatchObject({ is_manual: false, due_ms: null });
    // A claim that a stop made out of date says nothing of the next one.
    await test.database.query(
      "update shoal.strategy_clock set due_at = now(), is_claim_manual = true, claimed_at = null",
    );
    await refreshOwners(test.database, [ownerId(1)]);
    expect(await claimOne(test.database)).toMatchObject({ isManual: false });
  });

  it("skips a tick with its reason until one runs", async () => {
    const id = await addStrategy(test.database);
    await settle(skipped(await claimOne(test.database), { reason: "cooldown" }));
    const skip = {
      skipped: 1,
      skipped_reason: "cooldown",
      is_skipped_since: true,
      total: 0,
      consecutive_failures: 0,
      revision: 0,
    };
    expect(await clock(test.database, id)).toMatchObject(skip);
    await passTime(test.database, MINUTE);
    await settle(skipped(await claimOne(test.database), { reason: "market_closed" }));
    expect(await clock(test.database, id)).toMatchObject({
      skipped: 2,
      skipped_reason: "market_closed",
      is_skipped_since: true,
    });
    await passTime(test.database, MINUTE);
    await settle(ran(await claimOne(test.database)));
    expect(await clock(test.database, id)).toMatchObject({
      skipped: 2,
      skipped_reason: null,
      is_skipped_since: false,
      total: 1,
    });
    expect(await test.database.query("select from shoal.strategy_runs")).toHaveLength(1);
  });
});
