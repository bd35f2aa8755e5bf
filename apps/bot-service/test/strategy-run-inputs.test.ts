import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { createCandles, sliceCandles, syntheticCandles, type Timeframe } from "@shoal/market";
import { type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCandleArchive } from "../src/strategies/executor/candle-archive.ts";
import { createEndlessMarket } from "../src/strategies/executor/synthetic-market.ts";
import { runIdOf } from "../src/strategies/ids.ts";
import { createRunInputs, NEEDS_PATTERN, needsFromText, needsToText } from "../src/strategies/replay/run-inputs.ts";
import { addStrategy, CODE_ID, ownerId } from "./strategy-support.ts";

const NOW_MS = Date.UTC(2026, 0, 5, 12, 3);
const HOUR_MS = 3_600_000;
const series = (symbol: string, timeframe: Timeframe) =>
  syntheticCandles({ symbol, timeframe }, { seed: 1, fromMs: NOW_MS - 200 * HOUR_MS }, 200);
const [btc, eth] = [series("BTC/USDT", "1h"), series("ETH/USDT", "1h")];
const lastOpenMs = Date.UTC(2026, 0, 5, 11);

const made = createEndlessMarket({ now: () => NOW_MS });

let test: TestDatabase;
let strategyId: string;
const operator = { userId: null, needs: [] };

beforeAll(async () => {
  test = await testDatabase();
  strategyId = await addStrategy(test.database, { owner: 1 });
  await test.database.query("update shoal.strategies set market = 'here'");
  const archive = createCandleArchive({ database: test.database, runtime: testRuntime() });
  for (const each of [btc, eth]) archive.note("here", each);
  archive.note("elsewhere", createCandles(btc, { ...btc, close: btc.close.map((value) => value + 1) }));
  await archive.close();
});
afterAll(() => test[Symbol.asyncDispose]());

/** Text of a journal of a run that had the newest 50 hours of BTC/USDT. */
function journalText(): string {
  const sha256 = "0".repeat(64);
  const body = {
    ...{ version: 1, buildId: sha256, strategyId, codeSha256: sha256, fileName: "strategy.ts", fuel: 1 },
    ...{ nowMs: NOW_MS, seed: "s", config: {}, state: { a: "\u2028" } },
    ...{ portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] }, openOrders: [] },
    candles: [{ symbol: "BTC/USDT", timeframe: "1h", count: 50, lastOpenMs, sha256 }],
    ...{ canAsk: true, turns: [] },
    outcome: { result: "ok", intents: [], statePatch: {}, logs: [], notifications: [], fuel: 1, imageHash: "" },
  };
  const digest = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return JSON.stringify({ ...body, digest });
}

async function addRun(number: number, { journal, codeId = CODE_ID }: { journal?: string; codeId?: string } = {}) {
  const id = runIdOf(strategyId, number);
  await test.database.query(
    `insert into shoal.strategy_runs
       (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms, outcome, fuel, image_hash, journal)
     values ($1, $2, $3::bigint, $3::bigint, 1, $4, 'b', now(), now(), 1, 'ok', 1, '', $5::bytea)`,
    [id, strategyId, number, codeId, journal === undefined ? null : zstdCompressSync(journal)],
  );
  return id;
}

it("gives a run's journal to the byte, and its candles to the bit", async () => {
  const id = await addRun(1, { journal: journalText() });
  const found = await createRunInputs(test.database, made)(id, operator);
  expect(found).toMatchObject({ runId: id, strategyId, market: "here", journal: journalText(), code: {} });
  expect(found.candles).toEqual([copyOf(btc, 150)]);
});

it("gives further candles of that time, for code that needs them", async () => {
  const id = await addRun(2, { journal: journalText() });
  const needs = needsFromText("BTC/USDT 1h 80,ETH/USDT 1h 5,SOL/USDT 1h 5");
  const found = await createRunInputs(test.database, made)(id, { userId: null, needs });
  expect(found.candles).toEqual([copyOf(btc, 120), copyOf(eth, 195)]);
});

it("makes those of the synthetic market again, of which the archive has none", async () => {
  const id = await addRun(6, { journal: journalText() });
  await test.database.query("update shoal.strategies set market = 'synthetic'");
  const needs = needsFromText("SOL/USDT 5m 200");
  const found = await createRunInputs(test.database, made)(id, { userId: null, needs });
  const of = (symbol: string, timeframe: Timeframe, count: number, untilMs: number) =>
    made.candles({ symbol, timeframe, fromMs: 0, toMs: untilMs, limit: count });
  expect(found.candles.map(({ length }) => length)).toEqual([50, 200]);
  expect(found.candles).toEqual([
    await of("BTC/USDT", "1h", 50, lastOpenMs + 1),
    await of("SOL/USDT", "5m", 200, NOW_MS - 300_000 + 1),
  ]);
  await test.database.query("update shoal.strategies set market = 'here'");
});

/** As the database gives them: in memory of their own. */
function copyOf(of: typeof btc, from: number) {
  const { openMs, open, high, low, close, volume } = sliceCandles(of, from);
  return createCandles(of, {
    ...{ openMs: openMs.slice(), open: open.slice(), high: high.slice() },
    ...{ low: low.slice(), close: close.slice(), volume: volume.slice() },
  });
}

it("says what is no longer kept: the journal, the code", async () => {
  const read = createRunInputs(test.database, made);
  expect(await read(await addRun(3), operator)).toMatchObject({ journal: null, candles: [], code: {} });
  const gone = await addRun(4, { journal: journalText(), codeId: "b".repeat(64) });
  expect(await read(gone, operator)).toMatchObject({ code: null });
});

it("knows no run that is not there, and none of another owner", async () => {
  const read = createRunInputs(test.database, made);
  const id = await addRun(5, { journal: journalText() });
  const unknown = { code: "STRATEGY_UNKNOWN" };
  await expect(read(runIdOf(strategyId, 99), operator)).rejects.toMatchObject(unknown);
  await expect(read(id, { userId: ownerId(2), needs: [] })).rejects.toMatchObject(unknown);
  expect((await read(id, { userId: ownerId(1), needs: [] })).runId).toBe(id);
});

it("reads series as text, and takes no more of one than a strategy may need", () => {
  const needs = [
    { symbol: "BTC/USDT:USDT-240628", timeframe: "5m", count: 300 },
    { symbol: "A/B", timeframe: "1d", count: 1 },
  ] as const;
  expect(NEEDS_PATTERN.test(needsToText(needs))).toBe(true);
  expect(needsFromText(needsToText(needs))).toEqual(needs);
  expect(needsFromText("A/B 7m 5,A/B 1h 9999")).toEqual([{ symbol: "A/B", timeframe: "1h", count: 5000 }]);
  for (const text of ["", "A/B", "A/B 1h", "A/B 1h x", "A B 1h 5", "A/B 1h 5,", Array(17).fill("A/B 1h 5").join(",")]) {
    expect(NEEDS_PATTERN.test(text), text).toBe(false);
  }
});
