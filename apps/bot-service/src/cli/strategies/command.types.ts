import type { RunFile } from "./run-file.ts";

/** The command that a command line asks for. */
export type StrategiesCommand =
  | { readonly kind: "check"; readonly path: string }
  | { readonly kind: "run"; readonly file: RunFile };

/** Receives the command that was asked for. */
export type RunCommand = (command: StrategiesCommand, isJson: boolean) => void | Promise<void>;
