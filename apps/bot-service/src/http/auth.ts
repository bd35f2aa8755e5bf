import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { Session, SessionRole } from "../console/session.ts";
import { type Problem, problem } from "./problem.ts";

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
  /** Opens what can be looked at; null: none. */
  readonly readToken: string | null;
  /** Two while one replaces the other; none: only the API token opens their routes. */
  readonly cronSecrets: readonly string[];
}

/** Who asks, as the audit names it. */
export type Actor = "api" | "console" | "cron" | "person";

/** The values that the middleware passes to the handlers. */
export interface HttpEnv {
  readonly Bindings: {
    /** Lifts the server's idle limit for this request. */
    readonly stayOpen?: () => void;
    /** The network address that the request comes from; undefined where it is handed to the app directly. */
    readonly peer?: string;
    /** The path of the route, where the request has another: it came beneath the console's base path. */
    readonly path?: string;
    /** Who is logged in to the console that this request comes from. */
    readonly session?: Session;
  };
  readonly Variables: {
    readonly actor: Actor;
    /** The caller has the API token, the read token or a login of the console; undefined: a person, a cron or a stranger. */
    readonly role?: SessionRole;
    /** The signed-in person who asks; none with the API token, which may act for anybody. */
    readonly userId?: string;
  };
}

/**
 * Notes who asks, by the session of the console or by a bearer token, and lets strangers pass: each route has a check of its own. Stands before
 * all routes, so that a reader changes nothing at any of them, whatever its access.
 */
export function identify({ apiToken, readToken }: Pick<Keys, "apiToken" | "readToken">): MiddlewareHandler<HttpEnv> {
  const isApiToken = isSecret(apiToken);
  const isReadToken = readToken === null ? () => false : isSecret(readToken);
  const roleOf = (context: Context<HttpEnv>): SessionRole | undefined => {
    // A request that is handed to the app directly has no server, and so no environment.
    if (context.env?.session) return context.env.session.role;
    const given = bearerOf(context);
    return isApiToken(given) ? "operator" : isReadToken(given) ? "reader" : undefined;
  };
  return (context, next) => {
    const role = roleOf(context);
    if (!role) return next();
    if (role === "reader" && !isLook(context)) return Promise.resolve(problem(context, READ_ONLY));
    context.set("role", role);
    context.set("actor", context.env?.session ? "console" : "api");
    return next();
  };
}

const READ_ONLY: Problem = {
  status: 403,
  code: "HTTP_READ_ONLY",
  title: "Forbidden",
  detail: "This token or login may look, and change nothing.",
};

/** Whether a request changes nothing, whichever route it is for. */
export const isLook = ({ req }: Context) => req.method === "GET" || req.method === "HEAD";

/**
 * Requires `Authorization: Bearer <token>`: the API token, the read token, or for `cron` also a cron secret; or a session of the console.
 * Compares with each valid secret, so that timing reveals nothing.
 */
export function bearerAuth(keys: Keys, access: "token" | "cron"): MiddlewareHandler<HttpEnv> {
  const secrets = access === "cron" ? keys.cronSecrets.map(isSecret) : [];
  const name = access === "cron" ? "JOBS_CRON_SECRET" : "SHOAL_API_TOKEN";
  return async (context, next) => {
    if (context.get("role")) return next();
    const given = bearerOf(context);
    if (secrets.filter((is) => is(given)).length > 0) {
      context.set("actor", "cron");
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
