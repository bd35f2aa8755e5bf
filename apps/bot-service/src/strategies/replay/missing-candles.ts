import { isFleetError } from "@shoal/kernel";
import { type Candles, indexFrom } from "@shoal/market";
import { type CandlesReference, type Journal, recordedCandles } from "@shoal/strategy-runner";
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
    if (isThere(reference, given)) return [];
    const { lastOpenMs, count } = reference;
    const known = findSeries(given, reference);
    const givenCount = known === undefined ? 0 : Math.min(count, indexFrom(known, lastOpenMs + 1));
    return [{ ...reference, givenCount, kind: givenCount < count ? "missing" : "revised" }];
  });
}

function isThere(reference: CandlesReference, given: readonly Candles[]): boolean {
  try {
    recordedCandles(reference, given);
    return true;
  } catch (thrown) {
    if (isFleetError(thrown, "STRATEGY_JOURNAL_INPUTS")) return false;
    throw thrown;
  }
}
