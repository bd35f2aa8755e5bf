import type { Engine, Handle } from "../engine/engine.types.ts";
import { type Frame, GuestFailure } from "../engine/guest-failure.ts";
import { LIMITS } from "../limits.ts";
import type { RunError } from "../run.types.ts";
import type { StrategyErrorCode } from "../strategy-error.ts";
import type { RunMeter } from "./run-meter.ts";
import { shownText } from "./shown-text.ts";

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

/** What ran. */
interface Source {
  readonly javascript: string;
  readonly fileName: string;
}

/** Says to the owner how guest code failed. */
export function runError(failure: GuestFailure, source: Source, meter?: RunMeter): RunError {
  if (failure.kind !== "threw") return LIMIT_ERRORS[failure.kind];
  const code = codeOf(failure, meter);
  const isOwn = code === "STRATEGY_THREW";
  const message = isOwn && failure.errorName !== "" ? `${failure.errorName}: ${failure.message}` : failure.message;
  return {
    code,
    message: shownText(message, LIMITS.errorCharacters),
    ...placeOf(failure.frames, source),
  };
}

function codeOf({ errorName, message }: GuestFailure, meter: RunMeter | undefined): StrategyErrorCode {
  const code = meter?.codeOf(message);
  if (code !== undefined) return code;
  if (STACK_OVERFLOWS.has(message)) return "STRATEGY_STACK_OVERFLOW";
  if (errorName === "ReferenceError" && IMPORT_REFUSED.test(message)) return "STRATEGY_IMPORTS";
  return "STRATEGY_THREW";
}

function placeOf(frames: readonly Frame[], source: Source): Pick<RunError, "line" | "column" | "stack"> {
  const places = placesIn(frames, source).slice(0, LIMITS.stackLines);
  const [first] = places;
  if (first === undefined) return {};
  const stack = places.map(
    ({ functionName, line, column }) => `${shownText(functionName || "(module)", 60)} ${line}:${column}`,
  );
  return { line: first.line, column: first.column, stack: stack.join("\n") };
}

/** Frames in the owner's file. A stack is text of the strategy's: a place that the file does not have is left out. */
function placesIn(frames: readonly Frame[], { fileName, javascript }: Source): readonly Frame[] {
  const own = frames.filter((frame) => frame.fileName === fileName);
  if (own.length === 0) return own;
  const lines = javascript.split(/[\n\u2028\u2029]/);
  return own.flatMap((frame) => {
    const bytes = Buffer.from(lines[frame.line - 1] ?? "");
    if (frame.line < 1 || frame.line > lines.length || frame.column < 1 || frame.column > bytes.length + 1) return [];
    // The engine counts columns in bytes of UTF-8.
    return [{ ...frame, column: bytes.toString("utf8", 0, frame.column - 1).length + 1 }];
  });
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
export function loadModule(engine: Engine, source: Source): Handle {
  try {
    return engine.evaluateModule(source.javascript, source.fileName);
  } catch (thrown) {
    if (!(thrown instanceof GuestFailure) || thrown.errorName !== "SyntaxError") throw thrown;
    const error = runError(thrown, source);
    throw new RunEnded(error.code === "STRATEGY_THREW" ? { ...error, code: "STRATEGY_SYNTAX" } : error);
  }
}
