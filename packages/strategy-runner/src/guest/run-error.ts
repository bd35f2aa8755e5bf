import type { Engine, Handle } from "../engine/engine.types.ts";
import { type Frame, GuestFailure } from "../engine/guest-failure.ts";
import { LIMITS } from "../limits.ts";
import type { RunError } from "../run.types.ts";
import type { StrategyErrorCode } from "../strategy-error.ts";
import { shownText } from "./run-log.ts";
import type { RunMeter } from "./run-meter.ts";

const LIMIT_ERRORS = {
  fuel: {
    code: "STRATEGY_OUT_OF_FUEL",
    message: "the run used up its fuel: it loops for too long, or does too much at once",
  },
  memory: {
    code: "STRATEGY_OUT_OF_MEMORY",
    message: "the run used up its memory: it keeps too much at once",
  },
  trap: {
    code: "STRATEGY_STACK_OVERFLOW",
    message: "the run went too deep for the engine: a function calls itself too often, or a text is nested too deep",
  },
} as const;

/** In the words of the engine: of calls, of its compilers. */
const STACK_OVERFLOWS: ReadonlySet<string> = new Set(["Maximum call stack size exceeded", "stack overflow"]);
const IMPORT_REFUSED = /could not load module|module loader|import/i;

/** Says to the owner how guest code failed. */
export function runError(failure: GuestFailure, fileName: string, meter?: RunMeter): RunError {
  if (failure.kind !== "threw") return LIMIT_ERRORS[failure.kind];
  const frames = failure.frames.filter((frame) => frame.fileName === fileName);
  const code = codeOf(failure, meter);
  const isOwn = code === "STRATEGY_THREW";
  const message = isOwn && failure.errorName !== "" ? `${failure.errorName}: ${failure.message}` : failure.message;
  return {
    code,
    message: shownText(message, LIMITS.errorCharacters),
    ...placeOf(frames),
  };
}

function codeOf({ errorName, message }: GuestFailure, meter: RunMeter | undefined): StrategyErrorCode {
  const code = meter?.codeOf(message);
  if (code !== undefined) return code;
  if (STACK_OVERFLOWS.has(message)) return "STRATEGY_STACK_OVERFLOW";
  if (errorName === "ReferenceError" && IMPORT_REFUSED.test(message)) return "STRATEGY_IMPORTS";
  return "STRATEGY_THREW";
}

function placeOf(frames: readonly Frame[]): Pick<RunError, "line" | "column" | "stack"> {
  const [first] = frames;
  if (first === undefined) return {};
  const stack = frames
    .slice(0, LIMITS.stackLines)
    .map(({ functionName, line, column }) => `${shownText(functionName || "(module)", 60)} ${line}:${column}`);
  return { line: first.line, column: first.column, stack: stack.join("\n") };
}

/** Ends a run for a reason that is no failure of guest code. */
export class RunEnded extends Error {
  override readonly name = "RunEnded";
  readonly error: RunError;
  constructor(error: RunError) {
    super(error.message);
    this.error = error;
  }
}

/** Begins to evaluate a module. A syntax error here is that of the source; one later is of a text that the strategy reads. */
export function loadModule(engine: Engine, javascript: string, fileName: string): Handle {
  try {
    return engine.evaluateModule(javascript, fileName);
  } catch (thrown) {
    if (!(thrown instanceof GuestFailure) || thrown.errorName !== "SyntaxError") throw thrown;
    const error = runError(thrown, fileName);
    throw new RunEnded(error.code === "STRATEGY_THREW" ? { ...error, code: "STRATEGY_SYNTAX" } : error);
  }
}
