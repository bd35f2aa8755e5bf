export interface BenchmarkOptions {
  /** Runs for a few seconds only: enough to see that it works, not to quote a number. */
  readonly quick: boolean;
}

/** Default export of a file `bench/<name>.bench.ts`. */
export interface Benchmark {
  /** Name on the command line; the same as the file's. */
  readonly name: string;
  /** One line: what is measured, and compared with what. */
  readonly summary: string;
  /**
   * Measures, cleans up after itself and returns plain numbers and strings, units in the names (`p99Ms`, `rssBytes`).
   * Lists missed targets in words in `targetsMissed`, or throws. Throws if it cannot measure.
   */
  run(options: BenchmarkOptions): Promise<Readonly<Record<string, unknown>>>;
}

/** Checks the export of a file, because a wrong one would otherwise fail somewhere less clear. */
export function asBenchmark(file: string, exported: unknown): Benchmark {
  const expectedName = file.replace(/\.bench\.ts$/, "");
  const { name, summary, run } = (exported ?? {}) as Partial<Benchmark>;
  if (name !== expectedName || typeof summary !== "string" || typeof run !== "function") {
    throw new Error(`${file} must export { name: "${expectedName}", summary, run } as its default`);
  }
  return { name, summary, run };
}
