import { formatWithOptions } from "node:util";
import type { Log } from "@shoal/kernel";

type Printer = (...values: unknown[]) => void;
/** The part of the console that is taken over. */
export type Console = Record<"debug" | "log" | "info" | "warn" | "error", Printer>;

const LEVELS = { debug: "debug", log: "info", info: "info", warn: "warn", error: "error" } as const;

/** The driver says it each second while the database is away, which the log has said once by then. */
const REPEATED = /^bun:sql LISTEN /;

/**
 * Writes to the log what is printed on the console, by a library or by the code of a fleet file, so that each line has the log's format
 * and no secrets.
 */
export function logConsole(target: Console, log: Log): void {
  for (const name of ["debug", "log", "info", "warn", "error"] as const) {
    target[name] = (...values) => {
      const text = formatWithOptions({ colors: false, depth: 4 }, ...values);
      log[REPEATED.test(text) ? "debug" : LEVELS[name]]({ printed_by: `console.${name}` }, text);
    };
  }
}
