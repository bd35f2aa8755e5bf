import { type Candle, type CandleIdentity, type Candles, columnsOf, createCandles } from "@shoal/market";
import type { CandlesReference } from "@shoal/strategy-runner";
import { isAsRecorded } from "./missing-candles.ts";

/** A candle as a market said it at some time. */
export interface CandleVersion extends Candle {
  /** When a run saw it so first, epoch ms; null: not known, before all others. */
  readonly notedMs: number | null;
}

/** Candles of one series by their start, each with its versions in the order in which they were noted. */
export type CandleVersions = readonly (readonly CandleVersion[])[];

/** Candles of all views that are tried together: each view is made and hashed, which takes some 30 ms for so many. */
const MOST_CANDLES = 100_000;
const MOST_VIEWS = 200;

/** Groups versions by the candle. */
export function versionsOf(rows: readonly CandleVersion[]): CandleVersions {
  const byStart = Map.groupBy(rows, ({ openMs }) => openMs);
  return [...byStart.keys()]
    .toSorted((left, right) => left - right)
    .map((openMs) => (byStart.get(openMs) ?? []).toSorted((left, right) => notedAt(left) - notedAt(right)));
}

const notedAt = ({ notedMs }: CandleVersion) => notedMs ?? -Infinity;

/** Returns the newest `count` candles as they were known at an instant. */
export function candlesAt(identity: CandleIdentity, versions: CandleVersions, count: number, atMs: number): Candles {
  const known = versions.flatMap((each) => each.findLast((version) => notedAt(version) <= atMs) ?? []);
  return createCandles(identity, columnsOf(known.slice(-count)));
}

/** Returns the newest `count` candles as they were known at an instant, those that came late as they came. */
export function candlesKnownBy(
  identity: CandleIdentity,
  versions: CandleVersions,
  count: number,
  atMs: number,
): Candles {
  const begun = versions.map((each) => each.map((version, at) => (at === 0 ? { ...version, notedMs: null } : version)));
  return candlesAt(identity, begun, count, atMs);
}

/**
 * Returns the candles of a recorded run as that run had them; undefined: they are not there. What is known of a time is what all daemons had seen
 * by then, and each asks the market for itself: so the newest candle, which markets revise most, is tried in all its versions, at the times
 * around the run.
 */
export function recordedView(
  reference: CandlesReference,
  versions: CandleVersions,
  nowMs: number,
): Candles | undefined {
  const { count } = reference;
  const newest = versions.at(-1);
  if (newest === undefined || versions.length < count) return undefined;
  const before = versions.slice(0, -1);
  const times = [...new Set(versions.flat().map(notedAt))].toSorted(
    (left, right) => Math.abs(left - nowMs) - Math.abs(right - nowMs),
  );
  const views = [Infinity, ...times].flatMap((atMs) => newest.toReversed().map((last) => ({ atMs, last })));
  for (const { atMs, last } of views.slice(0, Math.min(MOST_VIEWS, Math.ceil(MOST_CANDLES / count)))) {
    const view = candlesAt(reference, [...before, [{ ...last, notedMs: null }]], count, atMs);
    if (isAsRecorded(reference, [view])) return view;
  }
  return undefined;
}
