import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { poolsWithoutLeaks } from "../test/make-pool.ts";
import type { Evidence } from "./classify.ts";
import { createWindowAllowance, type JoinAllowance, type JoinLine } from "./join-allowance.ts";

const makePool = poolsWithoutLeaks();

const OVERLOADED: Evidence = { where: "join", text: "ClientJoinRateLimitReached: Too many joins per second" };

/** Grants nothing by itself: what another process would send comes when the test says so. */
function makeRemoteAllowance() {
  const asked: JoinLine[] = [];
  const told: string[] = [];
  let granted = 0;
  let tell = () => {};
  const allowance: JoinAllowance = {
    take(line) {
      if (granted === 0) {
        asked.push(line);
        return { isGranted: false, retryAtMs: null };
      }
      granted -= 1;
      return { isGranted: true };
    },
    onGranted(listener) {
      tell = listener;
    },
    rateLimited() {
      told.push("rate limited");
      return { ratio: 0.25, coolDownMs: 7000 };
    },
    letInAgain() {
      told.push("let in again");
    },
    serverStarted(isCertain) {
      told.push(isCertain ? "restarted" : "may have restarted");
    },
    usage: { used: 3, allowed: 17, ratio: 1 },
  };
  const grant = (count: number) => {
    granted += count;
    tell();
  };
  return { allowance, asked, told, grant };
}

describe("joins that are counted here", () => {
  it("are granted as by a cold counter after five quiet minutes", async () => {
    const clock = createSimulatedClock();
    const allowance = createWindowAllowance(clock, { perSecond: 10, joinShare: 1, windowMs: 60_000 });
    const takeAll = () => {
      let count = 0;
      while (allowance.take({ rank: 0, count: 1, urgentCount: 1 }).isGranted) count += 1;
      return count;
    };
    expect(takeAll()).toBe(599);
    await clock.advance(5 * 60_000);
    expect(takeAll()).toBe(99);
    await clock.advance(5500);
    expect(takeAll()).toBe(50);
  });
});

describe("joins that are granted by others", () => {
  it("are sent as they are granted, the most urgent first, and no other", async () => {
    const { allowance, asked, grant } = makeRemoteAllowance();
    const { pool, driver, settle, clock } = makePool({ channelsPerSocket: 90 }, { joinAllowance: allowance });
    grant(1);
    await pool.acquire("bot:known");
    const work = (["idle", "lobby", "idle", "room"] as const).map((priority, index) =>
      pool.acquire(`bot:${priority}-${index}`, { priority }),
    );
    await clock.advance(60_000);
    expect([driver.joins.length, asked.at(-1)]).toEqual([1, { rank: 1, count: 4, urgentCount: 2 }]);
    grant(2);
    await settle();
    expect(driver.joinedTopics.slice(1)).toEqual(["bot:room-3", "bot:lobby-1"]);
    expect(asked.at(-1)).toEqual({ rank: 5, count: 2, urgentCount: 0 });
    expect(pool.getStats().budgets.joins).toEqual({ used: 3, allowed: 17, ratio: 1 });
    grant(8);
    await Promise.all(work);
  });

  it("are throttled by what the server says to this pool, and start anew with it", async () => {
    const { allowance, told, grant } = makeRemoteAllowance();
    const { pool, driver, clock } = makePool(
      {},
      { joinAllowance: allowance, join: (_, index) => (index === 0 ? OVERLOADED : "ok") },
    );
    const throttled = pool.events.next("budget:throttled");
    grant(9);
    const work = pool.acquire("room:1");
    expect(await throttled).toEqual({ budget: "joins", ratio: 0.25, coolDownMs: 7000 });
    await clock.advance(30_000);
    await work;
    for (const closeCode of [1012, 1006]) {
      driver.openSockets[0]?.drop({ where: "close", text: "", closeCode });
      await clock.advance(70_000);
    }
    expect(told).toEqual(["rate limited", "restarted", "may have restarted"]);
  });
});
