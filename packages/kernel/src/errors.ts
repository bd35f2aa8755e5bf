/** Ids and numbers that explain an error. Never message text, never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The world failing. Match on `code`, never on the message and never by `instanceof` across packages.
 * Codes are stable and start with their package: `POOL_CAPACITY_EXHAUSTED`.
 */
export class FleetError extends Error {
  /** Stable, upper-case, package-prefixed. */
  readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
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

/** True for a `FleetError`, from whichever copy of the package, optionally with that code. */
export function isFleetError(error: unknown, code?: string): error is FleetError {
  if (!(error instanceof Error) || !("code" in error) || !("retryable" in error)) return false;
  return code === undefined || error.code === code;
}

/** Whatever was thrown, as an `Error`; what already is one is returned as it is. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : `thrown: ${asText(thrown)}`, { cause: thrown });
}

// An object without a prototype, or with a broken toString, has no text of its own and must not throw a second time.
function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The fields by which a log line names an error: its code if it has one, and its message. */
export function errorFields(thrown: unknown): { error_code: string; error_message: string } {
  const error = toError(thrown);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { error_code: code, error_message: error.message };
}
