import { FleetError } from "@shoal/kernel";
import type { Hono } from "hono";
import type { Config } from "../config.ts";
import type { HttpEnv } from "./auth.ts";
import { INNGEST_BODY_LIMIT_BYTES } from "./inngest.ts";

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the app on `HTTP_HOST` and `HTTP_PORT`.
 * @throws HTTP_PORT_TAKEN (retryable) something else listens there
 */
export async function listen(
  app: Hono<HttpEnv>,
  { httpHost, httpPort }: Pick<Config, "httpHost" | "httpPort">,
): Promise<HttpServer> {
  try {
    const server = Bun.serve({
      hostname: httpHost,
      port: httpPort,
      // Above the limit of a query: an answer that says what is wrong beats a connection that breaks off. Seconds.
      idleTimeout: 30,
      // The app refuses at the limit with a body that says so; this wall is for what does not even declare its size.
      maxRequestBodySize: 4 * INNGEST_BODY_LIMIT_BYTES,
      // 0: as long as it takes. A pass, or a job that Inngest asks for, ends by its own limits.
      fetch: (request, listening) => app.fetch(request, { stayOpen: () => listening.timeout(request, 0) }),
    });
    const host = httpHost.includes(":") ? `[${httpHost}]` : httpHost;
    return { url: `http://${host}:${server.port}`, close: () => server.stop(true) };
  } catch (cause) {
    const message = `cannot listen on ${httpHost}:${httpPort}; is another daemon running? Set HTTP_PORT (0 takes a free one)`;
    throw new FleetError("HTTP_PORT_TAKEN", message, {
      retryable: true,
      details: { host: httpHost, port: httpPort },
      cause,
    });
  }
}
