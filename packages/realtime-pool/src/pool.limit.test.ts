import { describe, expect, it } from "vitest";
import { poolsWithoutLeaks } from "../test/make-pool.ts";
import { ServerModel } from "../test/server-model.ts";
import type { AskUpgrade } from "./upgrade-diagnosis.ts";

const makePool = poolsWithoutLeaks();

const CHANNELS = 600;
const CANARY_EVERY_MS = 500;
const WITHIN_MS = 180_000;

/** A fleet that takes the limit for 100 joins a second beside a server that allows fewer, and somebody new twice a second. */
function fleetBeside(limitPerSecond: number, canAsk: boolean) {
  let server: ServerModel | null = null;
  const askUpgrade: AskUpgrade = async (signal) => (await server?.ask(signal)) ?? null;
  const options = { channelsPerSocket: 90, maxWaiting: 10_000, joinsPerSecond: 100 };
  const { pool, driver, clock } = makePool(options, canAsk ? { askUpgrade } : {});
  server = new ServerModel(clock, driver, { joinsPerSecond: limitPerSecond, peopleShare: 0, channelsPerSocket: 100 });
  const seen = { lost: 0, canaryRefused: 0, canaryRefusedFirst: 0 };
  pool.events.on("channel:lost", () => {
    seen.lost += 1;
  });
  for (let index = 0; index < CHANNELS; index += 1) pool.acquire(`room:${index}`).catch(() => {});
  return {
    pool,
    server,
    seen,
    isWhole: () => pool.getStats().channels.joined === CHANNELS,
    /** People who are refused in the first overrun cannot be spared: nothing told the limit before. */
    async pass(ms: number) {
      for (const endMs = clock.monotonicMs() + ms; clock.monotonicMs() < endMs; ) {
        if (!server.joinsPerson()) seen.canaryRefused += 1;
        if (server.trips <= 1) seen.canaryRefusedFirst = seen.canaryRefused;
        await clock.advance(CANARY_EVERY_MS);
      }
    },
  };
}

describe("a limit of joins a fifth of the configured one", () => {
  const dropsAtMs = [8000, 20_000, 40_000];
  it.each(dropsAtMs.flatMap((atMs) => [true, false].map((canAsk) => [atMs, canAsk] as const)))(
    "is exceeded once by two drops 8 s apart, the first after %i ms (asked by HTTP: %s), and nobody is lost for it",
    async (firstAtMs, canAsk) => {
      const { pool, server, seen, isWhole, pass } = fleetBeside(20, canAsk);
      await pass(firstAtMs);
      for (let drop = 0; drop < 2; drop += 1) {
        server.dropAll(1006);
        await pass(8000);
      }
      let waitedMs = 8000;
      for (; waitedMs < WITHIN_MS && !isWhole(); waitedMs += 1000) await pass(1000);
      expect(isWhole()).toBe(true);
      await pass(120_000);
      expect([server.trips, seen.lost]).toEqual([1, 2 * CHANNELS]);
      expect(seen.canaryRefused).toBe(seen.canaryRefusedFirst);
      const { ratio } = pool.getStats().budgets.joins;
      expect(ratio).toBeLessThan(0.4);
      server.stop();
    },
  );

  it("is kept to when the same happens again minutes later", async () => {
    const { server, seen, isWhole, pass } = fleetBeside(20, true);
    await pass(8000);
    for (let round = 0; round < 3; round += 1) {
      for (let drop = 0; drop < 2; drop += 1) {
        server.dropAll(1006);
        await pass(8000);
      }
      await pass(WITHIN_MS);
      expect(isWhole()).toBe(true);
    }
    expect([server.trips, seen.canaryRefused]).toEqual([1, seen.canaryRefusedFirst]);
    server.stop();
  });
});
