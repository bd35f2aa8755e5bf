import { isFleetError, toError } from "@shoal/kernel";
import { deniedByDriver, refusedByServer, StoreError, unreachable } from "../../errors.ts";

/** The driver's own codes that concern one statement; all others of its protocol end the connection, which is then made anew. */
const OF_STATEMENT =
  /^ERR_POSTGRES_(COMMIT_ROLLED_BACK|COPY_.*|INVALID_(BINARY_DATA|BYTE_SEQUENCE|CHARACTER|TRANSACTION_STATE)|NOT_TAGGED_CALL|QUERY_CANCELLED|SYNTAX_ERROR|TOO_MANY_PARAMETERS|UNKNOWN_FORMAT_CODE|UNSAFE_TRANSACTION|UNSUPPORTED_(ARRAY|BYTEA|INTEGER)_.*)$/;

/** The driver's own codes for an encryption or a login that the server does not offer, or whose certificate is not trusted: no retry mends it. */
const OF_CONFIGURATION =
  /^ERR_POSTGRES_(TLS_NOT_AVAILABLE|CHANNEL_BINDING_\w+|SASL_NO_KNOWN_MECHANISM|UN(KNOWN|SUPPORTED)_AUTHENTICATION_METHOD)$|_CERT(_|$)|^CERT_|UNABLE_TO_VERIFY_LEAF_SIGNATURE|HOSTNAME_MISMATCH/;

/** Turns an error of Bun.SQL into a `StoreError`. Errors that are not the driver's (thrown by the caller's work) stay as they are. */
export function mapDriverError(thrown: unknown): Error {
  const error = toError(thrown);
  if (isFleetError(error)) return error;
  // A certificate that is not trusted is reported by TLS, not by the driver.
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (OF_CONFIGURATION.test(code)) return deniedByDriver(code, error);
  if (!(error instanceof Bun.SQL.SQLError)) return error;
  if (!(error instanceof Bun.SQL.PostgresError)) return new StoreError("STORE_QUERY", error.message, { cause: error });
  if (error.errno) {
    const { errno: sqlstate, message, severity, constraint, table, routine } = error;
    // Not the driver's own error: its `detail` quotes the row, and a row may hold a person's text.
    const cause = new Error(`SQLSTATE ${sqlstate}, raised by ${routine ?? "a pooler"}`);
    return refusedByServer({ sqlstate, message, severity, routine, constraint, table }, cause);
  }
  const isOfConnection = error.code.startsWith("ERR_POSTGRES_") && !OF_STATEMENT.test(error.code);
  if (isOfConnection || /CONNECTION|TIMEOUT|TLS|SOCKET/.test(error.code)) return unreachable(error.code, error);
  return new StoreError("STORE_QUERY", `The driver refused the statement: ${error.message} (${error.code}).`, {
    details: { driver_code: error.code },
    cause: error,
  });
}

/** Makes the `StoreError` for an answer that did not come within `limitMs`. */
export function unanswered(limitMs: number): StoreError {
  return new StoreError("STORE_UNAVAILABLE", `The database did not answer within ${limitMs} ms; try again.`, {
    retryable: true,
    details: { limit_ms: limitMs },
  });
}
