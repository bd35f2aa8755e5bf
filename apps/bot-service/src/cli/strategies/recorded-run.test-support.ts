import { createHash } from "node:crypto";
import { type Candles, sliceCandles, syntheticCandles } from "@shoal/market";
import { type CheckedCode, type Journal, type JsonObject, journalToText } from "@shoal/strategy-runner";
import type { Sandbox } from "../backtest/sandbox.ts";
import { STRATEGY_ID } from "./fake-daemon.test-support.ts";

const HOUR_MS = 3_600_000;
export const NOW_MS = Date.UTC(2026, 0, 5, 12);

/** More than a run of `record` sees. */
export const archive = syntheticCandles(
  { symbol: "BTC/USDT", timeframe: "1h" },
  { seed: 7, fromMs: NOW_MS - 100 * HOUR_MS },
  100,
);

export interface Recorded {
  readonly journal: Journal;
  readonly code: CheckedCode;
}

/** Checks a source and runs it once with its journal, as a daemon does. */
export async function record(source: string, sandbox: Sandbox, state: JsonObject = { runs: 3 }): Promise<Recorded> {
  const checked = await sandbox.check(source, "typescript");
  if (!checked.ok) throw new Error(checked.diagnostics[0]?.message);
  const portfolio = {
    ...{ currency: "USDT", cash: "1000", equity: "1100" },
    positions: [{ symbol: "BTC/USDT", quantity: "1", averagePrice: "100" }],
  };
  const { journal } = await sandbox.run({
    ...{ strategyId: STRATEGY_ID, code: checked.code, config: { size: 2 }, state, nowMs: NOW_MS, seed: "s", portfolio },
    ...{ candles: [sliceCandles(archive, 50)], openOrders: [], keepJournal: true },
  });
  if (!journal) throw new Error("no journal");
  return { journal, code: checked.code };
}

/** The journal with other content, as if it had been recorded so. */
export function forged(journal: Journal, change: Partial<Journal>): Journal {
  const { digest: _, ...body } = { ...journal, ...change };
  return { ...body, digest: createHash("sha256").update(JSON.stringify(body)).digest("hex") };
}

/** The answer of `/strategies/runs/:id/inputs`. */
export function inputsOf(runId: string, { journal, code }: Recorded, candles: readonly Candles[] = [archive]) {
  return {
    ...{ run_id: runId, strategy_id: STRATEGY_ID, market: "synthetic", journal: journalToText(journal), code },
    candles: candles.map(({ symbol, timeframe, openMs, open, high, low, close, volume }) => ({
      ...{ symbol, timeframe, openMs: [...openMs], open: [...open], high: [...high], low: [...low] },
      ...{ close: [...close], volume: [...volume] },
    })),
  };
}
