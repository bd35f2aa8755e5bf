import { join } from "node:path";
import { errorFields, isFleetError } from "@shoal/kernel";

/** An error that nothing caught: a rejection that nobody awaits, or a throw in a callback. */
export interface Fault {
  /** Whether the daemon's own code is at fault, so that its state cannot be trusted any more. */
  readonly isOurs: boolean;
  /** `file:line` of the fleet file's code, where the stack has one. */
  readonly place?: string;
  readonly errorCode: string;
  readonly message: string;
  /** Bounded. */
  readonly stack?: string;
}

export interface FaultContext {
  /** The fleet file; null if there is none, so that all code is ours. */
  readonly fleetFile: string | null;
  /** The folder of this repository. */
  readonly home: string;
}

/** The folder of this repository. */
export const HOME = join(import.meta.dirname, "../../../..");

const MESSAGE_CHARACTERS = 1000;
const STACK_LINES = 15;
const STACK_CHARACTERS = 4000;

/**
 * Finds out whose code is at fault. Code of the fleet file is whatever lies outside of our sources and our dependencies. Without
 * any place in the stack (a failed `fetch` has none), or if it is an error that our API reports to its caller, it is the fleet file's:
 * ours awaits every promise, which the linter checks.
 */
export function readFault(thrown: unknown, { fleetFile, home }: FaultContext): Fault {
  const { error_code: errorCode, error_message: message } = errorFields(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  const places = placesIn(stack ?? "");
  const isOurCode = ({ path }: Place) =>
    path.startsWith(join(home, "apps/")) || path.startsWith(join(home, "packages/"));
  const theirs = places.find((place) => !isOurCode(place) && !place.path.includes("/node_modules/"));
  const isOurs = fleetFile === null || (!theirs && !isFleetError(thrown) && places.some(isOurCode));
  return {
    isOurs,
    errorCode: String(errorCode).slice(0, MESSAGE_CHARACTERS),
    message: String(message).slice(0, MESSAGE_CHARACTERS),
    ...(theirs && !isOurs && { place: `${theirs.path}:${theirs.line}` }),
    ...(stack !== undefined && {
      stack: stack.split("\n").slice(0, STACK_LINES).join("\n").slice(0, STACK_CHARACTERS),
    }),
  };
}

interface Place {
  readonly path: string;
  readonly line: number;
}

/** Returns the files of a stack, the innermost call first. */
function placesIn(stack: string): Place[] {
  const found = stack.matchAll(/^ {4}at .*?\(?(?:file:\/\/)?(\/[^():\n]+):(\d+)(?::\d+)?\)?$/gm);
  return [...found].map(([, path = "", line]) => ({ path, line: Number(line) }));
}
