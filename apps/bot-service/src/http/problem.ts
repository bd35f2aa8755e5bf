import { errorFields, isFleetError, MAX_JSON_LEVELS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { Diagnostic } from "@shoal/strategy-runner";
import type { Context } from "hono";
import { z } from "zod";
import type { LimitedLines } from "../limited-lines.ts";
import { snakeCase } from "../snake-case.ts";

type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

/** A refusal in the form of RFC 9457. `field` names what in the request is at fault. */
export interface Problem {
  readonly status: RefusalStatus;
  /** Stable; programs match on it. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly field?: string;
  /** All that is wrong with a source, where that is at fault. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** The schema of a `Problem`, for `/openapi.json`. */
export const problemSchema = z.object({
  type: z.literal("about:blank"),
  status: z.int(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  field: z.string().optional(),
  diagnostics: z
    .array(z.object({ code: z.string(), message: z.string(), line: z.int(), column: z.int(), severity: z.string() }))
    .optional()
    .describe("All that is wrong with the source of a strategy"),
});

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** Answers with `application/problem+json`. */
export function problem(
  context: Context,
  { status, ...body }: Problem,
  headers: Record<string, string> = {},
): Response {
  const text = JSON.stringify({ type: "about:blank", status, ...body });
  return context.body(text, status, { "content-type": PROBLEM_MEDIA_TYPE, ...headers });
}

/** Answers that nothing has this id. `what` is one word: `job`. */
export function notFound(context: Context, what: string, field = "id"): Response {
  const detail = `There is no ${what} with this id.`;
  const code = `HTTP_UNKNOWN_${what.toUpperCase()}`;
  return problem(context, { status: 404, code, title: "Not found", detail, field });
}

/** The errors that the request caused, by code; all others are failures of the daemon. */
const REFUSALS: Readonly<Record<string, { readonly status: RefusalStatus; readonly title: string }>> = {
  JOB_INVALID: { status: 422, title: "Unprocessable content" },
  JOB_TYPE_UNKNOWN: { status: 422, title: "Unprocessable content" },
  JOB_PAYLOAD_TOO_LARGE: { status: 413, title: "Content too large" },
  JOB_UNKNOWN: { status: 404, title: "Not found" },
  JOB_WRONG_STATUS: { status: 409, title: "Conflict" },
  QUEUE_UNKNOWN: { status: 422, title: "Unprocessable content" },
  QUEUE_INVALID: { status: 422, title: "Unprocessable content" },
  QUEUE_PGMQ_MISSING: { status: 503, title: "Not available now" },
  CONTROL_COMMAND_INVALID: { status: 422, title: "Unprocessable content" },
  MATCH_TOO_MANY_WAITS: { status: 429, title: "Too many requests" },
  MATCH_TOO_MANY_BLOCKS: { status: 409, title: "Conflict" },
  PEOPLE_OPEN_ORDERS: { status: 409, title: "Conflict" },
  PEOPLE_STILL_HERE: { status: 409, title: "Conflict" },
  MATCH_INVALID_TICKET: { status: 422, title: "Unprocessable content" },
  ANALYTICS_ZONE_UNKNOWN: { status: 422, title: "Unprocessable content" },
  ANALYTICS_QUERY_REFUSED: { status: 503, title: "Not available now" },
  ANALYTICS_ANSWER_TOO_LARGE: { status: 503, title: "Not available now" },
  ...strategyRefusals(),
  HTTP_NOT_OPEN: { status: 503, title: "Not available now" },
  HTTP_PASS_RUNNING: { status: 409, title: "Conflict" },
};

function strategyRefusals() {
  const [unprocessable, conflict] = [
    { status: 422, title: "Unprocessable content" },
    { status: 409, title: "Conflict" },
  ] as const;
  const unknown = { status: 404, title: "Not found" } as const;
  return {
    STRATEGY_UNKNOWN: unknown,
    STRATEGY_VERSION_UNKNOWN: unknown,
    STRATEGY_INVALID: unprocessable,
    STRATEGY_CODE_INVALID: unprocessable,
    STRATEGY_SCHEDULE_INVALID: unprocessable,
    STRATEGY_VENUE_UNKNOWN: unprocessable,
    STRATEGY_MARKET_UNKNOWN: unprocessable,
    STRATEGY_NEEDS_IMPOSSIBLE: unprocessable,
    STRATEGY_ACCOUNT_INVALID: unprocessable,
    STRATEGY_SECRET_MISSING: unprocessable,
    STRATEGY_SECRET_INVALID: unprocessable,
    STRATEGY_SECRET_LIMIT: conflict,
    STRATEGY_SECRET_IN_USE: conflict,
    STRATEGY_SECRETS_OFF: conflict,
    STRATEGY_NAME_TAKEN: conflict,
    STRATEGY_LIMIT: conflict,
    STRATEGY_IDEMPOTENCY_CONFLICT: conflict,
    STRATEGY_ORDERS_OPEN: conflict,
    STRATEGY_ORDER_REFUSED: conflict,
    STRATEGY_WRONG_STATUS: conflict,
    STRATEGY_FIXED: conflict,
    STRATEGY_OWNER_GONE: conflict,
    STRATEGY_NOT_OPEN: { status: 403, title: "Forbidden" },
    STRATEGY_TOO_MANY_DEPLOYS: { status: 429, title: "Too many requests" },
    STRATEGY_TOO_MANY_REPLAYS: { status: 429, title: "Too many requests" },
    STRATEGY_JOURNAL_GONE: conflict,
    STRATEGY_JOURNAL_INPUTS: conflict,
    STRATEGY_JOURNAL_CHANGED: conflict,
    STRATEGY_JAIL_INCOMPLETE: { status: 503, title: "Not available now" },
  } as const;
}

const FIELDS: Readonly<Record<string, string>> = {
  JOB_TYPE_UNKNOWN: "type",
  JOB_PAYLOAD_TOO_LARGE: "payload",
  JOB_UNKNOWN: "id",
  JOB_WRONG_STATUS: "id",
  QUEUE_UNKNOWN: "queue",
  QUEUE_INVALID: "queue",
};

/** Refuses JSON that would cost whoever descends into it seconds, and end in an error. */
export const TOO_DEEP: Problem = {
  status: 422,
  code: "HTTP_TOO_DEEP",
  title: "Unprocessable content",
  detail: `The body is nested more than ${MAX_JSON_LEVELS} levels deep.`,
  field: "body",
};

/** What is away, by code, for the caller; the log has what exactly failed. */
const AWAY: Readonly<Record<string, string>> = {
  ANALYTICS_COUNTING: "The trades of before are being counted for the first time; try again in some minutes.",
  ANALYTICS_BUSY: "Another daemon is asking this and has not had an answer in time; try again shortly.",
  STRATEGY_MARKET_AWAY:
    "The exchange does not say how the symbols are traded; nothing was deployed. Try again shortly.",
  STRATEGY_CHECK_UNAVAILABLE:
    "Strategies cannot be checked now. Nothing is wrong with this one, and nothing was deployed; try again shortly.",
  STRATEGY_REPLAY_UNAVAILABLE:
    "The sandbox does not do the run again in time: it is busy with what is due, or does not start; try again shortly.",
  STRATEGY_UNAVAILABLE:
    "Too many deploys are being checked, or others change the strategy again and again; nothing was changed. Try again shortly.",
};
const SOMETHING_AWAY = "The daemon cannot reach something that it depends on; try again shortly.";

const FAILED = "an HTTP request failed by an error of the daemon: its caller was answered 503 or 500";

/**
 * Answers for a handler that threw: with the refusal of the error's code, with 503 when a retry may help, otherwise with 500. The
 * log alone says what exactly failed.
 */
export function problemOf(context: Context, error: Error, failures: LimitedLines): Response {
  const { error_code, ...fields } = errorFields(error);
  const refusal = isFleetError(error) ? REFUSALS[error.code] : undefined;
  if (refusal && isFleetError(error)) {
    const named = error.details["field"];
    const field = typeof named === "string" ? requestName(named) : FIELDS[error.code];
    const diagnostics = error.details["diagnostics"];
    const body = {
      ...{ ...refusal, code: error.code, detail: error.message },
      ...(Array.isArray(diagnostics) && { diagnostics }),
    };
    // What is too much is too much in a minute.
    const headers = refusal.status === 429 ? retryAfter(MINUTE_MS) : {};
    return problem(context, field === undefined ? body : { ...body, field }, headers);
  }
  failures.add({ method: context.req.method, error_code }, fields, FAILED);
  // A password or a right that was taken away may be given back, so a retry may help.
  if (isFleetError(error) && (error.retryable || error.code === "STORE_ACCESS_DENIED")) {
    return problem(
      context,
      { status: 503, code: error.code, title: "Not available now", detail: AWAY[error.code] ?? SOMETHING_AWAY },
      retryAfter(RETRY_SHORTLY_MS),
    );
  }
  const detail = "The daemon could not answer; its log has the reason.";
  return problem(context, { status: 500, code: error_code, title: "Internal error", detail });
}

/** What deploys of strategies spell as the tables of owners do. */
const CAMEL_CASE = /^(?:executionInterval$|account\.)/;

/** Names a field as requests do. */
const requestName = (name: string) => (CAMEL_CASE.test(name) ? name : snakeCase(name));

export const RETRY_SHORTLY_MS = 2 * SECOND_MS;

/** The header that says when to try again. */
export function retryAfter(waitMs: number): Record<string, string> {
  return { "retry-after": `${Math.max(1, Math.ceil(waitMs / SECOND_MS))}` };
}
