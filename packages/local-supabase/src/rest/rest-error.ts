import { isFleetError } from "@shoal/kernel";
import type { TokenRefusal } from "../realtime/tokens.ts";

/** The body of every error. */
export interface RestErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details: string | null;
  readonly hint: string | null;
}

/** A refusal as PostgREST answers it. */
export class RestError extends Error {
  readonly status: number;
  readonly body: RestErrorBody;

  constructor(status: number, body: Pick<RestErrorBody, "code" | "message"> & Partial<RestErrorBody>) {
    super(body.message);
    this.status = status;
    this.body = { code: body.code, message: body.message, details: body.details ?? null, hint: body.hint ?? null };
  }
}

/** The status of a refusal of Postgres: by the whole SQLSTATE first, then by its class; 400 for the others. */
const STATUS_BY_STATE: Readonly<Record<string, number>> = {
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "21000": 500,
  "53400": 500,
  "57P01": 503,
  P0001: 400,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
};
const STATUS_BY_CLASS: Readonly<Record<string, number>> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** A function may choose the status: `raise sqlstate 'PT402'`. */
const CHOSEN_STATUS = /^PT([2-5]\d\d)$/;

/** Returns the refusal of Postgres. @source https://docs.postgrest.org/en/v14/references/errors.html */
export function refusedByPostgres(body: RestErrorBody, role: string): RestError {
  return new RestError(statusOf(body.code, role), body);
}

function statusOf(code: string, role: string): number {
  if (code === "42501") return role === "anon" ? 401 : 403;
  const chosen = CHOSEN_STATUS.exec(code)?.[1];
  return chosen ? Number(chosen) : (STATUS_BY_STATE[code] ?? STATUS_BY_CLASS[code.slice(0, 2)] ?? 400);
}

const TOKEN_TEXTS: Readonly<Record<TokenRefusal["kind"], readonly [code: string, message: string]>> = {
  malformed: ["PGRST301", "JWT could not be decoded"],
  algorithm: ["PGRST301", "Wrong or unsupported encoding algorithm"],
  signature: ["PGRST301", "No suitable key or wrong key type"],
  claims: ["PGRST303", "JWT claims validation failed"],
  expired: ["PGRST303", "JWT expired"],
};

export function refusedToken({ kind }: TokenRefusal): RestError {
  const [code, message] = TOKEN_TEXTS[kind];
  return new RestError(401, { code, message });
}

/** Returns what an error of the store means to a client. Its message is for operators. */
export function failedInDatabase(thrown: unknown): RestError {
  const isAway = isFleetError(thrown) && thrown.retryable;
  return isAway
    ? new RestError(503, { code: "PGRST001", message: "Database client error. Retrying the connection." })
    : new RestError(500, { code: "PGRSTX00", message: "Internal error, see the log" });
}

export function badQuery(message: string, details?: string): RestError {
  return new RestError(400, { code: "PGRST100", message, ...(details && { details }) });
}
