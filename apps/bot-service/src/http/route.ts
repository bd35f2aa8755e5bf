import type { Context } from "hono";
import type { z } from "zod";
import type { HttpEnv } from "./auth.ts";
import { type Checked, readJson, readQuery } from "./body.ts";
import { notFound } from "./problem.ts";

/**
 * Who may ask. `open`: anybody. `token`: a caller with the API token. `cron`: a caller with a cron secret or the API token.
 * `person`: a signed-in person, or a caller with the API token.
 * `signature`: a caller whose signature the handler itself checks.
 */
export type Access = "open" | "token" | "cron" | "person" | "signature";

/** Describes a route for `/openapi.json`, and says how it is guarded. */
export interface RouteFacts {
  readonly method: "get" | "post" | "put" | "delete";
  /** As Hono writes it: `/api/jobs/:id`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: Access;
  /** The schema of `:id`; an id that does not fit is answered with 404. `of` is one word: `job`. */
  readonly id?: { readonly of: string; readonly schema: z.ZodType<string> };
  /** Headers that it reads besides those of every route, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By status: the schema of a JSON body, or the media type of another one. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  /** Default: `BODY_LIMIT_BYTES`. */
  readonly bodyLimitBytes?: number;
  /** A route that people trigger by hand, which is rate limited. */
  readonly isTrigger?: boolean;
  /** Rate limited in the same way for people who ask with a token of their own, all together: it reads whole tables. */
  readonly limitsPeople?: boolean;
  /** Answered also while the daemon starts and drains, because it asks memory alone. */
  readonly isAlways?: boolean;
  /** Whether an answer may take longer than the idle limit of the server. */
  readonly isLong?: boolean;
}

interface Given<Query, Body> {
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
}

export interface RouteDefinition<Query, Body> extends RouteFacts {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** A missing body counts as `{}`. */
  readonly isBodyOptional?: boolean;
  answer(context: Context<HttpEnv>, given: Given<Query, Body>): Response | Promise<Response>;
}

/** One route, to be served and described. */
export interface Route extends RouteFacts {
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly isBodyOptional?: boolean;
  respond(context: Context<HttpEnv>): Promise<Response>;
}

/** Stands for a query or body that the route does not declare: its type is `undefined`. */
const absent = <T>(): Checked<T> => ({ ok: true, value: undefined as T });

/** Declares a route. Checks the request before it calls `answer`, so that a refused request changes nothing. */
export function route<Query = undefined, Body = undefined>(definition: RouteDefinition<Query, Body>): Route {
  const { answer, ...facts } = definition;
  return {
    ...facts,
    async respond(context) {
      const id = context.req.param("id") ?? "";
      if (definition.id && !definition.id.schema.safeParse(id).success) return notFound(context, definition.id.of);
      const query = definition.query ? readQuery(context, definition.query) : absent<Query>();
      if (!query.ok) return query.response;
      const body = definition.body
        ? await readJson(context, definition.body, definition.isBodyOptional)
        : absent<Body>();
      if (!body.ok) return body.response;
      return answer(context, { id, query: query.value, body: body.value });
    },
  };
}
