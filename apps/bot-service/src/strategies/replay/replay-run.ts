import type { Candles } from "@shoal/market";
import {
  type CheckedCode,
  type Journal,
  type ReplayDifference,
  type RunResult,
  replay,
  rerun,
  type SeenCall,
  type StoppedAt,
  type StrategyRunner,
} from "@shoal/strategy-runner";
import { type MissingCandles, missingCandles } from "./missing-candles.ts";

/** A recorded run, done again. */
export type Replayed =
  | {
      readonly kind: "replayed";
      readonly isEqual: boolean;
      readonly differences: readonly ReplayDifference[];
      readonly replayed: RunResult;
      /** What the strategy saw before the call at which it was to stop; absent if it has fewer calls. */
      readonly stopped?: StoppedAt;
      /** The newest calls of `ctx`; absent where they were not to be listed, or another build recorded the run. */
      readonly calls?: readonly SeenCall[];
      /** Set where another build of the engine recorded it: then neither fuel nor memory are compared, and nothing can be stopped. */
      readonly recordedBuildId?: string;
    }
  | { readonly kind: "impossible"; readonly missing: readonly MissingCandles[] };

/** What does not depend on the build of the engine. */
const COMPARED_ACROSS_BUILDS = ["result", "error", "intents", "statePatch", "logs", "notifications"] as const;

/**
 * Does a recorded run again. Of another build's run it compares what the strategy wanted.
 * @throws STRATEGY_JOURNAL_CHANGED, STRATEGY_JOURNAL_INPUTS the code is not that of the run
 */
export async function replayRun(
  journal: Journal,
  given: {
    readonly runner: Pick<StrategyRunner, "buildId" | "execute" | "run">;
    readonly code: CheckedCode;
    readonly candles: readonly Candles[];
    readonly stopAt?: number;
    readonly listsCalls?: boolean;
  },
): Promise<Replayed> {
  const { runner, code, candles, stopAt, listsCalls = false } = given;
  const missing = missingCandles(journal, candles);
  if (missing.length > 0) return { kind: "impossible", missing };
  if (journal.buildId === runner.buildId) {
    const stop = stopAt === undefined ? {} : { stopAt };
    return { kind: "replayed", ...(await replay(journal, { sandbox: runner, code, candles, listsCalls, ...stop })) };
  }
  const { outcome, recorded } = await rerun(journal, code, { runner, candles });
  const differences = COMPARED_ACROSS_BUILDS.filter(
    (field) => JSON.stringify(recorded[field]) !== JSON.stringify(outcome[field]),
  ).map((field) => ({ field, recorded: recorded[field], replayed: outcome[field] }));
  const { cpuMs, wallMs, journal: _, ...replayed } = outcome;
  const isEqual = differences.length === 0;
  return { kind: "replayed", isEqual, differences, replayed, recordedBuildId: journal.buildId };
}
