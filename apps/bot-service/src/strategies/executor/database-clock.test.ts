import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createDatabaseClock } from "./database-clock.ts";

function makeClock(aheadMs: number) {
  const own = createSimulatedClock();
  const warned: unknown[] = [];
  const clock = createDatabaseClock(
    {
      ...own,
      get pendingTimers() {
        return own.pendingTimers;
      },
      now: () => own.now() + aheadMs,
    },
    { warn: (fields) => warned.push(fields) },
  );
  /** A statement that takes so long, and says the time after a part of it. */
  const ask = async (tookMs: number, saidAfterMs = tookMs / 2) => {
    const sentAtMs = own.monotonicMs();
    await own.advance(saidAfterMs);
    const saidMs = own.now();
    await own.advance(tookMs - saidAfterMs);
    clock.heard(saidMs, sentAtMs);
  };
  return { own, clock, ask, warned, errorMs: () => clock.now() - own.now() };
}

it.each([300_000, -300_000])(
  "says what the database's says, where its own is off by %s ms, and warns once",
  async (aheadMs) => {
    const { ask, errorMs, warned } = makeClock(aheadMs);
    expect(errorMs()).toBe(aheadMs);
    for (let count = 0; count < 3; count += 1) await ask(10);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(10);
    expect(warned).toHaveLength(1);
  },
);

it("says its own where both agree, however long the database took, and whenever it said its time", async () => {
  const { ask, errorMs, warned } = makeClock(200);
  for (const saidAfterMs of [0, 20_000, 40_000]) await ask(40_000, saidAfterMs);
  expect([errorMs(), warned]).toEqual([200, []]);
});

it("says its own again once it was set right", async () => {
  const own = createSimulatedClock();
  let aheadMs = 60_000;
  const clock = createDatabaseClock({ ...own, now: () => own.now() + aheadMs }, { warn() {} });
  clock.heard(own.now(), own.monotonicMs());
  expect(clock.now()).toBe(own.now());
  aheadMs = 0;
  clock.heard(own.now(), own.monotonicMs());
  expect(clock.now()).toBe(own.now());
});
