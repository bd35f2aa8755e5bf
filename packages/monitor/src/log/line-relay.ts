import type { LogDestination } from "./pretty.ts";

/** Passes lines of a log on to one listener, and keeps the latest of those that come before it listens. */
export interface LineRelay extends LogDestination {
  /** Calls `onLine` with the lines that were kept, and with all that come. */
  listen(onLine: (line: string) => void): void;
}

const KEPT_COUNT = 100;

export function createLineRelay(): LineRelay {
  const kept: string[] = [];
  let pass = (line: string): void => {
    kept.push(line);
    if (kept.length > KEPT_COUNT) kept.shift();
  };
  return {
    write: (line) => pass(line),
    listen(onLine) {
      pass = onLine;
      for (const line of kept.splice(0)) onLine(line);
    },
  };
}
