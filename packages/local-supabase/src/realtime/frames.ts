/**
 * The two wire formats, as values in and text or bytes out.
 *
 * vsn 1.0.0: JSON objects. vsn 2.0.0: JSON arrays, and binary frames for broadcasts:
 *
 *   kind 3, client to server: kind | joinRef length | ref length | topic length | event length | metadata length |
 *                             encoding | joinRef | ref | topic | event | metadata | payload
 *   kind 4, server to client: kind | topic length | event length | metadata length | encoding |
 *                             topic | event | metadata | payload
 *
 * Every length is one byte, so each of these strings holds at most 255 bytes of UTF-8.
 */
export type Vsn = "1.0.0" | "2.0.0";

/** Chosen by the client and echoed as it is. */
export type Ref = string | number | null;

export type PayloadEncoding = "binary" | "json";

interface FrameHead {
  readonly joinRef: Ref;
  readonly ref: Ref;
  readonly topic: string;
}

/** What a client sent. */
export type ClientFrame =
  | (FrameHead & {
      readonly kind: "message";
      readonly event: string;
      readonly payload: unknown;
      readonly bytes: number;
    })
  | (FrameHead & {
      readonly kind: "userBroadcast";
      readonly userEvent: string;
      readonly encoding: PayloadEncoding;
      readonly payload: Uint8Array;
    });

const KIND_USER_PUSH = 3;
const KIND_USER_BROADCAST = 4;
const USER_PUSH_HEAD_BYTES = 7;
const USER_BROADCAST_HEAD_BYTES = 5;
const MAX_FIELD_BYTES = 255;
const ENCODING_BINARY = 0;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads one frame; undefined when it is malformed, which the server passes over in silence. */
export function decodeFrame(vsn: Vsn, data: string | Uint8Array): ClientFrame | undefined {
  if (typeof data !== "string") return vsn === "2.0.0" ? decodeBinary(data) : undefined;
  const parsed = parseJson(data);
  const isArray = Array.isArray(parsed);
  if (vsn === "2.0.0") return isArray && parsed.length >= 5 ? toMessage(parsed, data.length) : undefined;
  if (typeof parsed !== "object" || parsed === null || isArray) return undefined;
  const { join_ref, ref, topic, event, payload } = parsed as Record<string, unknown>;
  return payload === undefined
    ? undefined
    : toMessage([join_ref ?? null, ref ?? null, topic, event, payload], data.length);
}

/** Writes any frame but a binary broadcast. vsn 1.0.0 has no join ref on the way to the client. */
export function encodeMessage(
  vsn: Vsn,
  joinRef: Ref,
  ref: Ref,
  topic: string,
  event: string,
  payload: unknown,
): string {
  return vsn === "2.0.0"
    ? JSON.stringify([joinRef, ref, topic, event, payload])
    : JSON.stringify({ ref, event, topic, payload });
}

/** As `encodeMessage` for a message of the server, whose payload is JSON text already. */
export function encodeWithPayloadText(vsn: Vsn, topic: string, event: string, payloadText: string): string {
  const [topicText, eventText] = [JSON.stringify(topic), JSON.stringify(event)];
  return vsn === "2.0.0"
    ? `[null,null,${topicText},${eventText},${payloadText}]`
    : `{"ref":null,"event":${eventText},"topic":${topicText},"payload":${payloadText}}`;
}

/** Writes a kind 4 frame; undefined when topic or event do not fit the one-byte lengths. */
export function encodeUserBroadcast(
  topic: string,
  userEvent: string,
  encoding: PayloadEncoding,
  payload: Uint8Array,
): Uint8Array | undefined {
  const topicBytes = encoder.encode(topic);
  const eventBytes = encoder.encode(userEvent);
  if (topicBytes.length > MAX_FIELD_BYTES || eventBytes.length > MAX_FIELD_BYTES) return undefined;
  const metadataLength = 0;
  const bytes = new Uint8Array(
    USER_BROADCAST_HEAD_BYTES + topicBytes.length + eventBytes.length + metadataLength + payload.length,
  );
  const encodingByte = encoding === "json" ? 1 : ENCODING_BINARY;
  bytes.set([KIND_USER_BROADCAST, topicBytes.length, eventBytes.length, metadataLength, encodingByte]);
  bytes.set(topicBytes, USER_BROADCAST_HEAD_BYTES);
  bytes.set(eventBytes, USER_BROADCAST_HEAD_BYTES + topicBytes.length);
  bytes.set(payload, USER_BROADCAST_HEAD_BYTES + topicBytes.length + eventBytes.length);
  return bytes;
}

/** Deeper than anybody's data, and far from where writing it again would overflow the stack. */
const MAX_DEPTH = 1000;

/** `text` parsed, or undefined when it is not JSON or is nested more than 1,000 deep. */
export function parseJson(text: string): unknown {
  if (text.length > 2 * MAX_DEPTH && isDeeperThan(MAX_DEPTH, text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

function isDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) {
      if (code === BACKSLASH) index += 1;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}

function toMessage(fields: readonly unknown[], bytes: number): ClientFrame | undefined {
  const [joinRef, ref, topic, event, payload] = fields;
  if (!isRef(joinRef) || !isRef(ref) || typeof topic !== "string" || typeof event !== "string") return undefined;
  return { kind: "message", joinRef, ref, topic, event, payload, bytes };
}

function isRef(value: unknown): value is Ref {
  return value === null || typeof value === "string" || typeof value === "number";
}

function decodeBinary(data: Uint8Array): ClientFrame | undefined {
  const [kind, joinRefLength, refLength, topicLength, eventLength, metadataLength, encoding] = data;
  if (kind !== KIND_USER_PUSH || encoding === undefined) return undefined;
  let offset = USER_PUSH_HEAD_BYTES;
  const next = (length = 0) => {
    offset += length;
    return decoder.decode(data.subarray(offset - length, offset));
  };
  const joinRef = next(joinRefLength);
  const ref = next(refLength);
  const topic = next(topicLength);
  const userEvent = next(eventLength);
  next(metadataLength);
  if (offset > data.length) return undefined;
  return {
    kind: "userBroadcast",
    // An empty text is how this format writes "no ref".
    joinRef: joinRef === "" ? null : joinRef,
    ref: ref === "" ? null : ref,
    topic,
    userEvent,
    encoding: encoding === ENCODING_BINARY ? "binary" : "json",
    payload: data.subarray(offset),
  };
}
