import { FleetError, type Runtime } from "@shoal/kernel";
import type { Metrics } from "@shoal/monitor";
import type { Backend } from "../backend/backend.ts";
import { ownAddress, urlHost } from "../config/http-address.ts";
import type { Config } from "../config.ts";
import type { ConsolePart } from "../console/part.ts";
import { createLimitedLines } from "../limited-lines.ts";
import { systemFetch } from "../outgoing/adapters/system-fetch.ts";
import type { Part } from "../part.ts";
import { createHttpApp } from "./app.ts";
import { INNGEST_BODY_LIMIT_BYTES } from "./inngest.ts";
import type { ServicePhase } from "./operation.ts";
import { createPersonTokens } from "./person-tokens.ts";
import type { Route } from "./route.ts";

export interface HttpPartOptions {
  readonly config: Config;
  readonly backend: Pick<Backend, "apiToken" | "supabaseUrl" | "jwtSecret">;
  readonly runtime: Runtime;
  readonly metrics: Metrics;
  readonly version: string;
  readonly phase: () => ServicePhase;
  /** Returns the routes of all parts; called at `start`. */
  readonly routes: () => readonly Route[];
  readonly console: Pick<ConsolePart, "serve" | "announce">;
}

const MORE = "more HTTP requests of this kind failed within a minute by an error of the daemon";

/** Serves the HTTP API on `HTTP_HOST` and `HTTP_PORT`. `start` throws HTTP_PORT_TAKEN (retryable) when the port is in use. */
export function createHttpPart({
  config,
  backend,
  runtime,
  metrics,
  version,
  phase,
  routes,
  console,
}: HttpPartOptions) {
  const { clock, log } = runtime;
  const { supabaseUrl, jwtSecret } = backend;
  const people = createPersonTokens({ supabaseUrl, jwtSecret, clock, fetch: systemFetch });
  const failures = createLimitedLines({ clock, log, level: "error", more: MORE });
  let server: Bun.Server<undefined> | undefined;
  const host = urlHost(config.httpHost);
  return {
    get url() {
      return `http://${host}:${server?.port}`;
    },
    name: "http",
    start() {
      const { readToken, jobsCronSecrets: cronSecrets } = config;
      const keys = { apiToken: backend.apiToken, readToken, cronSecrets, people };
      const app = createHttpApp({ ...keys, clock, failures, metrics, version, phase, routes: routes() });
      const serveConsole = console.serve(app.fetch);
      server = listen(config, (request, listening) => {
        const peer = listening.requestIP(request)?.address;
        // 0: no idle limit. A pass, or a job that Inngest asks for, ends by its own limits.
        const env = { stayOpen: () => listening.timeout(request, 0), ...(peer !== undefined && { peer }) };
        const given = asGet(withAddress(request));
        return serveConsole(given, env) ?? app.fetch(given, env);
      });
      log.info({ url: `http://${host}:${server.port}` }, "the HTTP API listens");
      console.announce(`http://${urlHost(ownAddress(config.httpHost))}:${server.port}`);
    },
    async close() {
      people.close();
      failures.close();
      await server?.stop(true);
    },
  } satisfies Part & Record<string, unknown>;
}

/** Of the answer to a HEAD the server sends the head alone, with the length that a GET would have. */
const asGet = (request: Request) => (request.method === "HEAD" ? new Request(request, { method: "GET" }) : request);

/** A request without a Host, as HTTP/1.0 has none, or with one that is none, has only a path in the place of its address. */
const withAddress = (request: Request) =>
  URL.canParse(request.url) ? request : new Request(`http://unnamed${request.url}`, request);

type Listener = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

function listen({ httpHost, httpPort }: Pick<Config, "httpHost" | "httpPort">, fetch: Listener) {
  try {
    return Bun.serve({
      hostname: httpHost,
      port: httpPort,
      // In seconds, above the limit of a query, so that a slow query ends in an answer and not in a broken connection.
      idleTimeout: 30,
      // The app refuses earlier, with a problem body; this limit is for bodies that do not declare their size.
      maxRequestBodySize: 4 * INNGEST_BODY_LIMIT_BYTES,
      fetch,
    });
  } catch (cause) {
    const message = `cannot listen on ${urlHost(httpHost)}:${httpPort}; is another daemon running? Set HTTP_PORT (0 takes a free one)`;
    throw new FleetError("HTTP_PORT_TAKEN", message, {
      retryable: true,
      details: { host: httpHost, port: httpPort },
      cause,
    });
  }
}
