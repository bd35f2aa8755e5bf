import type { MiddlewareHandler } from "hono";
import { bearerOf, type HttpEnv, unauthorized } from "./auth.ts";
import type { PersonTokens } from "./person-tokens.ts";
import { problem, RETRY_SHORTLY_MS, retryAfter } from "./problem.ts";

/**
 * Requires `Authorization: Bearer <token>`: the API token, which may act for anybody, or the access token of a signed-in person,
 * whose id the handlers get as `userId`.
 */
export function personAuth(people: PersonTokens): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    if (context.get("role")) return next();
    const given = bearerOf(context);
    const verdict = given === undefined ? MISSING : await people.verify(given);
    if (verdict.kind === "person") {
      context.set("actor", "person");
      context.set("userId", verdict.userId);
      return next();
    }
    if (verdict.kind === "away") {
      const detail = "The keys of the project, by which the token is verified, cannot be read now; try again shortly.";
      const refusal = { status: 503, code: "HTTP_NO_KEYS", title: "Not available now", detail } as const;
      return problem(context, refusal, retryAfter(RETRY_SHORTLY_MS));
    }
    const detail = given === undefined ? verdict.why : `The token ${verdict.why}.`;
    return unauthorized(context, detail);
  };
}

const MISSING = {
  kind: "refused",
  why: "Send the header Authorization: Bearer <SHOAL_API_TOKEN>, or the access token of a signed-in user.",
} as const;
