import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { walk } from "../../test/series.ts";
import { candleAt, sliceCandles } from "../index.ts";
import { createFileSource, readCandleFile } from "./candle-file.ts";

const OPTIONS = { symbol: "BTC/USDT", nowMs: Infinity } as const;
const candles = walk(1, 200, 0.02);
const text = JSON.stringify(Array.from({ length: candles.length }, (_, at) => candleAt(candles, at)));

function file(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "shoal-candles-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "candles");
  writeFileSync(path, content);
  return path;
}

test("reads a file", async () => {
  expect((await readCandleFile(file(text), OPTIONS)).candles).toEqual(candles);
});

test.each([
  ["is not there", "/nowhere/candles.csv"],
  ["is a folder", tmpdir()],
])("says that a file cannot be read that %s", async (_, path) => {
  await expect(readCandleFile(path, OPTIONS)).rejects.toMatchObject({
    code: "MARKET_FILE_UNREADABLE",
    details: { path },
  });
});

test("reads no more than the limit", async () => {
  const reading = readCandleFile(file(text), { ...OPTIONS, maxBytes: 1_000 });
  await expect(reading).rejects.toMatchObject({ code: "MARKET_FILE_TOO_LARGE", details: { maxBytes: 1_000 } });
  await expect(readCandleFile("/dev/zero", { ...OPTIONS, maxBytes: 100_000 })).rejects.toHaveProperty("code");
});

test("stops when its signal says so", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(readCandleFile(file(text), { ...OPTIONS, signal })).rejects.toThrow("enough");
});

test("a source answers from its file, which it reads once", async () => {
  const path = file(text);
  const source = createFileSource(path, OPTIONS);
  const query = { symbol: "BTC/USDT", timeframe: "1h", fromMs: 0, toMs: Date.UTC(2026, 0, 1, 50), limit: 3 } as const;
  expect(await source.candles(query)).toEqual(sliceCandles(candles, 47, 50));
  writeFileSync(path, "");
  expect(await source.candles(query)).toEqual(sliceCandles(candles, 47, 50));
  await expect(source.candles({ ...query, symbol: "ETH/USDT" })).rejects.toMatchObject({
    code: "MARKET_SYMBOL_UNKNOWN",
  });
  await expect(source.candles({ ...query, timeframe: "1d" })).rejects.toMatchObject({ code: "MARKET_SYMBOL_UNKNOWN" });
  await expect(source.candles({ ...query, limit: 0 })).rejects.toMatchObject({ code: "MARKET_QUERY_INVALID" });
});

test("a source reads its file again after it could not", async () => {
  const path = file("nonsense");
  const source = createFileSource(path, OPTIONS);
  const query = { symbol: "BTC/USDT", timeframe: "1h", fromMs: 0, toMs: Date.UTC(2026, 0, 1, 50), limit: 3 } as const;
  await expect(source.candles(query)).rejects.toMatchObject({ code: "MARKET_FILE_INVALID" });
  writeFileSync(path, text);
  expect((await source.candles(query)).length).toBe(3);
});
