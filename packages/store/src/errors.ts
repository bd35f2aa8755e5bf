import { FleetError } from "@shoal/kernel";

/**
 * What the store reports: `STORE_UNAVAILABLE`, `STORE_CONFLICT`, `STORE_CONSTRAINT`, `STORE_ACCESS_DENIED`, `STORE_QUERY`,
 * `STORE_URL_INVALID`, `STORE_LISTEN_UNSUPPORTED`, `STORE_MIGRATION_INVALID`, `STORE_MIGRATION_CHANGED`, `STORE_LEASE_LOST`.
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
  advice: "The database cannot serve us now; try again.",
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
  advice: "Check the user, password and database name in DATABASE_URL, and the rights of that user.",
};
const TIMED_OUT: Verdict = {
  code: "STORE_QUERY",
  retryable: true,
  advice: "The statement was given up while it waited or ran; try again.",
};
const LOST_STATEMENT: Verdict = {
  code: "STORE_QUERY",
  retryable: false,
  advice: "A transaction pooler seems to stand before the database: add ?pgbouncer=true to the connection string.",
};
const REFUSED: Verdict = { code: "STORE_QUERY", retryable: false, advice: "The statement itself is at fault." };

/** A full SQLSTATE before its class. @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const BY_STATE: Readonly<Record<string, Verdict>> = {
  "40001": CONFLICT,
  "40P01": CONFLICT,
  "40003": UNAVAILABLE,
  "57014": TIMED_OUT,
  "55P03": TIMED_OUT,
  "57P01": UNAVAILABLE,
  "57P02": UNAVAILABLE,
  "57P03": UNAVAILABLE,
  "57P05": UNAVAILABLE,
  "26000": LOST_STATEMENT,
  "42P05": LOST_STATEMENT,
  "25006": UNAVAILABLE,
  "42501": ACCESS_DENIED,
  "3D000": ACCESS_DENIED,
};

const BY_CLASS: Readonly<Record<string, Verdict>> = {
  "08": UNAVAILABLE,
  "53": UNAVAILABLE,
  "58": UNAVAILABLE,
  "23": CONSTRAINT,
  "28": ACCESS_DENIED,
};

/** Data exceptions quote the value they choked on, and a value may be what somebody wrote in a chat. */
const CLASSES_QUOTING_VALUES = new Set(["22"]);

/** What the server said, as a driver hands it over. */
export interface ServerRefusal {
  readonly sqlstate: string;
  readonly message: string;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
}

/** The `StoreError` for a refusal of the server. Values of rows stay out of it; `cause` must not hold any either. */
export function refusedByServer(refusal: ServerRefusal, cause: Error): StoreError {
  const { sqlstate, constraint, table } = refusal;
  const stateClass = sqlstate.slice(0, 2);
  const verdict = BY_STATE[sqlstate] ?? BY_CLASS[stateClass] ?? REFUSED;
  const said = CLASSES_QUOTING_VALUES.has(stateClass) ? "a value does not fit its type" : refusal.message;
  return new StoreError(verdict.code, `Postgres refused: ${said} (SQLSTATE ${sqlstate}). ${verdict.advice}`, {
    retryable: verdict.retryable,
    details: { sqlstate, ...(constraint && { constraint }), ...(table && { table }) },
    cause,
  });
}

/** The `StoreError` for a server that could not be reached or went away. `driverCode` is the driver's own name for it. */
export function unreachable(driverCode: string, cause: Error): StoreError {
  return new StoreError("STORE_UNAVAILABLE", `The database cannot be reached (${driverCode}). ${UNAVAILABLE.advice}`, {
    retryable: true,
    details: { driver_code: driverCode },
    cause,
  });
}
