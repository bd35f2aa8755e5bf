export interface BenchmarkOptions {
  /** A few seconds instead of a faithful run: enough to see that it works, not to quote a number. */
  readonly quick: boolean;
}

/** What a file `bench/<name>.bench.ts` exports as its default. */
export interface Benchmark {
  /** How it is asked for; the same as the file's. */
  readonly name: string;
  /** One line: what is measured, and beside what. */
  readonly summary: string;
  /**
   * Measures, cleans up after itself and returns plain numbers and strings, units in the names (`p99Ms`, `rssBytes`).
   * A target it guards and missed is told in words in a list `targetsMissed`, or thrown. Throws when it cannot measure.
   */
  run(options: BenchmarkOptions): Promise<Readonly<Record<string, unknown>>>;
}

/** Checks what a file exported, because a wrong export would otherwise fail somewhere less clear. */
export function asBenchmark(file: string, exported: unknown): Benchmark {
  const expectedName = file.replace(/\.bench\.ts$/, "");
  const { name, summary, run } = (exported ?? {}) as Partial<Benchmark>;
  if (name !== expectedName || typeof summary !== "string" || typeof run !== "function") {
    throw new Error(`${file} must export { name: "${expectedName}", summary, run } as its default`);
  }
  return { name, summary, run };
}
