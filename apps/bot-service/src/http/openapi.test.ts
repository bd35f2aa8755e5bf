import { expect, it } from "vitest";
import { z } from "zod";
import { ask, COMMAND_ID, makeApp, SECRETS, TICKET_ID } from "./http.test-support.ts";
import { STRATEGY_ID } from "./strategies.test-support.ts";

interface Media {
  readonly content: Readonly<Record<string, { readonly schema: z.core.JSONSchema.JSONSchema }>>;
}
interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Media>>;
  readonly requestBody?: Media;
  readonly parameters?: readonly { readonly name: string }[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, z.core.JSONSchema.JSONSchema>> };
}

const made = makeApp();
const text = await (await made.app.request("/openapi.json")).text();
const document = JSON.parse(text) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

it("names every route that is served, and no other", () => {
  const served = made.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(new Set(described)).toEqual(new Set(served));
  expect(described.length).toBeGreaterThan(30);
});

it("gives each its own id, and refers to nothing that is not there", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
  expect(new Set(references)).toEqual(new Set(["#/components/schemas/Problem"]));
});

const wanted: Readonly<Record<string, unknown>> = {
  "post /api/match/tickets": { user_id: "u1" },
  "put /api/match/blocks": { user_id: "ann", match_id: COMMAND_ID, reason: "rude" },
  "post /api/match/reports": { user_id: "ann", match_id: COMMAND_ID, reason: "rude" },
  "post /api/bot/start": { bot_id: "a" },
  "post /api/bot/stop": { bot_id: "a" },
  "post /api/bot/commands": { bot_id: "a", command: "RESUME_BOT" },
  "post /api/bot/commands/batch": { bot_ids: ["a", "b"], command: "RESUME_BOT" },
  "post /api/bot/settings": { kind: "conversation", config: {} },
  "post /strategies/deploy": { name: "first", code: "", executionInterval: 60 },
  "post /strategies/check": { code: "" },
  "post /strategies/{id}/close": { symbol: "BTC/USDT" },
  "post /strategies/{id}/rollback": { version: 1 },
  "put /strategies/{id}/config": { config: { fast: 3 } },
  "put /strategies/owners/{id}": { weight: 2, fuel_per_day: null },
  "post /strategies/secrets/rotate": { limit: 10 },
  "put /strategies/secrets": { name: "mine", api_key: "k", secret: "s" },
  "post /api/jobs": { type: "risk_check" },
  "post /api/jobs/redrive": { limit: 1 },
  "post /api/jobs/act": { action: "redrive", filter: { status: "dead" } },
  "post /api/queues/{id}/letters": { action: "delete", message_ids: ["5"] },
  "post /api/jobs/process": { batch: 1 },
  "post /api/inngest": {},
  "put /api/inngest": {},
};
const queries: Readonly<Record<string, string>> = {
  "get /api/match/blocks": "?user_id=ann",
  "delete /api/match/blocks/{id}": "?user_id=ann",
  "get /api/bot/commands": "?bot_id=a",
  "get /api/console/person": "?user_id=ann",
  "get /api/channels/history": "?topic=a",
  "delete /strategies/secrets": "?name=mine",
  "get /api/queues/{id}/message": "?message_id=5",
};
const idOf = (path: string) => {
  if (path.includes("tickets")) return TICKET_ID;
  if (path.includes("blocks")) return "bob";
  if (path.includes("strategies")) return STRATEGY_ID;
  if (path.includes("deployments")) return "bot-a";
  if (path.includes("matches")) return COMMAND_ID;
  if (path.includes("/acts/")) return "3";
  if (path.includes("queues")) return "alert_jobs";
  return path.includes("commands") ? COMMAND_ID : "7";
};

it.each(operations.map(({ method, path, operation }) => [method, path, operation] as const))(
  "answers %s %s as it is described",
  async (method, path, { responses, requestBody }) => {
    const body = wanted[`${method} ${path}`];
    const json = requestBody?.content["application/json"];
    if (body !== undefined && json) z.fromJSONSchema(json.schema).parse(body);
    const query = queries[`${method} ${path}`] ?? "";
    const headers = { "idempotency-key": "k" };
    const response = await ask(made, method.toUpperCase(), path.replace("{id}", idOf(path)) + query, body, headers);
    const media = responses[`${response.status}`]?.content ?? {};
    const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
    expect(Object.keys(media)).toContain(type);
    if (type !== "application/json") return;
    expect(media[type]).toBeDefined();
    z.fromJSONSchema(media[type]?.schema ?? false).parse(await response.json());
  },
);

it("describes refusals as they are", async () => {
  const refused = await ask(made, "POST", "/api/jobs", {}, { authorization: `Bearer ${SECRETS[0]}` });
  z.fromJSONSchema(document.components.schemas["Problem"] ?? false).parse(await refused.json());
});
