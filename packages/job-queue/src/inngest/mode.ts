import { type ExecutionMode, executionModeOf } from "../health/read-figures.ts";
import type { Executor } from "../types.ts";

/** The three switches. @source SPEC E, modes */
export interface ExecutorSettings {
  readonly primary: Executor;
  /** Inngest does the jobs that workers have not claimed in time. */
  readonly fallback: boolean;
  /** Both execute each job, for comparison. */
  readonly dualRun: boolean;
}

/** Who does what in a mode. */
export interface ExecutorMode {
  readonly name: ExecutionMode;
  /** The daemon's workers claim jobs by themselves. */
  readonly hasWorkers: boolean;
  /**
   * What a call of Inngest is for: to run the job, to run it if the workers have not (`stand_in`), or to run its handler
   * again beside them (`shadow`). Null: Inngest has no part, and is told of no job.
   */
  readonly calls: "run" | "stand_in" | "shadow" | null;
}

const MODES: Readonly<Record<ExecutionMode, Omit<ExecutorMode, "name">>> = {
  supabase: { hasWorkers: true, calls: null },
  inngest: { hasWorkers: false, calls: "run" },
  fallback: { hasWorkers: true, calls: "stand_in" },
  dual_run: { hasWorkers: true, calls: "shadow" },
};

/** The mode that the switches make, or the problem where they contradict each other. Pure. */
export function executorMode(settings: ExecutorSettings): ExecutorMode | { readonly problem: string } {
  if (settings.dualRun && settings.fallback) {
    return { problem: "a dual run has both execute, a fallback one of them: they exclude each other" };
  }
  if (settings.primary === "inngest" && settings.fallback) {
    return { problem: "Inngest cannot be what it falls back to: the fallback is for the workers as primary executor" };
  }
  if (settings.primary === "inngest" && settings.dualRun) {
    return {
      problem: "in a dual run the workers do the jobs and Inngest is compared with them: they are the primary executor",
    };
  }
  const name = executionModeOf(settings);
  return { name, ...MODES[name] };
}
