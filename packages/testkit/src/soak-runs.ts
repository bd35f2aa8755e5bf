/** Returns how often a test runs with random input: `short` in `bun run test`, `long` with `SOAK=1` in the environment (`bun run soak`). */
export function soakRuns(short: number, long: number): number {
  return process.env["SOAK"] === "1" ? long : short;
}
