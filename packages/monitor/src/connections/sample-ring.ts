/** Durations in ms, rounded to 0.01. All 0 when `count` is 0. */
export interface DurationSummary {
  /** Samples the figures are made from. */
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The last `capacity` samples; older ones are forgotten. */
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

/** Two digits: more are noise to whoever reads a report. */
const rounded = (durationMs: number) => Math.round(durationMs * 100) / 100;

/** Figures of exactly these samples; percentiles by nearest rank, so that each is a duration that was really seen. */
export function summarize(...parts: readonly Float64Array[]): DurationSummary {
  const sorted = Float64Array.from(parts.flatMap((part) => [...part])).sort();
  const count = sorted.length;
  if (count === 0) return { count: 0, mean: 0, p50: 0, p95: 0, p99: 0 };
  const percentile = (ratio: number) => rounded(sorted[Math.ceil(ratio * count) - 1] ?? 0);
  const mean = sorted.reduce((sum, sample) => sum + sample / count, 0);
  return { count, mean: rounded(mean), p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
}
