import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { problem } from "./problem.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * Makes the check whether a token is this secret. Compares digests in constant time, so that timing reveals nothing.
 */
export function isSecret(secret: string): (given: string | undefined) => boolean {
  const expected = digest(secret);
  return (given) => given !== undefined && timingSafeEqual(digest(given), expected);
}

export const bearerOf = (context: Context) => /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];

/** The secrets that open the API. */
export interface Keys {
  readonly apiToken: string;
  /** Two while one replaces the other; none: only the API token opens their routes. */
  readonly cronSecrets: readonly string[];
}

/** Who asks, as the audit names it. */
export type Actor = "api" | "cron" | "person";

/** The values that the middleware passes to the handlers. */
export interface HttpEnv {
  readonly Bindings: {
    /** Lifts the server's idle limit for this request. */
    readonly stayOpen?: () => void;
  };
  readonly Variables: {
    readonly actor: Actor;
    /** On an open route: whether the caller has the API token, and may see more than a stranger. */
    readonly isOperator?: boolean;
    /** The signed-in person who asks; none with the API token, which may act for anybody. */
    readonly userId?: string;
  };
}

/** For routes that are open to anybody: notes whether the caller has the API token, and refuses nobody. */
export function recognize({ apiToken }: Keys): MiddlewareHandler<HttpEnv> {
  const isApiToken = isSecret(apiToken);
  return (context, next) => {
    context.set("isOperator", isApiToken(bearerOf(context)));
    return next();
  };
}

/**
 * Requires `Authorization: Bearer <token>`: the API token, or for `cron` also a cron secret. Compares
 * with each valid secret, so that timing reveals nothing.
 */
export function bearerAuth({ apiToken, cronSecrets }: Keys, access: "token" | "cron"): MiddlewareHandler<HttpEnv> {
  const token = { actor: "api" as const, is: isSecret(apiToken) };
  const secrets = cronSecrets.map((secret) => ({ actor: "cron" as const, is: isSecret(secret) }));
  const accepted = access === "cron" ? [token, ...secrets] : [token];
  const name = access === "cron" ? "JOBS_CRON_SECRET" : "SHOAL_API_TOKEN";
  return async (context, next) => {
    const given = bearerOf(context);
    const [first] = accepted.filter(({ is }) => is(given));
    if (first) {
      context.set("actor", first.actor);
      return next();
    }
    if (access === "cron" && secrets.length === 0) {
      const detail = "JOBS_CRON_SECRET is not set, so that only the API token opens this.";
      return problem(context, { status: 503, code: "HTTP_NO_SECRET", title: "Not available now", detail });
    }
    const detail =
      given === undefined
        ? `Send the header Authorization: Bearer <${name}>.`
        : `The token is not the daemon's ${access === "cron" ? "JOBS_CRON_SECRET or SHOAL_API_TOKEN" : "SHOAL_API_TOKEN"}.`;
    return unauthorized(context, detail);
  };
}

export function unauthorized(context: Context, detail: string): Response {
  const code = "HTTP_UNAUTHORIZED";
  const refusal = { status: 401, code, title: "Unauthorized", detail, field: "authorization" } as const;
  return problem(context, refusal, { "www-authenticate": "Bearer" });
}
