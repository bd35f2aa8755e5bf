export {
  Argument,
  type Command,
  type CommandUnknownOpts as AnyCommand,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
export { endOutput } from "./adapters/output-end.ts";
export { createCommand, helpOf, runCommand } from "./command.ts";
export { UsageError } from "./errors.ts";
export { duration, wholeNumber } from "./values.ts";
