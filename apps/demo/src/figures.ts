import { percentile as nearestRank } from "@shoal/kernel";

/** Returns a percentile rounded to whole ms; null without samples. */
export function percentile(samples: readonly number[], ratio: number): number | null {
  const value = nearestRank(Float64Array.from(samples).sort(), ratio);
  return Number.isNaN(value) ? null : Math.round(value);
}

/** Returns the sums by class, without classes that did not occur. */
export function addUp(...records: Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of records.flatMap((record) => Object.entries(record))) {
    if (count > 0) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
