import { type Clock, silentLog } from "@shoal/kernel";
import { countedIds, createSimulatedClock, seededRng } from "@shoal/testkit";
import { expect, it } from "vitest";
import { FakeDriver } from "../test/fake-driver.ts";
import { silentNotices } from "../test/make-pool.ts";
import { DEFAULT_OPTIONS } from "./options.ts";
import { Pool } from "./pool.ts";

/** As real ones do, it moves on between two looks, and its timers may fire up to a millisecond early. */
function restlessClock(stepMs: number) {
  const simulated = createSimulatedClock();
  let looks = 0;
  const clock: Clock = {
    now: () => simulated.now(),
    monotonicMs() {
      looks += 1;
      return simulated.monotonicMs() + looks * stepMs;
    },
    after: (delayMs, fire) => simulated.after(delayMs - 1, fire),
    get pendingTimers() {
      return simulated.pendingTimers;
    },
  };
  return { simulated, clock };
}

it.each([0.01, 0.05, 0.2, 0.45])(
  "comes back every time when the clock moves %f ms between two looks",
  async (stepMs) => {
    const { simulated, clock } = restlessClock(stepMs);
    const driver = new FakeDriver();
    const runtime = { clock, rng: seededRng(1), ids: countedIds(), log: silentLog };
    const pool = new Pool({
      runtime,
      options: { ...DEFAULT_OPTIONS, start: { mode: "quota" } },
      driver,
      notices: silentNotices,
      canRefresh: false,
    });
    const channel = await pool.acquire("room:1");
    for (let round = 0; round < 100; round += 1) {
      driver.openSockets[0]?.drop({ where: "close", text: "", closeCode: 1006 });
      await simulated.advance(60_000);
      expect([round, channel.status]).toEqual([round, "joined"]);
    }
    pool.destroy(new Error("the test is over"));
    await pool.close();
    expect(clock.pendingTimers).toBe(0);
  },
);
