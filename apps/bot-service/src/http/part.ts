import { FleetError, type Runtime } from "@shoal/kernel";
import type { Metrics } from "@shoal/monitor";
import type { Config } from "../config.ts";
import type { Part } from "../part.ts";
import { createHttpApp } from "./app.ts";
import { INNGEST_BODY_LIMIT_BYTES } from "./inngest.ts";
import type { ServicePhase } from "./operation.ts";
import type { Route } from "./route.ts";

export interface HttpPartOptions {
  readonly config: Config;
  readonly backend: { readonly apiToken: string };
  readonly runtime: Runtime;
  readonly metrics: Metrics;
  readonly version: string;
  readonly phase: () => ServicePhase;
  /** The routes of all parts; asked for at `start`. */
  readonly routes: () => readonly Route[];
}

/** The HTTP API on `HTTP_HOST` and `HTTP_PORT`. `start` rejects with HTTP_PORT_TAKEN (retryable): something else listens there. */
export function createHttpPart({ config, backend, runtime, metrics, version, phase, routes }: HttpPartOptions) {
  const { clock, log } = runtime;
  let server: Bun.Server<undefined> | undefined;
  const host = config.httpHost.includes(":") ? `[${config.httpHost}]` : config.httpHost;
  return {
    get url() {
      return `http://${host}:${server?.port}`;
    },
    name: "http",
    start() {
      const keys = { apiToken: backend.apiToken, cronSecrets: config.jobsCronSecrets };
      const app = createHttpApp({ ...keys, clock, log, metrics, version, phase, routes: routes() });
      server = listen(config, (request, listening) =>
        // 0: as long as it takes. A pass, or a job that Inngest asks for, ends by its own limits.
        app.fetch(request, { stayOpen: () => listening.timeout(request, 0) }),
      );
      log.info({ url: `http://${host}:${server.port}` }, "the HTTP API listens");
    },
    async close() {
      await server?.stop(true);
    },
  } satisfies Part & Record<string, unknown>;
}

type Listener = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

function listen({ httpHost, httpPort }: Pick<Config, "httpHost" | "httpPort">, fetch: Listener) {
  try {
    return Bun.serve({
      hostname: httpHost,
      port: httpPort,
      // Above the limit of a query: an answer that says what is wrong beats a connection that breaks off. Seconds.
      idleTimeout: 30,
      // The app refuses at the limit with a body that says so; this wall is for what does not even declare its size.
      maxRequestBodySize: 4 * INNGEST_BODY_LIMIT_BYTES,
      fetch,
    });
  } catch (cause) {
    const message = `cannot listen on ${httpHost}:${httpPort}; is another daemon running? Set HTTP_PORT (0 takes a free one)`;
    throw new FleetError("HTTP_PORT_TAKEN", message, {
      retryable: true,
      details: { host: httpHost, port: httpPort },
      cause,
    });
  }
}
