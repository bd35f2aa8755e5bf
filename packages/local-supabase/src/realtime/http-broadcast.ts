import type { TokenClaims } from "../keys.ts";
import { isPayloadTooLarge, MAX_PAYLOAD_BYTES } from "./broadcast.ts";
import { jsonMessage, type OutgoingMessage, userBroadcastMessage } from "./broadcast-message.ts";
import { TOPIC_PREFIX } from "./channel.ts";
import type { Core } from "./core.ts";
import { parseJson } from "./frames.ts";
import { asRecord } from "./join-payload.ts";

/** Most a request body may hold. @source REALTIME-FRAMES.md, payload-size: the frame cap */
export const MAX_BODY_BYTES = 5_000_000;

interface BatchMessage {
  readonly topic: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly isPrivate: boolean;
}

type FieldErrors = Readonly<Record<string, readonly string[]>>;
type Batch =
  | { readonly kind: "valid"; readonly messages: readonly BatchMessage[] }
  | { readonly kind: "invalid"; readonly errors: { readonly messages: readonly (string | FieldErrors)[] } };

const BLANK = "can't be blank";
const INVALID = "is invalid";
const TOO_LARGE = "Payload size exceeds tenant limit";
const SINGLE_PATH = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;

/** Answers one request under `/api`, `path` counted from there. Everything but the ping needs a token. */
export async function handleHttp(core: Core, request: Request, path: string): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
  if (request.method === "GET" && path === "/api/ping") return json(200, { message: "Success" });
  const single = SINGLE_PATH.exec(path);
  const isBroadcast = request.method === "POST" && (single || path === "/api/broadcast");
  if (!isBroadcast) return json(404, { message: "not found" });
  const claims = await bearer(core, request);
  if (!claims) return json(401, { message: "Unauthorized" });
  if (!single) return batch(core, request, claims);
  const [, topic = "", event = ""] = single;
  return broadcastSingle(core, request, claims, { topic: decodePart(topic), event: decodePart(event) });
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "authorization, apikey, x-api-key, content-type, x-client-info",
};

async function bearer(core: Core, request: Request): Promise<TokenClaims | undefined> {
  const authorization = request.headers.get("authorization") ?? "";
  const token = authorization.startsWith("Bearer ")
    ? authorization.slice("Bearer ".length)
    : request.headers.get("apikey");
  if (!token) return undefined;
  const verdict = await core.tokens.verify(token);
  return verdict.kind === "valid" ? verdict.claims : undefined;
}

async function batch(core: Core, request: Request, claims: TokenClaims): Promise<Response> {
  const text = await request.text();
  const body = asRecord(parseJson(text));
  if (!body) return json(400, { message: "Malformed JSON body" });
  const read = readBatch(body["messages"]);
  if (read.kind === "invalid") return json(422, { errors: read.errors });
  if (read.messages.some(({ payload }) => isPayloadTooLarge(payload, text.length)))
    return json(422, { message: TOO_LARGE });
  for (const { topic, event, payload, isPrivate } of read.messages) {
    const message = jsonMessage(TOPIC_PREFIX + topic, "broadcast", { event, payload, type: "broadcast" });
    await publish(core, { topic, event, isPrivate }, claims, message);
  }
  return accepted();
}

/** One message named by the path: JSON or bytes in the body, and a binary frame to whoever speaks vsn 2.0.0. */
async function broadcastSingle(
  core: Core,
  request: Request,
  claims: TokenClaims,
  to: { topic: string; event: string },
): Promise<Response> {
  const contentType = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const isBinary = contentType === "application/octet-stream";
  if (!isBinary && contentType !== "application/json") return json(415, { message: "Unsupported Media Type" });
  const payload = new Uint8Array(await request.arrayBuffer());
  if (!isBinary && parseJson(new TextDecoder().decode(payload)) === undefined) {
    return json(400, { message: "Malformed JSON body" });
  }
  if (payload.length > MAX_PAYLOAD_BYTES) return json(422, { message: TOO_LARGE });
  const isPrivate = new URL(request.url).searchParams.get("private") === "true";
  const message = userBroadcastMessage(TOPIC_PREFIX + to.topic, to.event, isBinary ? "binary" : "json", payload);
  const isPublished = await publish(core, { ...to, isPrivate }, claims, message);
  return isPublished ? accepted() : json(401, { message: "Unauthorized" });
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function readBatch(messages: unknown): Batch {
  if (messages === undefined || messages === null) return { kind: "invalid", errors: { messages: [BLANK] } };
  if (!Array.isArray(messages)) return { kind: "invalid", errors: { messages: [INVALID] } };
  if (messages.length === 0) return { kind: "invalid", errors: { messages: [BLANK] } };
  const errors = messages.map(messageErrors);
  if (errors.some((fields) => Object.keys(fields).length > 0)) return { kind: "invalid", errors: { messages: errors } };
  return { kind: "valid", messages: messages.flatMap(toBatchMessage) };
}

function messageErrors(message: unknown): FieldErrors {
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
  if (![undefined, null, true, false, "true", "false"].includes(fields["private"] as boolean)) {
    errors["private"] = [INVALID];
  }
  return errors;
}

function toBatchMessage(message: unknown): BatchMessage | [] {
  const { topic, event, payload, private: isPrivate } = asRecord(message) ?? {};
  const record = asRecord(payload);
  if (typeof topic !== "string" || typeof event !== "string" || !record) return [];
  return { topic, event, payload: record, isPrivate: isPrivate === true || isPrivate === "true" };
}

/** Publishes one message, or lets it vanish when it is private and the token may not write there. */
async function publish(
  core: Core,
  to: { topic: string; event: string; isPrivate: boolean },
  claims: TokenClaims,
  message: OutgoingMessage,
): Promise<boolean> {
  if (to.isPrivate && !(await core.authorizer.authorize(to.topic, claims)).broadcastWrite) return false;
  core.counters.broadcasts += 1;
  core.events.emit("broadcast:received", { topic: TOPIC_PREFIX + to.topic, event: to.event });
  const topic = core.topics.find(to.topic, to.isPrivate);
  if (topic) core.topics.publish(topic, message);
  return true;
}

function accepted(): Response {
  return new Response(null, { status: 202, headers: CORS });
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { ...CORS, "content-type": "application/json; charset=utf-8" } });
}
