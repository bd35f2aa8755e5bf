/** Why a run ended from outside the sandbox. Each is the run's own: no other run shares the process. */
export type RunFailureCode =
  /** It took longer than `wallMs`. */
  | "STRATEGY_TIME_LIMIT"
  /** Its process used more processor time than `cpuMs`. */
  | "STRATEGY_CPU_LIMIT"
  /** Its process held more than `memoryBytes` above what it held before. */
  | "STRATEGY_MEMORY_LIMIT"
  /** Its process ended in the middle of it. */
  | "STRATEGY_PROCESS_LOST"
  /** Its process answered with something that is no answer, or one that is too large. */
  | "STRATEGY_ANSWER_INVALID";

export interface RunFailure {
  readonly code: RunFailureCode;
  /** What happened, and its limit. Shown to the owner. */
  readonly message: string;
}

/** The walls around a run that the parent watches from outside. */
export interface OuterLimits {
  /** From when its child takes the run to its answer, waits for host calls included. */
  readonly wallMs: number;
  /** Processor time of the child during the run. */
  readonly cpuMs: number;
  /** Resident memory of the child above what it held when it was ready. */
  readonly memoryBytes: number;
}

export const DEFAULT_OUTER_LIMITS = {
  wallMs: 3000,
  cpuMs: 30_000,
  memoryBytes: 100 * 1024 * 1024,
} as const satisfies OuterLimits;
