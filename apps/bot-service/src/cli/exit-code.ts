import { errorFields, isFleetError, printable } from "@shoal/kernel";

const WRONG_INPUT =
  /^(CLI_(USAGE|CANDLES_MISSING|STRATEGY_AMBIGUOUS|SECRET_INVALID|INPUT_TOO_LARGE)|HTTP_(UNAUTHORIZED|READ_ONLY|INVALID_FIELD|TOO_DEEP|BODY_TOO_LARGE)|CONFIG_.*|BACKTEST_(?!INTERRUPTED).*|MARKET_FILE_.*|TRADING_INVALID_SETTINGS|JOB_INVALID|JOB_PAYLOAD_TOO_LARGE|JOB_TYPE_UNKNOWN|QUEUE_(UNKNOWN|INVALID)|STORE_(ACCESS_DENIED|URL_INVALID))$/;

/** Receives the exit code of a command. */
export type Exit = (code: number) => void;

/** Returns 2 if the command line or the configuration must be changed, else 1. */
export function exitCodeOf(thrown: unknown): number {
  return isFleetError(thrown) && WRONG_INPUT.test(thrown.code) ? 2 : 1;
}

/** Runs a command and returns its exit code. Writes its error to standard error, under the program's name. */
export async function runToExitCode(program: string, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (thrown) {
    const { error_code: code, error_message: message } = errorFields(thrown);
    // A message may have lines of its own, and what others have said in them.
    const lines = `${program}: ${message} (${code})`.split("\n").map(printable);
    process.stderr.write(`${lines.join("\n")}\n`);
    return exitCodeOf(thrown);
  }
}
