import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnProgram } from "@shoal/testkit";
import { afterAll, expect, it } from "vitest";
import { candlesAsCsv, sampleCandles } from "../../../examples/strategies/sample-candles.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const CROSS = join(import.meta.dirname, "../../../examples/strategies/moving-average-cross.ts");
const directory = mkdtempSync(join(tmpdir(), "shoal-backtest-"));
afterAll(() => rmSync(directory, { recursive: true }));

function candleFile(count: number): string {
  const file = join(directory, `${count}.csv`);
  writeFileSync(file, candlesAsCsv(sampleCandles("BTC/USDT", "1h", count)));
  return file;
}

it("prints one line of JSON and nothing else", async () => {
  const child = spawnProgram([MAIN, "backtest", CROSS, "--candles", candleFile(110), "--json"]);
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([stderr, code]).toEqual(["", 0]);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(stdout)).toMatchObject({ steps: 11, runs: { failed: 0 } });
});

it("ends at Ctrl-C with its children, says so, and writes no report", async () => {
  const report = join(directory, "report.html");
  const child = spawnProgram([MAIN, "backtest", CROSS, "--candles", candleFile(25_000), "--report", report]);
  let stderr = "";
  let children: number[] = [];
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += chunk;
    // Somebody sees how far it is, so the children run.
    if (children.length > 0 || !/^\d+ of 24901 steps/m.test(stderr)) continue;
    children = childrenOf(child.pid);
    child.kill("SIGINT");
  }
  expect(await child.exited).toBe(1);
  expect(stderr).toContain("shoal: stopped before its end: nothing was written (BACKTEST_INTERRUPTED)");
  expect(children.length).toBeGreaterThan(0);
  expect(children.filter(isAlive)).toEqual([]);
  expect(readdirSync(directory)).not.toContain("report.html");
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
