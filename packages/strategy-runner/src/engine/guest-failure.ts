export interface Frame {
  /** Empty for code outside of any function. */
  readonly functionName: string;
  readonly fileName: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/**
 * How guest code failed:
 *
 * - `threw`: by a value that nobody caught; the engine can go on;
 * - `fuel`, `memory`: it used up what it had. The guest cannot catch either;
 * - `trap`: the engine itself stopped (its native stack, memory out of bounds).
 *
 * After all but `threw` only `reset` may be called.
 */
export type FailureKind = "threw" | "fuel" | "memory" | "trap";

/** Guest code failed. Name, message and frames are the guest's words: text to be cut and cleaned before anybody sees it. */
export class GuestFailure extends Error {
  override readonly name = "GuestFailure";
  readonly kind: FailureKind;
  /** `TypeError` and the like; empty for a value that is no error. */
  readonly errorName: string;
  /** Innermost first, without the engine's own functions. */
  readonly frames: readonly Frame[];

  constructor(
    kind: FailureKind,
    message: string,
    options: { errorName?: string; frames?: readonly Frame[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.errorName = options.errorName ?? "";
    this.frames = options.frames ?? [];
  }
}

/** Thrown by a host function to throw an `Error` in the guest, with this message and, if given, this `code`. */
export class GuestThrow extends Error {
  override readonly name = "GuestThrow";
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

const FRAME = /^\s+at (?:(.*) \()?(.+):(\d+):(\d+)\)?$/;
/** A stack is guest text and may be long; what explains an error is on top. */
const MOST_FRAMES = 32;
/** The expression goes back and forth in a line: a megabyte made for it would take minutes, which no fuel pays. */
const LONGEST_FRAME = 1_000;

/** Reads the `stack` of a QuickJS error, line by line; lines of native functions have no position and are left out. */
export function framesOf(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const text of stack.split("\n", MOST_FRAMES)) {
    if (text.length > LONGEST_FRAME) continue;
    const [, functionName, fileName, line, column] = FRAME.exec(text) ?? [];
    if (fileName === undefined) continue;
    frames.push({
      functionName: functionName === undefined || functionName.startsWith("<") ? "" : functionName,
      fileName,
      line: Number(line),
      column: Number(column),
    });
  }
  return frames;
}
