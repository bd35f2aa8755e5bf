import { type Log, SECOND_MS } from "@shoal/kernel";
import type { Context, Hono } from "hono";
import { setCookie } from "hono/cookie";
import { z } from "zod";
import { type HttpEnv, isSecret } from "../http/auth.ts";
import { limitBody, readJson } from "../http/body.ts";
import { type Problem, problem, retryAfter } from "../http/problem.ts";
import type { LimitedLines } from "../limited-lines.ts";
import { addressOf } from "./login-limit.ts";
import { SESSION_MS, type SessionRole, type Sessions } from "./session.ts";
import type { LoginTickets } from "./tickets.ts";

export interface LoginOptions {
  readonly basePath: string;
  readonly apiToken: string;
  readonly readToken: string | null;
  readonly sessions: Sessions;
  readonly tickets: LoginTickets;
  /** Returns when an address may try a token, in ms; 0: now. */
  readonly loginLimit: (address: string) => number;
  readonly log: Log;
  /** Takes the logins that are refused. */
  readonly refusals: LimitedLines;
}

const BODY_LIMIT_BYTES = 4096;
const login = z.union([
  z.strictObject({ token: z.string().max(512) }),
  z.strictObject({ ticket: z.string().max(128) }),
]);

/** `/login`, `/logout` and `/session`: a token or a ticket becomes a cookie, which is sent to the console's own addresses alone. */
export function addLogin(app: Hono<HttpEnv>, options: LoginOptions): void {
  const { basePath, sessions, tickets, loginLimit, log, refusals } = options;
  const roleOfToken = roles(options);
  const put = (context: Context, value: string, maxAgeMs: number) =>
    setCookie(context, sessions.cookieName, value, {
      ...{ path: basePath, httpOnly: true, sameSite: "Strict", secure: isOverTls(context) },
      maxAge: maxAgeMs / SECOND_MS,
    });
  app.post("/login", limitBody(BODY_LIMIT_BYTES), async (context) => {
    const body = await readJson(context, login);
    if (!body.ok) return body.response;
    const address = addressOf(context.env?.peer ?? "", context.req.header("x-forwarded-for"));
    const by = "ticket" in body.value ? "ticket" : "token";
    // A ticket cannot be guessed, so it has no limit: a link opens the console also while others try tokens.
    const waitMs = by === "ticket" ? 0 : loginLimit(address);
    if (waitMs > 0) return problem(context, tooManyTries(waitMs), retryAfter(waitMs));
    const role = "ticket" in body.value ? tickets.use(body.value.ticket) : roleOfToken(body.value.token);
    if (!role) {
      refusals.add({ by, address }, {}, "a login to the console was refused");
      return problem(context, REFUSED[by]);
    }
    log.info({ role, by, address }, "somebody logged in to the console");
    put(context, sessions.issue(role), SESSION_MS);
    return context.json({ role });
  });
  app.post("/logout", (context) => {
    put(context, "", 0);
    return context.body(null, 204);
  });
  // Not a refusal for who is not logged in: a browser would call that an error of the page.
  app.get("/session", (context) => context.json({ role: sessions.read(context.req.header("cookie"))?.role ?? null }));
}

/** Compares with both tokens, whichever is given. */
function roles({ apiToken, readToken }: Pick<LoginOptions, "apiToken" | "readToken">) {
  const [isApiToken, isReadToken] = [isSecret(apiToken), isSecret(readToken ?? apiToken)];
  return (token: string): SessionRole | undefined => {
    const [isOperator, isReader] = [isApiToken(token), isReadToken(token)];
    return isOperator ? "operator" : isReader ? "reader" : undefined;
  };
}

/** Whether the browser came over TLS, which ends at a proxy as a rule: of several the first one says what the browser did. */
function isOverTls({ req }: Context): boolean {
  const forwarded = req.header("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase();
  return (forwarded ?? new URL(req.url).protocol.replace(":", "")) === "https";
}

const refused = (detail: string): Problem => ({
  ...{ status: 401, code: "CONSOLE_LOGIN_REFUSED", title: "Unauthorized", detail },
});

const REFUSED = {
  token: refused("The token is neither SHOAL_API_TOKEN nor SHOAL_READ_TOKEN."),
  ticket: refused("The link has been used, or is older than a minute. Make another one, or give the token."),
} as const;

function tooManyTries(waitMs: number): Problem {
  const detail = `Too many tokens were tried; try again in ${Math.ceil(waitMs / SECOND_MS)} s, or open a link of \`shoal console\`.`;
  return { status: 429, code: "CONSOLE_TOO_MANY_LOGINS", title: "Too many requests", detail };
}
