import { errorFields, isFleetError, type Log } from "@shoal/kernel";
import type { Context } from "hono";

/** A refusal in the form of RFC 9457. `field` names what in the request is at fault. */
export interface Problem {
  readonly status: 400 | 401 | 404 | 405 | 413 | 415 | 422 | 500 | 503;
  /** Stable, for programs. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly field?: string;
}

/** Answers with `application/problem+json`. */
export function problem(
  context: Context,
  { status, ...body }: Problem,
  headers: Record<string, string> = {},
): Response {
  const text = JSON.stringify({ type: "about:blank", status, ...body });
  return context.body(text, status, { "content-type": "application/problem+json", ...headers });
}

/** The answer to a handler that threw: 503 when a retry may help, otherwise 500; what exactly failed is in the log only. */
export function problemOf(context: Context, error: Error, log: Log): Response {
  const fields = errorFields(error);
  log.error({ method: context.req.method, ...fields }, "an HTTP request failed");
  if (isFleetError(error) && error.retryable) {
    const detail = "Something the daemon depends on is away; try again shortly.";
    return problem(
      context,
      { status: 503, code: error.code, title: "Not available now", detail },
      { "retry-after": "2" },
    );
  }
  const detail = "The daemon could not answer; its log has the reason.";
  return problem(context, { status: 500, code: fields.error_code, title: "Internal error", detail });
}
