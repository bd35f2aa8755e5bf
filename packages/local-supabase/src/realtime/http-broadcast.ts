import type { TokenClaims } from "../keys.ts";
import { readBatch, TOO_LARGE } from "./batch-messages.ts";
import { areBytesTooMany, countDeliveries, isPayloadTooLarge } from "./broadcast.ts";
import { jsonMessage, type OutgoingMessage, userBroadcastMessage } from "./broadcast-message.ts";
import { TOPIC_PREFIX } from "./channel.ts";
import type { Core } from "./core.ts";
import { parseJson } from "./frames.ts";
import { asRecord } from "./join-payload.ts";
import { policiesFor } from "./policies.ts";

/** Most a request body may hold. @source Plug.Parsers, whose default the server keeps */
export const MAX_BODY_BYTES = 8_000_000;

const SINGLE_PATH = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;
const CONTENT_TYPES: readonly (string | undefined)[] = ["application/json", "application/octet-stream", undefined];
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "authorization, apikey, x-api-key, content-type, x-client-info",
};

/** What a body is read into, before anybody asks who sent it. */
type Call =
  | { readonly kind: "ping" }
  | { readonly kind: "refused"; readonly status: number; readonly body: unknown }
  | { readonly kind: "batch"; readonly messages: unknown; readonly textLength: number }
  | ({ readonly kind: "single"; readonly payload: Uint8Array; readonly isBinary: boolean } & Address);

interface Address {
  readonly topicName: string;
  readonly event: string;
  readonly isPrivate: boolean;
}

/**
 * Answers one request under `/api`, `path` counted from there: body, rate of requests, token, content, rate of events, in
 * the server's order. @source supabase/realtime 2.129.8, lib/realtime_web/router.ex
 */
export async function handleHttp(core: Core, request: Request, path: string): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
  const call = await readCall(request, path);
  if (call.kind === "refused") return json(call.status, call.body);
  const { averagePerSecond, limit } = core.admission.countRequest();
  const isOver = averagePerSecond >= limit;
  const response = isOver ? json(429, { message: "Too many requests" }) : await answer(core, request, call);
  if (Number.isFinite(limit)) {
    response.headers.set("x-rate-rolling", String(averagePerSecond));
    response.headers.set("x-rate-limit", String(limit));
    response.headers.set("x-rate-limit-remaining", String(limit - averagePerSecond));
  }
  return response;
}

async function answer(core: Core, request: Request, call: Exclude<Call, { kind: "refused" }>): Promise<Response> {
  if (call.kind === "ping") return json(200, { message: "Success" });
  const claims = await bearer(core, request);
  if (!claims) return json(401, { message: "Unauthorized" });
  if (core.project.isSuspended) return json(403, { message: "Tenant is suspended" });
  return call.kind === "batch" ? broadcastBatch(core, call, claims) : broadcastSingle(core, call, claims);
}

async function readCall(request: Request, path: string): Promise<Call> {
  if (request.method === "GET" && path === "/api/ping") return { kind: "ping" };
  const [, topic, event] = SINGLE_PATH.exec(path) ?? [];
  if (request.method !== "POST" || (path !== "/api/broadcast" && topic === undefined)) {
    return { kind: "refused", status: 404, body: { message: "not found" } };
  }
  if (topic !== undefined && event !== undefined) return readSingle(request, decodePart(topic), decodePart(event));
  const text = await request.text();
  const body = asRecord(parseJson(text));
  return body ? { kind: "batch", messages: body["messages"], textLength: text.length } : MALFORMED;
}

const MALFORMED: Call = { kind: "refused", status: 400, body: { message: "Malformed JSON body" } };

async function readSingle(request: Request, topicName: string, event: string): Promise<Call> {
  const contentType = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (!CONTENT_TYPES.includes(contentType)) {
    const error = "Unsupported Media Type. Use application/json or application/octet-stream";
    return { kind: "refused", status: 415, body: { error } };
  }
  const isBinary = contentType === "application/octet-stream";
  const payload = new Uint8Array(await request.arrayBuffer());
  if (!isBinary && parseJson(new TextDecoder().decode(payload)) === undefined) return MALFORMED;
  const isPrivate = new URL(request.url).searchParams.get("private") === "true";
  return { kind: "single", payload, isBinary, topicName, event, isPrivate };
}

async function bearer(core: Core, request: Request): Promise<TokenClaims | undefined> {
  const authorization = request.headers.get("authorization") ?? "";
  const token = authorization.startsWith("Bearer ")
    ? authorization.slice("Bearer ".length)
    : request.headers.get("apikey");
  if (!token) return undefined;
  const verdict = await core.tokens.verify(token);
  return verdict.kind === "valid" ? verdict.claims : undefined;
}

async function broadcastBatch(core: Core, call: Call & { kind: "batch" }, claims: TokenClaims): Promise<Response> {
  const { payloadBytes } = core.project.limits;
  const read = readBatch(call.messages, (payload) => isPayloadTooLarge(payloadBytes, payload, call.textLength));
  if (read.kind === "invalid") return json(422, { errors: read.errors });
  const admitted = core.admission.admitBatch(read.messages.length);
  if (admitted.kind === "refused") return json(429, { message: admitted.message });
  // Public ones go first, in order, as on the server.
  for (const { topic, event, payload } of read.messages.filter(({ isPrivate }) => !isPrivate)) {
    publish(core, { topicName: topic, event, isPrivate: false }, batchMessage(topic, event, payload));
  }
  for (const { topic, event, payload } of read.messages.filter(({ isPrivate }) => isPrivate)) {
    const address = { topicName: topic, event, isPrivate: true };
    if (await mayWrite(core, address, claims)) publish(core, address, batchMessage(topic, event, payload));
  }
  return accepted();
}

/** One message named by the path: JSON or bytes in the body, and a binary frame to whoever speaks vsn 2.0.0. */
async function broadcastSingle(core: Core, call: Call & { kind: "single" }, claims: TokenClaims): Promise<Response> {
  if (areBytesTooMany(core.project.limits.payloadBytes, call.payload.length)) {
    return json(422, { errors: { payload: [TOO_LARGE] } });
  }
  const admitted = core.admission.admitSingle();
  if (admitted.kind === "refused") return json(429, { message: admitted.message });
  if (call.isPrivate && !(await mayWrite(core, call, claims))) return json(403, { message: "Unauthorized" });
  const encoding = call.isBinary ? "binary" : "json";
  publish(core, call, userBroadcastMessage(TOPIC_PREFIX + call.topicName, call.event, encoding, call.payload));
  return accepted();
}

function batchMessage(topic: string, event: string, payload: unknown): OutgoingMessage {
  return jsonMessage(TOPIC_PREFIX + topic, "broadcast", { event, payload, type: "broadcast" });
}

async function mayWrite(core: Core, address: Address, claims: TokenClaims): Promise<boolean> {
  return (await policiesFor(core, address, claims)).broadcastWrite;
}

function publish(core: Core, { topicName, event, isPrivate }: Address, message: OutgoingMessage): void {
  core.counters.broadcasts += 1;
  core.admission.countEvent();
  core.events.emit("broadcast:received", { topic: TOPIC_PREFIX + topicName, event });
  const topic = core.topics.find(topicName, isPrivate);
  if (topic) countDeliveries(core, core.topics.publish(topic, message));
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function accepted(): Response {
  return new Response(null, { status: 202, headers: CORS });
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { ...CORS, "content-type": "application/json; charset=utf-8" } });
}
