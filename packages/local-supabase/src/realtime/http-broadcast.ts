import { areBytesTooMany, countDeliveries, isPayloadTooLarge, publishBroadcast } from "./broadcast.ts";
import { TOPIC_PREFIX } from "./channel.ts";
import type { Core } from "./core.ts";
import { jsonMessage, type OutgoingMessage, parseJson, userBroadcastMessage } from "./frames.ts";
import { asRecord, readFlag } from "./join-payload.ts";
import type { NoAnswer, PolicySubject } from "./policies/policy-check.ts";
import type { TokenClaims } from "./tokens.ts";

/** Limits a request body. @source Plug.Parsers, whose default the server keeps */
export const MAX_BODY_BYTES = 8_000_000;

const SINGLE_PATH = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;
const CONTENT_TYPES: readonly (string | undefined)[] = ["application/json", "application/octet-stream", undefined];
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "authorization, apikey, x-api-key, content-type, x-client-info",
};

const BLANK = "can't be blank";
const INVALID = "is invalid";
const TOO_LARGE = "Payload size exceeds tenant limit";

/** What a body is read into, before the token is looked at. */
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
 * Answers one request; `path` begins with `/api`. Checks body, rate of requests, token, content and rate of events, in the
 * server's order. @source supabase/realtime 2.129.8, lib/realtime_web/router.ex
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
  const caller = { claims, headers: Object.fromEntries(request.headers) };
  return call.kind === "batch" ? broadcastBatch(core, call, caller) : broadcastSingle(core, call, caller);
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
  const body = isBinary ? {} : parseJson(new TextDecoder().decode(payload));
  if (body === undefined) return MALFORMED;
  // A field of the body goes before the parameter of that name.
  const asked = { private: new URL(request.url).searchParams.get("private"), ...asRecord(body) }.private;
  return { kind: "single", payload, isBinary, topicName, event, isPrivate: readFlag(asked) };
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

type Caller = Omit<PolicySubject, "topicName">;

async function broadcastBatch(core: Core, call: Call & { kind: "batch" }, caller: Caller): Promise<Response> {
  const { payloadBytes } = core.project.limits;
  const read = readBatch(call.messages, (payload) => isPayloadTooLarge(payloadBytes, payload, call.textLength));
  if (read.kind === "invalid") return json(422, { errors: read.errors });
  const admitted = core.admission.admitBatch(read.messages.length);
  if (admitted.kind === "refused") return json(429, { message: admitted.message });
  // Public messages go first, in order, then private ones by the name of their topic, as on the server.
  for (const message of read.messages.filter(({ isPrivate }) => !isPrivate)) publishOfBatch(core, message);
  const byTopic = Map.groupBy(
    read.messages.filter(({ isPrivate }) => isPrivate),
    ({ topicName }) => topicName,
  );
  for (const topicName of [...byTopic.keys()].sort()) {
    const rights = await core.policies.write({ ...caller, topicName });
    // Who may not write, or gets no answer, is told nothing.
    if (rights.kind === "none" || !rights.value.broadcast) continue;
    for (const message of byTopic.get(topicName) ?? []) publishOfBatch(core, message);
  }
  return accepted();
}

/** Broadcasts the one message whose topic and event the path names. Clients on vsn 2.0.0 get it as a binary frame. */
async function broadcastSingle(core: Core, call: Call & { kind: "single" }, caller: Caller): Promise<Response> {
  if (areBytesTooMany(core.project.limits.payloadBytes, call.payload.length)) {
    return json(422, { errors: { payload: [TOO_LARGE] } });
  }
  const admitted = core.admission.admitSingle();
  if (admitted.kind === "refused") return json(429, { message: admitted.message });
  if (call.isPrivate) {
    const rights = await core.policies.write({ ...caller, topicName: call.topicName });
    if (rights.kind === "none") return json(...NO_ANSWERS[rights.why]);
    if (!rights.value.broadcast) return json(403, { message: "Unauthorized" });
  }
  const encoding = call.isBinary ? "binary" : "json";
  publish(core, call, userBroadcastMessage(TOPIC_PREFIX + call.topicName, call.event, encoding, call.payload));
  return accepted();
}

/** What a single broadcast is told when the database did not say whether it is allowed. @source REALTIME-PRIVATE.md */
const NO_ANSWERS: Readonly<Record<NoAnswer, [status: number, body: unknown]>> = {
  failed: [422, { message: "RLS policy error" }],
  canceled: [422, { message: "Query canceled" }],
  exhausted: [429, { message: "Connection pool exhausted" }],
  unavailable: [503, { message: "Realtime was unable to connect to the project database" }],
};

function publishOfBatch(core: Core, message: BatchMessage): void {
  const { topicName, event, id, payload } = message;
  const meta = id === undefined ? {} : { meta: { id } };
  const content = { event, ...meta, payload, type: "broadcast" };
  publish(core, message, jsonMessage(TOPIC_PREFIX + topicName, "broadcast", content));
}

function publish(core: Core, { topicName, event, isPrivate }: Address, message: OutgoingMessage): void {
  core.admission.countEvent();
  countDeliveries(core, publishBroadcast(core, { topicName, isPrivate, userEvent: event, message }));
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

/** One message of a batch. */
interface BatchMessage extends Address {
  /** Named in the metadata of the broadcast. */
  readonly id: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
}

type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** The messages of a request, or the errors of each. */
type Batch =
  | { readonly kind: "valid"; readonly messages: readonly BatchMessage[] }
  | { readonly kind: "invalid"; readonly errors: { readonly messages: readonly (string | FieldErrors)[] } };

/** Reads the messages of a batch. @source REALTIME-FRAMES.md, http; supabase/realtime 2.129.8, lib/realtime/tenants/batch_broadcast.ex */
function readBatch(messages: unknown, isTooLarge: (payload: unknown) => boolean): Batch {
  if (messages === undefined || messages === null) return { kind: "invalid", errors: { messages: [BLANK] } };
  if (!Array.isArray(messages)) return { kind: "invalid", errors: { messages: [INVALID] } };
  if (messages.length === 0) return { kind: "invalid", errors: { messages: [BLANK] } };
  const errors = messages.map((message) => messageErrors(message, isTooLarge));
  if (errors.some((fields) => Object.keys(fields).length > 0)) return { kind: "invalid", errors: { messages: errors } };
  return { kind: "valid", messages: messages.flatMap(toBatchMessage) };
}

function messageErrors(message: unknown, isTooLarge: (payload: unknown) => boolean): FieldErrors {
  const fields = asRecord(message) ?? {};
  const errors: Record<string, string[]> = {};
  const check = (name: string, isRight: (value: unknown) => boolean) => {
    const value = fields[name];
    if (value === undefined || value === null || value === "") errors[name] = [BLANK];
    else if (!isRight(value)) errors[name] = [INVALID];
  };
  check("topic", (value) => typeof value === "string");
  check("event", (value) => typeof value === "string");
  check("payload", (value) => asRecord(value) !== undefined);
  if (!errors["payload"] && isTooLarge(fields["payload"])) errors["payload"] = [TOO_LARGE];
  if (![undefined, null, true, false, "true", "false"].includes(fields["private"] as boolean)) {
    errors["private"] = [INVALID];
  }
  return errors;
}

function toBatchMessage(message: unknown): BatchMessage | [] {
  const { id, topic, event, payload, private: asked } = asRecord(message) ?? {};
  const record = asRecord(payload);
  if (typeof topic !== "string" || typeof event !== "string" || !record) return [];
  const named = typeof id === "string" ? id : undefined;
  return { id: named, topicName: topic, event, payload: record, isPrivate: readFlag(asked) };
}
