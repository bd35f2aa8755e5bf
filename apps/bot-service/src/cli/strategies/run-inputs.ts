import { type Candles, createCandles } from "@shoal/market";
import { type CandlesNeed, type CheckedCode, type Journal, journalFromText } from "@shoal/strategy-runner";
import { runInputsBody } from "../../http/strategy-replay.ts";
import { needsToText } from "../../strategies/replay/run-inputs.ts";
import { type DeskClient, pathOf } from "./desk-client.ts";

/** What a kept run had. */
export interface KeptRun {
  readonly runId: string;
  readonly journal: Journal;
  /** Null: no version has it any more. */
  readonly code: CheckedCode | null;
  readonly candles: readonly Candles[];
}

/**
 * Gets what a run had, with the candles that other code needs besides. Undefined: its journal is no longer kept.
 * @throws STRATEGY_UNKNOWN, STRATEGY_JOURNAL_CHANGED
 */
export async function getKeptRun(
  desk: DeskClient,
  runId: string,
  needs: readonly CandlesNeed[] = [],
): Promise<KeptRun | undefined> {
  const query = { needs: needs.length === 0 ? undefined : needsToText(needs) };
  const path = pathOf(`/strategies/runs/${runId}/inputs`, query);
  const { view } = await desk.ask(runInputsBody, { path });
  if (view.journal === null) return undefined;
  const candles = view.candles.map(({ symbol, timeframe, ...columns }) =>
    createCandles(
      { symbol, timeframe },
      {
        ...{ openMs: Float64Array.from(columns.openMs), open: Float64Array.from(columns.open) },
        ...{ high: Float64Array.from(columns.high), low: Float64Array.from(columns.low) },
        ...{ close: Float64Array.from(columns.close), volume: Float64Array.from(columns.volume) },
      },
    ),
  );
  return { runId, journal: journalFromText(view.journal), code: view.code, candles };
}
