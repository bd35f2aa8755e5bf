import { type Clock, type Log, SECOND_MS } from "@shoal/kernel";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import { bearerAuth } from "./auth.ts";
import { type OperationDesk, operationRoutes } from "./operation.ts";
import { problem, problemOf } from "./problem.ts";
import { type TicketDesk, ticketRoutes } from "./tickets.ts";

/** Nothing the API takes is near this size, in bytes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

export interface HttpOptions {
  readonly apiToken: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly tickets: TicketDesk;
  readonly operation: OperationDesk;
}

/** The whole HTTP API. Every refusal is a problem body; nothing is changed by a refused request. */
export function createHttpApp({ apiToken, clock, log, tickets, operation }: HttpOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const startedMs = clock.monotonicMs();
    await next();
    const seconds = (clock.monotonicMs() - startedMs) / SECOND_MS;
    operation.metrics.service.httpDuration.observe(
      { route: routePath(context, -1), status: `${context.res.status}` },
      seconds,
    );
  });
  app.use(
    "/api/*",
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: (context) => {
        const detail = `The body is larger than ${BODY_LIMIT_BYTES} bytes.`;
        return problem(context, {
          status: 413,
          code: "HTTP_BODY_TOO_LARGE",
          title: "Content too large",
          detail,
          field: "body",
        });
      },
    }),
  );
  app.use("/api/match/*", bearerAuth(apiToken));
  app.use("/api/match/*", (context, next) => {
    const is = operation.phase();
    if (is === "open" || (is === "draining" && context.req.method === "GET")) return next();
    const detail = "The daemon is starting or shutting down; try again shortly.";
    const refusal = { status: 503, code: "HTTP_NOT_OPEN", title: "Not available now", detail } as const;
    return Promise.resolve(problem(context, refusal, { "retry-after": "2" }));
  });
  app.route("/", operationRoutes(operation));
  app.route("/api/match/tickets", ticketRoutes(tickets));
  app.notFound((context) => {
    const detail = "There is nothing at this address.";
    return problem(context, { status: 404, code: "HTTP_UNKNOWN_ROUTE", title: "Not found", detail });
  });
  app.onError((error, context) => problemOf(context, error, log));
  return app;
}
