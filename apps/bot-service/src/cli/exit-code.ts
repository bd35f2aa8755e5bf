import { isFleetError } from "@shoal/kernel";

const WRONG_INPUT =
  /^(CLI_USAGE|CONFIG_.*|JOB_INVALID|JOB_PAYLOAD_TOO_LARGE|JOB_TYPE_UNKNOWN|QUEUE_(UNKNOWN|INVALID)|STORE_(ACCESS_DENIED|URL_INVALID))$/;

/** Takes the exit code of a command. */
export type Exit = (code: number) => void;

/** 2 where the command line or the configuration must be changed, else 1. */
export function exitCodeOf(thrown: unknown): number {
  return isFleetError(thrown) && WRONG_INPUT.test(thrown.code) ? 2 : 1;
}
