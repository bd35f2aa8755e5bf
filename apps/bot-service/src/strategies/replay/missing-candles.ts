import { isFleetError } from "@shoal/kernel";
import { type Candles, indexFrom, timeframeMs } from "@shoal/market";
import { type CandlesNeed, type CandlesReference, type Journal, recordedCandles } from "@shoal/strategy-runner";
import { timeText } from "../backtest/report/page.ts";
import { findSeries } from "../step.ts";

/** Candles of a recorded run that are not given as the run had them. */
export interface MissingCandles extends CandlesReference {
  /** `missing`: fewer are given than the run had. `revised`: as many are given, and at least one is another. */
  readonly kind: "missing" | "revised";
  readonly givenCount: number;
}

/** Returns the series of a recorded run that cannot be given to it again. */
export function missingCandles({ candles: references }: Journal, given: readonly Candles[]): MissingCandles[] {
  return references.flatMap((reference) => {
    if (isAsRecorded(reference, given)) return [];
    const { lastOpenMs, count } = reference;
    const known = findSeries(given, reference);
    const givenCount = known === undefined ? 0 : Math.min(count, indexFrom(known, lastOpenMs + 1));
    return [{ ...reference, givenCount, kind: givenCount < count ? "missing" : "revised" }];
  });
}

/** Start of the newest candle that a recorded run sees of a series: the newest it had, else the last one that was finished at its time. */
export function newestOpenMs({ candles, nowMs }: Journal, { symbol, timeframe }: CandlesNeed): number {
  const reference = candles.find((each) => each.symbol === symbol && each.timeframe === timeframe);
  return reference?.lastOpenMs ?? nowMs - timeframeMs[timeframe];
}

/** Whether the candles of a recorded run are among these, to the byte. */
export function isAsRecorded(reference: CandlesReference, given: readonly Candles[]): boolean {
  try {
    recordedCandles(reference, given);
    return true;
  } catch (thrown) {
    if (isFleetError(thrown, "STRATEGY_JOURNAL_INPUTS")) return false;
    throw thrown;
  }
}

/** Says which candles are not as the run had them. */
export function missingText({ kind, symbol, timeframe, count, lastOpenMs, givenCount }: MissingCandles): string {
  const which = `${symbol} ${timeframe} until ${timeText(lastOpenMs)}`;
  return kind === "missing"
    ? `${which}: ${givenCount} of the ${count} candles of the run are in the archive; those of the last second come soon, those older than 35 days are gone`
    : `${which}: at least one of the ${count} candles of the run was revised: the archive has another value of it`;
}
