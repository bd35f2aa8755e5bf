import { z } from "zod";
import { PROBLEM_MEDIA_TYPE, problemSchema } from "./problem.ts";
import type { Route } from "./route.ts";

const JSON_MEDIA_TYPE = "application/json";
const PROBLEM = {
  description: "Refused",
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
};
const SECURITY = {
  open: [],
  token: [{ apiToken: [] }],
  cron: [{ cronSecret: [] }, { apiToken: [] }],
  person: [{ person: [] }, { apiToken: [] }],
  signature: [{ inngestSignature: [] }],
} as const;

/**
 * Describes `routes` in OpenAPI 3.1, from the schemas that requests are checked against.
 * @source https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(routes: readonly Route[], version: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Shoal",
      version,
      description: "The HTTP API of the daemon. Refusals are problem bodies (RFC 9457).",
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, "output") },
      securitySchemes: {
        apiToken: { type: "http", scheme: "bearer", description: "SHOAL_API_TOKEN" },
        cronSecret: {
          type: "http",
          scheme: "bearer",
          description: "JOBS_CRON_SECRET, one of two while it is replaced",
        },
        person: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The access token of a signed-in user of the Supabase project, who acts for nobody else",
        },
        inngestSignature: { type: "apiKey", in: "header", name: "X-Inngest-Signature" },
      },
    },
  };
}

function operationOf(route: Route) {
  const { method, path, summary, access, answers, body, isBodyOptional = false } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  const content = body && { [JSON_MEDIA_TYPE]: { schema: schemaOf(body, "input") } };
  return {
    operationId: method + path.replaceAll(/[^a-zA-Z]+(\w)/g, (_, letter: string) => letter.toUpperCase()),
    summary,
    security: SECURITY[access],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(content ? { requestBody: { required: !isBodyOptional, content } } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)])),
      "4XX": PROBLEM,
      "5XX": PROBLEM,
    },
  };
}

function responseOf(answer: z.ZodType | string) {
  if (typeof answer === "string") return { description: "Done", content: { [answer]: { schema: { type: "string" } } } };
  return { description: "Done", content: { [JSON_MEDIA_TYPE]: { schema: schemaOf(answer, "output") } } };
}

function pathParameters({ path, id }: Route) {
  if (!path.includes("/:id")) return [];
  const schema = id ? schemaOf(id.schema, "input") : { type: "string" };
  return [{ name: "id", in: "path", required: true, schema }];
}

function queryParameters({ query }: Route) {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input");
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ headers = {} }: Route) {
  return Object.entries(headers).map(([name, description]) => ({
    ...{ name, in: "header", required: false, description },
    schema: { type: "string" },
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
