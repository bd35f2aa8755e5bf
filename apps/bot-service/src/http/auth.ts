import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { problem } from "./problem.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Asks for `Authorization: Bearer <token>`. Compared by digest in constant time, so that nothing can be learnt by timing. */
export function bearerAuth(token: string): MiddlewareHandler {
  const expected = digest(token);
  return async (context, next) => {
    const given = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    const detail =
      given === undefined
        ? "Send the header Authorization: Bearer <SHOAL_API_TOKEN>."
        : "The token is not the daemon's.";
    const refusal = {
      status: 401,
      code: "HTTP_UNAUTHORIZED",
      title: "Unauthorized",
      detail,
      field: "authorization",
    } as const;
    return problem(context, refusal, { "www-authenticate": "Bearer" });
  };
}
