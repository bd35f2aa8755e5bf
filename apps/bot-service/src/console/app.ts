import { isFleetError } from "@shoal/kernel";
import { type Context, Hono } from "hono";
import { pathOf } from "../http/app.ts";
import type { HttpEnv } from "../http/auth.ts";
import { type Problem, problem, problemOf } from "../http/problem.ts";
import type { LimitedLines } from "../limited-lines.ts";
import { type Asset, type Assets, encodingsOf } from "./assets.ts";
import { addChat, type ChatProject } from "./chat.ts";
import { createDoors, isNavigation } from "./doors.ts";
import { addLogin, type LoginOptions } from "./login.ts";

export interface ConsoleAppOptions extends LoginOptions {
  /** Names, besides localhost and addresses, under which the console may be opened. */
  readonly hosts: readonly string[];
  readonly assets: Assets;
  /** The project that the chat page talks to; null where the daemon has no public key of it. */
  readonly chatProject: ChatProject | null;
  /** Takes the requests that failed by an error of the daemon. */
  readonly failures: LimitedLines;
  /** Answers a request of the HTTP API, of who is logged in. */
  readonly api: (request: Request, env: HttpEnv["Bindings"]) => Response | Promise<Response>;
}

/** What a page may do: its own scripts, styles and requests, and nothing else. `reaches`: origins that it may ask besides. */
const contentSecurityPolicy = (reaches: readonly string[] = []) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...reaches].join(" "),
    "form-action 'self'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

const HEADERS = {
  "content-security-policy": contentSecurityPolicy(),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
};

/**
 * Serves the console: the page for every address, its files, login, and the HTTP API for who is logged in. Paths are those beneath the base path
 * (`env.path`).
 */
export function createConsoleApp(options: ConsoleAppOptions): Hono<HttpEnv> {
  const { hosts, assets, sessions, failures } = options;
  const app = new Hono<HttpEnv>({ getPath: pathOf });
  const refusalAtDoor = createDoors(hosts);
  app.use(async (context, next) => {
    await next();
    if (isKnown(context)) context.res = new Response(null, { status: 304, headers: context.res.headers });
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value);
    }
  });
  app.use((context, next) => {
    const refusal = refusalAtDoor(context);
    if (!refusal) return next();
    const isForPerson = isNavigation(context);
    return Promise.resolve(isForPerson ? context.text(plain(refusal), refusal.status) : problem(context, refusal));
  });
  addLogin(app, options);
  app.all("/api/*", (context) => {
    const session = sessions.read(context.req.header("cookie"));
    if (!session) return problem(context, LOGGED_OUT);
    return options.api(context.req.raw, { ...context.env, session, path: routeOf(context.req.path) });
  });
  app.get("/assets/*", async (context) => {
    const file = await assets.file(context.req.path.slice("/assets/".length));
    return file ? send(context, file, "public, max-age=31536000, immutable") : context.notFound();
  });
  addChat(app, {
    project: options.chatProject,
    async sendPage(context, reaches) {
      const answer = await send(context, await assets.document("chat.html"), "no-cache");
      answer.headers.set("content-security-policy", contentSecurityPolicy(reaches));
      return answer;
    },
  });
  app.get("*", async (context) => {
    if (context.req.path.includes("//")) return context.notFound();
    return send(context, await assets.document("index.html"), "no-cache");
  });
  app.notFound((context) => problem(context, UNKNOWN));
  app.onError((error, context) => {
    // Each build that failed has its line, however many asked for it.
    const isOfBuild = isFleetError(error) && error.code === "CONSOLE_BUILD_FAILED";
    const answer = isOfBuild ? problem(context, NOT_BUILT) : problemOf(context, error, failures);
    return isNavigation(context) ? context.text(FAILED, 500) : answer;
  });
  return app;
}

/** The routes of strategies are not beneath `/api`; beneath the base path they are, where `/strategies` is a page. */
const routeOf = (path: string) => path.replace(/^\/api(?=\/strategies(\/|$))/, "");

/** Whether the browser has what it asks for already. */
function isKnown({ req, res }: Context): boolean {
  const etag = res.headers.get("etag");
  return etag !== null && res.status === 200 && (req.header("if-none-match") ?? "").includes(etag);
}

const LOGGED_OUT: Problem = {
  status: 401,
  code: "CONSOLE_LOGGED_OUT",
  title: "Unauthorized",
  detail: "Log in again: the session is over, or the daemon has another token by now.",
};
const UNKNOWN: Problem = {
  status: 404,
  code: "CONSOLE_UNKNOWN_FILE",
  title: "Not found",
  detail: "The console has nothing at this address.",
};
const NOT_BUILT: Problem = {
  status: 500,
  code: "CONSOLE_BUILD_FAILED",
  title: "Internal error",
  detail: "The console cannot be built; the log of the daemon has the reason.",
};
const FAILED = "The console cannot be shown now: the log of the daemon has the reason.\n";

/** A refusal as somebody reads it who has opened an address. */
const plain = ({ detail, code }: Problem) => `${detail} (${code})\n`;

async function send(context: Context, asset: Asset, cacheControl: string): Promise<Response> {
  const { encoding, bytes } = await asset.body(encodingsOf(context.req.header("accept-encoding")));
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      "content-type": asset.mediaType,
      "cache-control": cacheControl,
      vary: "accept-encoding",
      etag: asset.etag,
      ...(encoding !== "identity" && { "content-encoding": encoding }),
    },
  });
}
