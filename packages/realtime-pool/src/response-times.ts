/** The latest response times, for the percentiles of `getStats`. */
export interface ResponseTimes {
  add(ms: number): void;
  summary(): { readonly mean: number; readonly p50: number; readonly p95: number; readonly p99: number };
}

/** Enough for a steady p99, little enough to sort on every scrape. */
const KEPT = 1024;

export function createResponseTimes(): ResponseTimes {
  const samples: number[] = [];
  let next = 0;
  return {
    add(ms) {
      samples[next] = ms;
      next = (next + 1) % KEPT;
    },
    summary() {
      const sorted = [...samples].sort((a, b) => a - b);
      const at = (ratio: number) => sorted[Math.max(0, Math.ceil(sorted.length * ratio) - 1)] ?? 0;
      const mean = sorted.length === 0 ? 0 : sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length;
      return { mean, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
    },
  };
}
