import { errorFields, type Runtime } from "@shoal/kernel";
import type { Backend } from "../backend/backend.ts";
import { isLoopback } from "../config/http-address.ts";
import type { Config } from "../config.ts";
import { pathOf } from "../http/app.ts";
import type { HttpEnv } from "../http/auth.ts";
import { consoleTicketRoute } from "../http/console-tickets.ts";
import { runbookRoute } from "../http/runbooks.ts";
import { createLimitedLines } from "../limited-lines.ts";
import type { Part } from "../part.ts";
import { bundleDocument } from "./adapters/bundle.ts";
import { randomTicket } from "./adapters/random-ticket.ts";
import { readRunbook } from "./adapters/runbook-files.ts";
import { createConsoleApp } from "./app.ts";
import { createAssets } from "./assets.ts";
import { createLoginLimit } from "./login-limit.ts";
import { createSessions } from "./session.ts";
import { createLoginTickets } from "./tickets.ts";

type Bindings = HttpEnv["Bindings"];
type Answer = Response | Promise<Response>;
type Handler = (request: Request, env: Bindings) => Answer;

export interface ConsolePart extends Part {
  /** Makes what answers requests beneath the base path, and nothing (undefined) for all others. `api` answers those of the HTTP API. */
  serve(api: Handler): (request: Request, env: Bindings) => Answer | undefined;
  /** Path of a page of the console with a ticket that opens it once, within a minute; undefined where none is served. */
  openingPath(page?: string): string | undefined;
  /** Logs where the console is, once the daemon listens there. */
  announce(url: string): void;
}

export interface ConsolePartOptions {
  readonly config: Pick<Config, "consoleBasePath" | "consoleHosts" | "readToken" | "httpHost" | "channelAccess">;
  readonly backend: Pick<Backend, "apiToken" | "supabaseUrl" | "anonKey">;
  readonly runtime: Pick<Runtime, "clock" | "log">;
  /** Default: what builds the package of the pages. */
  readonly bundle?: typeof bundleDocument;
}

const NOT_BUILT =
  "the console cannot be built, and shows nothing; all else goes on. Compare the program's files with those of its version";

const MORE_REFUSALS = "more logins to the console were refused within a minute";
const MORE_FAILURES = "more requests of the console failed within a minute by an error of the daemon";
const OPEN_TO_OTHERS =
  "other machines can open it by address only, and what they send is not encrypted: put a proxy that ends TLS before it, and its name into CONSOLE_HOSTS (docs/console.md)";

/** Serves the console to browsers. */
export function createConsolePart({
  config,
  backend,
  runtime,
  bundle = bundleDocument,
}: ConsolePartOptions): ConsolePart {
  const { consoleBasePath: basePath, consoleHosts: hosts, readToken } = config;
  if (basePath === "off") {
    return { name: "console", serve: () => () => undefined, openingPath: () => undefined, announce() {} };
  }
  const { clock, log } = runtime;
  const keys = { apiToken: backend.apiToken, readToken };
  const [sessions, tickets] = [createSessions(keys, clock), createLoginTickets(clock, randomTicket)];
  const refusals = createLimitedLines({ clock, log, level: "warn", more: MORE_REFUSALS });
  const failures = createLimitedLines({ clock, log, level: "error", more: MORE_FAILURES });
  const loginLimit = createLoginLimit(clock);
  const { supabaseUrl: url, anonKey: key } = backend;
  const chatProject = key === null ? null : { url, key, is_private: config.channelAccess === "private" };
  const onFailed = (thrown: unknown) => log.error(errorFields(thrown), NOT_BUILT);
  const assets = createAssets({ bundle, basePath, clock, onFailed });
  const openingPath = (page = "") => {
    // Somebody is about to open it.
    void assets.document(/^chat\b/.test(page) ? "chat.html" : "index.html").catch(() => {});
    return `${basePath}/${page}#ticket=${tickets.issue()}`;
  };
  const prefixes = prefixesOf(basePath);
  return {
    name: "console",
    serve(api) {
      const app = createConsoleApp({
        ...{ basePath, hosts, ...keys, sessions, tickets, loginLimit, log, refusals, failures },
        ...{ assets, chatProject, api },
      });
      return (request, env) => {
        const path = pathOf(request);
        const prefix = prefixes.find((each) => path === each || path.startsWith(`${each}/`));
        if (prefix === undefined) return undefined;
        return app.fetch(request, { ...env, path: path.slice(prefix.length) || "/" });
      };
    },
    openingPath,
    announce(url) {
      const isOpenToOthers = !isLoopback(config.httpHost) && hosts.length === 0;
      const where = `the console is at ${url}${basePath}/`;
      log.info({}, isOpenToOthers ? `${where}; ${OPEN_TO_OTHERS}` : where);
    },
    routes: () => [consoleTicketRoute(openingPath), runbookRoute(readRunbook)],
    async close() {
      refusals.close();
      failures.close();
    },
  };
}

/** Where the console is found by default, and where a proxy may put it whatever path a browser sees. */
const DEFAULT_PREFIX = "/console";

/**
 * Returns the paths beneath which the daemon itself is asked for the console: the one that browsers see, what a proxy leaves of it that takes
 * segments off its front, and the default.
 */
function prefixesOf(basePath: string): readonly string[] {
  const segments = basePath.split("/").slice(1);
  const ends = segments.map((_, index) => `/${segments.slice(index).join("/")}`);
  return [...new Set([...ends, DEFAULT_PREFIX])];
}
