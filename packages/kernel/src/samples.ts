/** Durations in ms, rounded to 0.01. All 0 when `count` is 0. */
export interface DurationSummary {
  /** Number of samples. */
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Keeps the last `capacity` samples. */
export interface SampleRing {
  add(sample: number): void;
  values(): Float64Array;
}

export function createSampleRing(capacity: number): SampleRing {
  const samples = new Float64Array(capacity);
  let added = 0;
  return {
    add(sample) {
      if (!Number.isFinite(sample)) return;
      samples[added % capacity] = sample;
      added += 1;
    },
    values: () => samples.slice(0, Math.min(added, capacity)),
  };
}

/** Rounds to two digits: more are noise in a report. */
const rounded = (durationMs: number) => Math.round(durationMs * 100) / 100;

/** Returns the figures of exactly these samples. */
export function summarize(...parts: readonly Float64Array[]): DurationSummary {
  const sorted = Float64Array.from(parts.flatMap((part) => [...part])).sort();
  const count = sorted.length;
  if (count === 0) return { count: 0, mean: 0, p50: 0, p95: 0, p99: 0 };
  const at = (ratio: number) => rounded(percentile(sorted, ratio));
  const mean = sorted.reduce((sum, sample) => sum + sample / count, 0);
  return { count, mean: rounded(mean), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Returns the percentile at `ratio` (0 to 1) by nearest rank, so always a sample that was seen. NaN without samples. */
export function percentile(sorted: ArrayLike<number>, ratio: number): number {
  return sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)] ?? Number.NaN;
}
