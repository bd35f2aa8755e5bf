/** Ids and numbers that explain an error. Never message text, never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * A failure of something outside this code. Match on `code`, never on the message and never by `instanceof` across
 * packages. Codes are stable and start with their package: `POOL_CAPACITY_EXHAUSTED`.
 */
export class FleetError extends Error {
  /** Stable, upper-case, package-prefixed. */
  readonly code: string;
  /** Whether the same call may succeed later without a change of configuration or arguments. */
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** Returns true for a `FleetError` of any copy of the package, optionally with that code. */
export function isFleetError(error: unknown, code?: string): error is FleetError {
  if (!(error instanceof Error) || !("code" in error) || !("retryable" in error)) return false;
  return code === undefined || error.code === code;
}

/** Returns a thrown value as an `Error`; an `Error` is returned as it is. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : `thrown: ${asText(thrown)}`, { cause: thrown });
}

// An object without a prototype or with a broken toString has no text, and must not throw a second time.
function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Returns the fields of an error for a log line: its code if it has one, and its message. */
export function errorFields(thrown: unknown): { error_code: string; error_message: string } {
  const error = toError(thrown);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { error_code: code, error_message: error.message };
}
