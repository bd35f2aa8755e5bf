/** Nearest rank, rounded to whole ms; null without samples. */
export function percentile(samples: readonly number[], ratio: number): number | null {
  const sorted = [...samples].sort((left, right) => left - right);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * ratio) - 1)];
  return value === undefined ? null : Math.round(value);
}

/** The sum by class, without the classes that did not occur. */
export function addUp(...records: Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of records.flatMap((record) => Object.entries(record))) {
    if (count > 0) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
