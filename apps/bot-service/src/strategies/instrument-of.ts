import type { InstrumentText } from "@shoal/trading";

/** Who knows no venue does not know in which steps it trades. So these are the finest that a venue has. */
const STEP = "0.00000001";

/** Returns the instrument of a symbol `BASE/QUOTE` in the finest steps; undefined for another form. */
export function instrumentOf(symbol: string): InstrumentText | undefined {
  const [, base, quote] = /^([^/\s]+)\/([^/\s:]+)$/.exec(symbol) ?? [];
  if (base === undefined || quote === undefined) return undefined;
  return { symbol, base, quote, tick: STEP, lot: STEP, smallestNotional: "0" };
}
