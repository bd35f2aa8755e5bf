import type { Journal } from "./journal/journal.types.ts";
import type { RunResult } from "./run.types.ts";

/** How a run ended, what it cost, and what is needed to do it again. */
export interface RunOutcome extends RunResult {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Present where it was asked for. */
  readonly journal?: Journal;
}
