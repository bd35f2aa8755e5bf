import { FleetError, isFleetError } from "@shoal/kernel";

/**
 * Errors of the store: `STORE_UNAVAILABLE`, `STORE_BUSY`, `STORE_CONFLICT`, `STORE_CONSTRAINT`, `STORE_ACCESS_DENIED`, `STORE_QUERY`,
 * `STORE_URL_INVALID`, `STORE_LISTEN_UNSUPPORTED`, `STORE_MIGRATION_INVALID`, `STORE_MIGRATION_CHANGED`,
 * `STORE_MIGRATION_UNKNOWN`, `STORE_SCHEMA_NEWER`.
 */
export class StoreError extends FleetError {}

interface Verdict {
  readonly code: string;
  readonly retryable: boolean;
  readonly advice: string;
}

const UNAVAILABLE: Verdict = {
  code: "STORE_UNAVAILABLE",
  retryable: true,
  advice: "The database cannot serve requests now; try again.",
};
const CONFLICT: Verdict = {
  code: "STORE_CONFLICT",
  retryable: true,
  advice: "Two transactions met; run this one again from its start.",
};
const CONSTRAINT: Verdict = {
  code: "STORE_CONSTRAINT",
  retryable: false,
  advice: "The row breaks a rule of its table.",
};
const ACCESS_DENIED: Verdict = {
  code: "STORE_ACCESS_DENIED",
  retryable: false,
  advice: "Check the user, password, database name and parameters in DATABASE_URL, and the rights of that user.",
};
const TIMED_OUT: Verdict = {
  code: "STORE_QUERY",
  retryable: true,
  advice: "The statement was given up while it waited or ran; try again.",
};
const LOST_STATEMENT: Verdict = {
  code: "STORE_QUERY",
  retryable: true,
  advice: "A transaction pooler seems to stand before the database: add ?pgbouncer=true to the connection string.",
};
const REFUSED: Verdict = { code: "STORE_QUERY", retryable: false, advice: "The statement itself is at fault." };

/** Verdicts by full SQLSTATE, which go before those of its class. @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const BY_STATE: Readonly<Record<string, Verdict>> = {
  "40002": CONSTRAINT,
  "40003": UNAVAILABLE,
  "57014": TIMED_OUT,
  "55P03": TIMED_OUT,
  "55006": UNAVAILABLE,
  "26000": LOST_STATEMENT,
  "42P05": LOST_STATEMENT,
  "25006": UNAVAILABLE,
  "25P03": UNAVAILABLE,
  "25P04": UNAVAILABLE,
  "42501": ACCESS_DENIED,
};

/**
 * Verdicts by class, for classes that are known to refuse the statement itself. An error of another class may pass, as XX
 * does: an internal error of Postgres, and the answer of Supavisor to nearly every trouble.
 */
const BY_CLASS: Readonly<Record<string, Verdict>> = {
  "23": CONSTRAINT,
  "44": CONSTRAINT,
  "28": ACCESS_DENIED,
  "3D": ACCESS_DENIED,
  "40": CONFLICT,
  ...Object.fromEntries(
    "03 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 24 25 26 27 2B 2D 2F 34 38 39 3B 3F 42 54 55 P0"
      .split(" ")
      .map((each) => [each, REFUSED]),
  ),
};

/**
 * Messages of poolers about a connection string that they can never serve, by the SQLSTATE that they use for all other
 * troubles, too: PgBouncer 08P01, Supavisor XX000, its newer versions with a code in front.
 * @source pgbouncer src/client.c and src/objects.c, supavisor lib/supavisor/errors
 */
const POOLER_DENIES: Readonly<Record<string, RegExp>> = {
  "08P01":
    /^(no such (database|user)|unsupported (options )?startup parameter|no username supplied|(username|password) too long|empty password|SSL required|login rejected|(SASL|PAM|LDAP|"?(password|certificate|trust)"?) authentication failed)/,
  XX000:
    /^(\(E[A-Z]+\) )?(tenant or user not found|tenant\/user .* not found|Authentication error, reason: "Invalid format|no tenant identifier|multiple users matched|address not in tenant|SSL connection is required)/i,
};

/** Classes whose messages quote a value, which may be a person's text: data exceptions. */
const CLASSES_QUOTING_VALUES = new Set(["22"]);

/** A refusal by the server, or a pooler before it, as a driver returns it. */
export interface ServerRefusal {
  readonly sqlstate: string;
  readonly message: string;
  /** FATAL: the connection was refused or ended, ERROR: only the statement was. */
  readonly severity?: string | undefined;
  /** Routine in the source of Postgres that raised it. Poolers have none. */
  readonly routine?: string | undefined;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
}

/** Makes the `StoreError` for a refusal of the server. Keeps values of rows out of it; `cause` must not hold any either. */
export function refusedByServer(refusal: ServerRefusal, cause: Error): StoreError {
  const { sqlstate, constraint, table } = refusal;
  const verdict = verdictOf(refusal);
  // A refused connection is about the connection string, not about a row.
  const isOfRow = verdict !== ACCESS_DENIED && CLASSES_QUOTING_VALUES.has(sqlstate.slice(0, 2));
  const said = isOfRow ? "a value does not fit its type" : refusal.message;
  return new StoreError(verdict.code, `Postgres refused: ${said} (SQLSTATE ${sqlstate}). ${verdict.advice}`, {
    retryable: verdict.retryable,
    details: { sqlstate, ...(constraint && { constraint }), ...(table && { table }) },
    cause,
  });
}

function verdictOf({ sqlstate, message, severity, routine }: ServerRefusal): Verdict {
  if (POOLER_DENIES[sqlstate]?.test(message)) return ACCESS_DENIED;
  // Raised by Postgres itself for one statement, whose parameters do not fit.
  if (sqlstate === "08P01" && severity === "ERROR" && routine) return REFUSED;
  const verdict = BY_STATE[sqlstate] ?? BY_CLASS[sqlstate.slice(0, 2)] ?? UNAVAILABLE;
  // FATAL before a statement: a parameter of the connection was refused.
  return verdict === REFUSED && severity === "FATAL" ? ACCESS_DENIED : verdict;
}

/**
 * Returns whether the same write can never work, so that it is to be given up. False for a connection or a right that is
 * denied, which may be granted again, and for unknown errors.
 */
export function isRefusedForGood(thrown: unknown): boolean {
  return isFleetError(thrown) && !thrown.retryable && thrown.code !== "STORE_ACCESS_DENIED";
}

/** Returns whether the values of the row are at fault: they would be refused for ever, others may be written. */
export function isAboutTheValues(thrown: unknown): boolean {
  if (!isFleetError(thrown)) return false;
  const isDataException = thrown.code === "STORE_QUERY" && `${thrown.details["sqlstate"]}`.startsWith("22");
  return thrown.code === "STORE_CONSTRAINT" || isDataException;
}

/** Makes the `StoreError` for a server that could not be reached or went away. `driverCode` is the driver's name for the error. */
export function unreachable(driverCode: string, cause: Error): StoreError {
  return new StoreError("STORE_UNAVAILABLE", `The database cannot be reached (${driverCode}). ${UNAVAILABLE.advice}`, {
    retryable: true,
    details: { driver_code: driverCode },
    cause,
  });
}

/** Makes the `StoreError` for a wait of `limitMs` in which none of `count` connections became free. Nothing was sent. */
export function busy(limitMs: number, count: number): StoreError {
  return new StoreError(
    "STORE_BUSY",
    `No connection to the database became free within ${limitMs} ms: all ${count} are at work. Nothing was sent; try again. If it goes on, look for slow statements ("shoal doctor"), or set DATABASE_CONNECTIONS higher.`,
    { retryable: true, details: { limit_ms: limitMs, connection_count: count } },
  );
}

/** Makes the `StoreError` for a server whose encryption, certificate or login does not fit the connection string. */
export function deniedByDriver(driverCode: string, cause: Error): StoreError {
  return new StoreError(
    "STORE_ACCESS_DENIED",
    `The connection to the database cannot be made as DATABASE_URL asks (${driverCode}). Check sslmode, sslrootcert and channel_binding there, and the certificate of the server.`,
    { details: { driver_code: driverCode }, cause },
  );
}
