import { type ErrorDetails, FleetError } from "@shoal/kernel";

/** Stable codes of what can be wrong with a strategy, its deploy or its run. docs/strategies.md says of each what an owner can do. */
export type StrategyErrorCode =
  // The check at deploy.
  /** The source is larger than 256 kB. */
  | "STRATEGY_TOO_LARGE"
  /** The source is no TypeScript or JavaScript. */
  | "STRATEGY_SYNTAX"
  /** The compiler finds an error of types. */
  | "STRATEGY_TYPES"
  /** The source imports something other than the types of `@shoal/strategy`. */
  | "STRATEGY_IMPORTS"
  /** No function is exported as `run`. */
  | "STRATEGY_RUN_MISSING"
  /** `needs` is not what it must be, or asks for more than there can be. */
  | "STRATEGY_NEEDS_INVALID"
  /** `config` is no object of JSON, or too large. */
  | "STRATEGY_CONFIG_INVALID"
  /** The compiler does not come to an end with this source in time or memory. */
  | "STRATEGY_CHECK_LIMIT"
  /** The compiler does not work here; nothing is said of the strategy. Retryable. */
  | "STRATEGY_CHECK_UNAVAILABLE"
  // The run.
  /** The strategy threw, and did not catch. */
  | "STRATEGY_THREW"
  /** It used up its fuel. */
  | "STRATEGY_OUT_OF_FUEL"
  /** It used up its memory. */
  | "STRATEGY_OUT_OF_MEMORY"
  /** It went too deep for the engine's stack. */
  | "STRATEGY_STACK_OVERFLOW"
  /** `run` waits for something that never comes. */
  | "STRATEGY_NEVER_SETTLES"
  /** The time of the run is over. */
  | "STRATEGY_TIME_LIMIT"
  /** Its process used more processor time than a run may. */
  | "STRATEGY_CPU_LIMIT"
  /** Its process held more memory than a run may. */
  | "STRATEGY_MEMORY_LIMIT"
  /** Its process ended in the middle of it; nothing is said of the strategy. Retryable. */
  | "STRATEGY_PROCESS_LOST"
  /** Its process answered with something that is no outcome of a run, or is too large. */
  | "STRATEGY_ANSWER_INVALID"
  // Calls of `ctx`.
  | "STRATEGY_ORDER_INVALID"
  | "STRATEGY_ORDERS_TOO_MANY"
  | "STRATEGY_STATE_INVALID"
  | "STRATEGY_STATE_TOO_LARGE"
  /** `ctx.market.candles` of what `needs` does not name. */
  | "STRATEGY_CANDLES_UNKNOWN"
  | "STRATEGY_TA_INVALID"
  | "STRATEGY_TA_TOO_MANY"
  /** Calls that wait are not possible in this run. */
  | "STRATEGY_CALL_REFUSED"
  /** The answer to a call could not be had. */
  | "STRATEGY_CALL_FAILED"
  | "STRATEGY_CALLS_TOO_MANY"
  // What a caller gives.
  /** Candles that `needs` names were not given. */
  | "STRATEGY_CANDLES_MISSING"
  /** Candles with NaN, out of order, or not finished at the time of the run. */
  | "STRATEGY_CANDLES_INVALID"
  /** A request that no run can be made of: state or settings that are too large, for example. */
  | "STRATEGY_REQUEST_INVALID"
  // The runner.
  /** The runner is closed, or closed before the run began or ended. */
  | "STRATEGY_RUNNER_CLOSED"
  /** A wall of the jail is missing where all are required; `details.missing` names them. */
  | "STRATEGY_JAIL_INCOMPLETE"
  // Journals.
  /** The journal was changed, or is none. */
  | "STRATEGY_JOURNAL_CHANGED"
  /** The journal is of another build of the engine, whose fuel and memory cannot be compared. */
  | "STRATEGY_JOURNAL_OTHER_BUILD"
  /** The candles or the code given for a replay are not those of the journal. */
  | "STRATEGY_JOURNAL_INPUTS"
  /** A replay called something that the recorded run did not. */
  | "STRATEGY_REPLAY_DIVERGED";

/** A strategy cannot be checked, run or replayed as asked. What a strategy does wrong in a run is a value: `RunOutcome.error`. */
export class StrategyError extends FleetError {
  declare readonly code: StrategyErrorCode;
  constructor(
    code: StrategyErrorCode,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
