import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import {
  type Candles,
  COLUMNS,
  columnsOf,
  createCandles,
  sliceCandles,
  syntheticCandles,
  type Timeframe,
} from "@shoal/market";
import type { Journal } from "@shoal/strategy-runner";
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

const sha256 = "0".repeat(64);
const BTC_50 = { symbol: "BTC/USDT", timeframe: "1h", count: 50, lastOpenMs, sha256 } as const;

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

/** Text of a journal of a run, by default of one that had the newest 50 hours of BTC/USDT. */
function journalText({
  nowMs = NOW_MS,
  candles: seen = [BTC_50],
}: Partial<Pick<Journal, "nowMs" | "candles">> = {}): string {
  const body = {
    ...{ version: 1, buildId: sha256, strategyId, codeSha256: sha256, fileName: "strategy.ts", fuel: 1 },
    ...{ nowMs, seed: "s", config: {}, state: { a: "\u2028" } },
    ...{ portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] }, openOrders: [] },
    candles: seen,
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

/** What a market says at each minute to one of its askers: of the newest candle not yet all, of an older one something else later, and one too late. */
function saidAt(minute: number, asker: number): Candles {
  const starts = Array.from({ length: minute + 1 }, (_, at) => at).filter((at) => at !== 4 || minute >= 7);
  const rows = starts.map((at) => {
    const isYoung = at === minute;
    const close = 100 + at + (isYoung ? 0.25 + asker / 8 : 0) + (at === 2 && minute >= 5 ? 0.5 : 0);
    return { openMs: NOW_MS + at * 60_000, open: 100, high: 200, low: 50, close, volume: isYoung ? 1 : 2 };
  });
  return createCandles({ symbol: "REV/USDT", timeframe: "1m" }, columnsOf(rows));
}

it("gives each run the candles that it saw, of a market that revises them, whichever daemon had asked", async () => {
  await test.database.query("update shoal.strategies set market = 'revising'");
  const runtime = testRuntime();
  const archives = [0, 1].map(() => createCandleArchive({ database: test.database, runtime }));
  const runs: { readonly id: string; readonly seen: Candles }[] = [];
  for (let minute = 3; minute < 12; minute += 1) {
    for (const [asker, archive] of archives.entries()) {
      const said = saidAt(minute, asker);
      const seen = sliceCandles(said, said.length - 4);
      const hash = createHash("sha256");
      for (const name of COLUMNS) hash.update(new Uint8Array(seen[name].slice().buffer));
      const reference = {
        symbol: "REV/USDT",
        timeframe: "1m",
        count: seen.length,
        lastOpenMs: seen.openMs.at(-1) ?? 0,
      } as const;
      const journal = journalText({
        nowMs: runtime.clock.now(),
        candles: [{ ...reference, sha256: hash.digest("hex") }],
      });
      runs.push({ id: await addRun(100 + runs.length, { journal }), seen });
      // Its candles have come a moment after its time.
      await runtime.clock.advance(50);
      archive.note("revising", seen);
      await archive.flush();
      await runtime.clock.advance(20_000);
    }
  }
  const read = createRunInputs(test.database, made);
  for (const { id, seen } of runs) expect((await read(id, operator)).candles, id).toEqual([copyOf(seen, 0)]);
  const needs = needsFromText("REV/USDT 1m 6");
  const wider = await read(runs.at(-1)?.id ?? "", { userId: null, needs });
  expect([...(wider.candles[0]?.close ?? [])]).toEqual([106, 107, 108, 109, 110, 111.375]);
  // A look at a market that has nothing new to say costs no row.
  const count = () => test.database.query("select count(*)::int as count from shoal.market_candle_revisions");
  const before = await count();
  archives[1]?.note("revising", saidAt(11, 1));
  await Promise.all(archives.map((archive) => archive.close()));
  expect(await count()).toEqual(before);
  await test.database.query("update shoal.strategies set market = 'here'");
});

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
