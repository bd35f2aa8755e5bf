import { type Clock, SECOND_MS } from "@shoal/kernel";
import type { Metrics } from "@shoal/monitor";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { getPath } from "hono/utils/url";
import { z } from "zod";
import type { LimitedLines } from "../limited-lines.ts";
import { bearerAuth, type HttpEnv, identify, isLook, type Keys } from "./auth.ts";
import { limitBody } from "./body.ts";
import { openApiDocument } from "./openapi.ts";
import type { ServicePhase } from "./operation.ts";
import { personAuth } from "./person-auth.ts";
import type { PersonTokens } from "./person-tokens.ts";
import { problem, problemOf, RETRY_SHORTLY_MS, retryAfter } from "./problem.ts";
import { type Access, type Route, route } from "./route.ts";
import { throttle } from "./throttle.ts";

/** The limit of a body where the route does not set its own, in bytes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

export interface HttpOptions {
  readonly apiToken: string;
  /** Default: none. */
  readonly readToken?: string | null;
  /** At most two. Default: none. */
  readonly cronSecrets?: readonly string[];
  /** Verifies the tokens of signed-in people. */
  readonly people: PersonTokens;
  readonly clock: Clock;
  /** Takes the requests that failed by an error of the daemon, as many as there are of them while the database is away. */
  readonly failures: LimitedLines;
  readonly metrics: Metrics;
  readonly version: string;
  readonly phase: () => ServicePhase;
  /** The routes to serve. Of two that fit an address, one without `:id` answers. */
  readonly routes: readonly Route[];
}

/** Creates the whole HTTP API. Every refusal is a problem body; a refused request changes nothing. */
export function createHttpApp(options: HttpOptions): Hono<HttpEnv> {
  const { clock, failures, metrics, version, routes } = options;
  const { apiToken, readToken = null, cronSecrets = [] } = options;
  const keys: Keys = { apiToken, readToken, cronSecrets };
  const app = new Hono<HttpEnv>({ getPath: pathOf });
  app.use(async (context, next) => {
    const startedMs = clock.monotonicMs();
    await next();
    const seconds = (clock.monotonicMs() - startedMs) / SECOND_MS;
    const labels = { route: routePath(context, -1), status: `${context.res.status}` };
    metrics.service.httpDuration.observe(labels, seconds);
  });
  app.use(identify(keys));
  const guardsOf = guards(keys, options);
  for (const [path, group] of byPath(described(routes, version))) {
    for (const each of group) app.on(each.method, [path], ...guardsOf(each), (context) => each.respond(context));
    app.all(path, (context) => methodNotAllowed(context, group));
  }
  app.notFound((context) => {
    const detail = "There is nothing at this address.";
    return problem(context, { status: 404, code: "HTTP_UNKNOWN_ROUTE", title: "Not found", detail });
  });
  app.onError((error, context) => problemOf(context, error, failures));
  return app;
}

/** Returns the path that is asked for, decoded. */
export const pathOf = (request: Request, { env }: { readonly env?: HttpEnv["Bindings"] } = {}) =>
  env?.path ?? getPath(request);

/** Groups routes by their paths, those without `:id` first: these are not taken for an id. */
function byPath(routes: readonly Route[]): [string, Route[]][] {
  const groups = [...Map.groupBy(routes, ({ path }) => path)];
  const hasId = ([path]: [string, Route[]]) => Number(path.includes("/:"));
  return groups.toSorted((left, right) => hasId(left) - hasId(right));
}

function methodNotAllowed(context: Context, routes: readonly Route[]): Response {
  const methods = routes.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]));
  const allow = methods.join(", ");
  const detail = `This address takes ${allow}.`;
  const refusal = { status: 405, code: "HTTP_METHOD_NOT_ALLOWED", title: "Method not allowed", detail } as const;
  return problem(context, refusal, { allow });
}

/** Adds the route that describes all routes, itself included. The document is made when it is first asked for. */
function described(routes: readonly Route[], version: string): readonly Route[] {
  let document: ReturnType<typeof openApiDocument> | undefined;
  const all: Route[] = [
    ...routes,
    route({
      method: "get",
      path: "/openapi.json",
      summary: "This document",
      access: "open",
      answers: { 200: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }) },
      answer(context) {
        document ??= openApiDocument(all, version);
        return context.json(document);
      },
    }),
  ];
  return all;
}

/** Puts the checks in front of each route, the cheapest first. */
function guards(keys: Keys, { people, clock, phase }: HttpOptions) {
  const isOpen = whileOpen(phase);
  const guardsByAccess: Readonly<Record<Access, readonly MiddlewareHandler<HttpEnv>[]>> = {
    open: [],
    token: [bearerAuth(keys, "token")],
    cron: [bearerAuth(keys, "cron")],
    person: [personAuth(people)],
    signature: [],
  };
  return ({
    access,
    isAlways = access === "open",
    isTrigger,
    limitsPeople,
    isLong,
    bodyLimitBytes = BODY_LIMIT_BYTES,
  }: Route) => [
    ...guardsByAccess[access],
    ...(isAlways ? [] : [isOpen]),
    ...(isTrigger ? [throttle(clock)] : []),
    ...(limitsPeople ? [ofPeople(throttle(clock))] : []),
    limitBody(bodyLimitBytes),
    ...(isLong ? [stayOpen] : []),
  ];
}

/** Applies a check to people with a token of their own. */
const ofPeople =
  (check: MiddlewareHandler<HttpEnv>): MiddlewareHandler<HttpEnv> =>
  (context, next) =>
    context.get("role") ? next() : check(context, next);

const stayOpen: MiddlewareHandler<HttpEnv> = (context, next) => {
  // A request that is handed to the app directly has no server, and so no environment.
  context.env?.stayOpen?.();
  return next();
};

/** Refuses every request before the schema is there, and every change once the daemon drains. */
function whileOpen(phase: () => ServicePhase): MiddlewareHandler<HttpEnv> {
  return (context, next) => {
    const is = phase();
    if (is === "open" || (is === "draining" && isLook(context))) return next();
    const detail = "The daemon is starting or shutting down; try again shortly.";
    const refusal = { status: 503, code: "HTTP_NOT_OPEN", title: "Not available now", detail } as const;
    return Promise.resolve(problem(context, refusal, retryAfter(RETRY_SHORTLY_MS)));
  };
}
