import { printableJson } from "@shoal/kernel";
import type { Exit } from "./exit-code.ts";

/** Result of a command. */
export interface Answer {
  readonly text: string;
  readonly json: unknown;
  /** Exit code. Default 0. */
  readonly exitCode?: number;
}

/** Prints the result of a command, as text or as one line of JSON, and sets the exit code. */
export function giveAnswer({ text, json, exitCode = 0 }: Answer, isJson: boolean, exit: Exit): void {
  process.stdout.write(isJson ? `${printableJson(json)}\n` : text);
  exit(exitCode);
}
