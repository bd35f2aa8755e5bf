import type { Context } from "hono";
import type { HttpEnv } from "./auth.ts";
import { problem } from "./problem.ts";

/** Returns the person that a request is about: who is signed in, or whom the caller with the API token names; else the refusal. */
export function whoAsks(context: Context<HttpEnv>, named: string | undefined): string | Response {
  const own = context.var.userId;
  if (own !== undefined && named !== undefined && named.toLowerCase() !== own) {
    const detail = "user_id: a signed-in person asks for nobody else. Leave it out.";
    return problem(context, { status: 403, code: "HTTP_NOT_YOURS", title: "Forbidden", detail, field: "user_id" });
  }
  const userId = own ?? named;
  if (userId !== undefined) return userId;
  const detail = "user_id: is required with the API token.";
  const title = "Unprocessable content";
  return problem(context, { status: 422, code: "HTTP_INVALID_FIELD", title, detail, field: "user_id" });
}
