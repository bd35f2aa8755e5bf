import { isFleetError, toError } from "@shoal/kernel";
import { refusedByServer, StoreError, unreachable } from "../../errors.ts";

/** Turns what Bun.SQL throws into a `StoreError`. What is none of the driver's (thrown by the caller's own work) stays as it is. */
export function mapDriverError(thrown: unknown): Error {
  const error = toError(thrown);
  if (isFleetError(error) || !(error instanceof Bun.SQL.SQLError)) return error;
  if (!(error instanceof Bun.SQL.PostgresError)) return new StoreError("STORE_QUERY", error.message, { cause: error });
  if (error.errno) {
    const { errno: sqlstate, message, constraint, table, routine } = error;
    // Not the driver's own error: its `detail` quotes the row, and a row may hold what somebody wrote in a chat.
    const cause = new Error(`SQLSTATE ${sqlstate}, raised by ${routine}`);
    return refusedByServer({ sqlstate, message, constraint, table }, cause);
  }
  if (/CONNECTION|TIMEOUT|LIFETIME|TLS|SOCKET/.test(error.code)) return unreachable(error.code, error);
  return new StoreError("STORE_QUERY", `The driver refused the statement: ${error.message} (${error.code}).`, {
    details: { driver_code: error.code },
    cause: error,
  });
}

/** The `StoreError` for an answer that stayed out for so long. */
export function unanswered(limitMs: number): StoreError {
  return new StoreError("STORE_UNAVAILABLE", `The database did not answer within ${limitMs} ms; try again.`, {
    retryable: true,
    details: { limit_ms: limitMs },
  });
}
