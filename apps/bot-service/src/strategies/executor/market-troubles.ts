import { type Clock, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { MarketError } from "@shoal/market";

/** What is wrong with markets, and what of them no run waits for any more. */
export interface MarketTroubles {
  /** The market answered for the series. */
  answered(market: string, series: string): void;
  /** It did not, and whoever asked waited for so long. */
  failed(market: string, series: string, error: MarketError, waitedMs: number): void;
  /** Why nobody waits for the series now; undefined: it is asked for as ever. */
  heldBy(market: string, series: string): MarketError | undefined;
  /** Whether the market is to be asked now, beside all runs. True: the caller asks, and says what came of it. */
  beginLook(market: string): boolean;
  /** The first of what is wrong, in words. */
  first(): string | undefined;
}

interface Trouble {
  error: MarketError;
  atMs: number;
  /** Series for which a run waited in vain. */
  readonly held: Set<string>;
  /** So many of them since the market answered for any. */
  failedCount: number;
  isLooking: boolean;
  nextLookMs: number;
}

/** Whoever still waits for a market asks again within a minute: nobody does any more of one that was not asked for so long. */
const FORGET_MS = 3 * MINUTE_MS;
/** A failure that comes sooner costs a run nothing. */
export const SLOW_MS = SECOND_MS;
/** One series may have a trouble of its own; with so many in a row the market has. */
const AWAY_COUNT = 3;
const LOOK_AGAIN_MS = 2 * SECOND_MS;

/**
 * A run that waits for its candles holds a place: a market that does not answer would take the places of all runs, those of other markets too. So whoever
 * has waited in vain is the last one of that series, and after three series nobody waits for the market at all; it is asked beside the runs until it answers.
 */
export function createMarketTroubles({ monotonicMs }: Pick<Clock, "monotonicMs">): MarketTroubles {
  const troubles = new Map<string, Trouble>();
  const fresh = (market: string): Trouble | undefined => {
    const trouble = troubles.get(market);
    if (trouble === undefined || trouble.atMs >= monotonicMs() - FORGET_MS) return trouble;
    troubles.delete(market);
    return undefined;
  };
  return {
    answered(market, series) {
      const trouble = troubles.get(market);
      if (trouble === undefined) return;
      trouble.held.delete(series);
      if (trouble.failedCount >= AWAY_COUNT || trouble.held.size === 0) troubles.delete(market);
      else Object.assign(trouble, { failedCount: 0, isLooking: false });
    },
    failed(market, series, error, waitedMs) {
      const atMs = monotonicMs();
      const known = fresh(market) ?? { held: new Set<string>(), failedCount: 0 };
      const isNew = waitedMs >= SLOW_MS && !known.held.has(series);
      if (isNew) known.held.add(series);
      const failedCount = known.failedCount + (isNew ? 1 : 0);
      const { held } = known;
      troubles.set(market, { error, atMs, held, failedCount, isLooking: false, nextLookMs: atMs + LOOK_AGAIN_MS });
    },
    heldBy(market, series) {
      const trouble = fresh(market);
      if (trouble === undefined) return undefined;
      return trouble.failedCount >= AWAY_COUNT || trouble.held.has(series) ? trouble.error : undefined;
    },
    beginLook(market) {
      const trouble = troubles.get(market);
      if (trouble === undefined || trouble.isLooking || monotonicMs() < trouble.nextLookMs) return false;
      trouble.isLooking = true;
      return true;
    },
    first() {
      for (const market of [...troubles.keys()]) fresh(market);
      const [first] = troubles;
      return first && `${first[0]}: ${first[1].error.message}`;
    },
  };
}
