import type { Context } from "hono";
import type { z } from "zod";
import type { HttpEnv } from "./auth.ts";
import { type Checked, readJson, readQuery } from "./body.ts";
import { notFound } from "./problem.ts";

/**
 * Who may ask. `open`: anybody. `token`: who bears the API token. `cron`: who bears a cron secret or the API token.
 * `signature`: whoever the handler itself recognises.
 */
export type Access = "open" | "token" | "cron" | "signature";

/** What `/openapi.json` says of a route, and how it is guarded. */
export interface RouteFacts {
  readonly method: "get" | "post" | "put" | "delete";
  /** As Hono writes it: `/api/jobs/:id`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: Access;
  /** Of `:id`; what does not fit it cannot be the id of anything. `of` is one word: `job`. */
  readonly id?: { readonly of: string; readonly schema: z.ZodType<string> };
  /** A JSON body by its schema, another one by its media type. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  /** Default: `BODY_LIMIT_BYTES`. */
  readonly bodyLimitBytes?: number;
  /** Triggered by hand: rate limited. */
  readonly isTrigger?: boolean;
  /** May take longer than the idle limit of the server. */
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
  /** No body is as good as `{}`. */
  readonly isBodyOptional?: boolean;
  answer(context: Context<HttpEnv>, given: Given<Query, Body>): Response | Promise<Response>;
}

/** One route, ready to be served and described. */
export interface Route extends RouteFacts {
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly isBodyOptional?: boolean;
  respond(context: Context<HttpEnv>): Promise<Response>;
}

/** Where nothing is declared, its type is `undefined`, and so is what is given. */
const absent = <T>(): Checked<T> => ({ ok: true, value: undefined as T });

/** Declares a route. What is asked for is checked before `answer` is called; a refusal has changed nothing. */
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
