import { toError } from "@shoal/kernel";

/**
 * Waits until all that was written to standard output has been taken: `process.exit` drops what a pipe has no room for, all but the first
 * 64 kB. Returns the exit code: the given one, or 1 where output was lost, which it says in the name of `program`. Somebody who stops reading
 * (`| head`) has lost nothing.
 */
export async function endOutput(program: string, exitCode: number): Promise<number> {
  let failure: unknown;
  process.stdout.on("error", (error) => {
    failure = error;
  });
  await new Promise<void>((resolve) => {
    process.stdout.end(() => resolve());
  });
  // The error of a write comes after the end.
  await new Promise(setImmediate);
  if (failure === undefined || isNobodyReading(failure)) return exitCode;
  process.stderr.write(`${program}: the output is not complete: ${toError(failure).message} (CLI_OUTPUT_LOST)\n`);
  return 1;
}

function isNobodyReading(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && failure.code === "EPIPE";
}
