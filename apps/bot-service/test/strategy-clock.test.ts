import { createSystemRuntime, type Runtime, unreported } from "@shoal/kernel";
import { testDatabase } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../src/config.ts";
import { createStrategiesPart } from "../src/strategies/part.ts";

const AHEAD_MS = 5 * 60_000;
const SOURCE = `
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 5 }] };
export function run(ctx) {
  ctx.log.info(ctx.now - Date.parse(ctx.config.at) + " " + (ctx.now - ctx.market.candles("BTC/USDT", "1m").openMs.last));
}`;

it("runs strategies at the time of the database, where the clock of the machine is five minutes ahead", async () => {
  const test = await testDatabase();
  onTestFinished(() => test[Symbol.asyncDispose]());
  const system = createSystemRuntime();
  const warned: string[] = [];
  const log = { ...system.log, warn: (_fields: object, message: string) => void warned.push(message) };
  const runtime: Runtime = {
    ...{ ...system, log },
    clock: { ...system.clock, now: () => system.clock.now() + AHEAD_MS },
  };
  const { config } = parseConfig({ MAX_CONCURRENT_STRATEGIES: "1" });
  const part = createStrategiesPart({
    ...{ config, runtime, replicaId: "off", database: test.database, signal: new AbortController().signal },
    health: { reportLoop: unreported, readiness: () => ({ loops: [] }) },
    pulse: { isBeating: false, watch() {} },
  });
  onTestFinished(async () => {
    await part.drain(5_000);
    await part.close(5_000);
  });
  part.start();
  const ran = part.events.next("strategy:ran");
  await part.desk.deploy(
    { userId: null },
    {
      ...{ name: "one", source: SOURCE, language: "javascript", timing: { kind: "interval", intervalMs: 3_600_000 } },
      config: { at: new Date(system.clock.now()).toISOString() },
    },
  );
  expect(await ran).toMatchObject({ outcome: "ok" });
  const [row] = await test.database.query<{ text: string; off_ms: number; settled_ms: number }>(
    `select logs -> 0 ->> 'text' as text, abs(extract(epoch from started_at - now()) * 1000)::float8 as off_ms,
       abs(extract(epoch from b.settled_until - now()) * 1000)::float8 as settled_ms
     from shoal.strategy_runs r join shoal.strategy_books b on b.strategy_id = r.strategy_id`,
  );
  const [sinceDeployMs = NaN, sinceOpenMs = NaN] = row?.text.split(" ").map(Number) ?? [];
  // The test may take its time, and less than the clock is off.
  const bound = 150_000;
  expect(Math.abs(sinceDeployMs)).toBeLessThan(bound);
  expect(row?.off_ms).toBeLessThan(bound);
  expect(row?.settled_ms).toBeLessThan(bound);
  expect(sinceOpenMs).toBeGreaterThanOrEqual(60_000);
  expect(sinceOpenMs).toBeLessThan(bound);
  expect(warned.filter((line) => line.includes("clock"))).toHaveLength(1);
});
