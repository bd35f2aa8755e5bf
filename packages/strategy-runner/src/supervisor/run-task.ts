import type { FrameDraft } from "../child/frames.ts";
import type { RunFailure } from "./run-failure.ts";

/** A run on its way through the supervisor; what it is made of is the caller's. */
export interface RunTask {
  /** What starts it. */
  readonly draft: FrameDraft;
  /** Source that goes with it, where it is not in it. */
  readonly source?: string | undefined;
  /** Its columns, where it is worth while that a child keeps them. */
  readonly candles?: readonly Float64Array[] | undefined;
  /** Handles calls that wait for the world; `reply` may be called later, and often. What is replied after the end of the run is dropped. */
  answer(calls: readonly unknown[], reply: (answers: readonly unknown[]) => void): void;
  /** Takes what the child says came of the run. Throws if that cannot be. */
  finish(outcome: unknown, cost: RunCost): void;
  /** The run was ended from outside. */
  fail(failure: RunFailure, cost: RunCost): void;
}

/** What a run took. */
export interface RunCost {
  /** From when its child was given it. */
  readonly wallMs: number;
  /** Processor time of its child, the threads that compile for it included. */
  readonly cpuMs: number;
}
