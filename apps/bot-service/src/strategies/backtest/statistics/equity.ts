import { DAY_MS } from "@shoal/kernel";

/** What the account was worth: at the start, and after each step. Both columns have the same length. */
export interface EquityCurve {
  readonly atMs: Float64Array;
  readonly equity: Float64Array;
}

/** How far the account fell below its highest value so far. */
export interface Drawdown {
  /** 0 to 1, or above if more was lost than there was: the deepest fall, as a share of the peak before it. */
  readonly ratio: number;
  /** The longest time from a peak until it was reached again, or until the end. */
  readonly longestMs: number;
}

/** Markets of coins never close, so a year has all its hours. */
const YEAR_MS = 365 * DAY_MS;

/** Returns how many steps of `stepMs` a year has, by whose root a ratio of one step is multiplied to be that of a year. */
export function stepsPerYear(stepMs: number): number {
  return YEAR_MS / stepMs;
}

/** Returns the change of each step as a share of what there was; after everything is lost, changes are 0. */
export function stepReturns(equity: Float64Array): Float64Array {
  return Float64Array.from({ length: Math.max(0, equity.length - 1) }, (_, index) => {
    const [before = 0, after = 0] = [equity[index], equity[index + 1]];
    return before > 0 ? after / before - 1 : 0;
  });
}

/** Returns the change from first to last as a share of the first. */
export function totalReturn(equity: Float64Array): number {
  const [first = 0, last = 0] = [equity[0], equity.at(-1)];
  return first > 0 ? last / first - 1 : 0;
}

/** Returns by how much each value lies below the highest before it, as a share of that: 0 at a peak. */
export function drawdowns(equity: Float64Array): Float64Array {
  let peak = Number.NEGATIVE_INFINITY;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return peak > 0 ? 1 - value / peak : 0;
  });
}

/** Returns the deepest and the longest drawdown, which need not be the same one. */
export function worstDrawdown({ atMs, equity }: EquityCurve): Drawdown {
  const depths = drawdowns(equity);
  let [ratio, longestMs, peakAtMs] = [0, 0, atMs[0] ?? 0];
  for (const [index, depth] of depths.entries()) {
    const nowMs = atMs[index] ?? 0;
    ratio = Math.max(ratio, depth);
    // Until the peak is reached again, the step that reaches it included.
    if (depth > 0 || (depths[index - 1] ?? 0) > 0) longestMs = Math.max(longestMs, nowMs - peakAtMs);
    if (depth === 0) peakAtMs = nowMs;
  }
  return { ratio, longestMs };
}
