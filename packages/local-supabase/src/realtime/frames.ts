import { isNestedDeeper } from "@shoal/kernel";

/**
 * Reads and writes the two wire formats.
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

/** A reference chosen by the client and echoed unchanged. */
export type Ref = string | number | null;

export type PayloadEncoding = "binary" | "json";

interface FrameHead {
  readonly joinRef: Ref;
  readonly ref: Ref;
  readonly topic: string;
}

/** A frame from a client. */
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
const MAX_FIELD_BYTES = 255;
const ENCODING_BINARY = 0;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads one frame; undefined when it is malformed, which the server ignores without an answer. */
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

/** Writes any frame but a binary broadcast. vsn 1.0.0 sends no join ref to the client. */
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

/** Writes a message of the server whose payload is already JSON text. */
export function encodeWithPayloadText(
  vsn: Vsn,
  topic: string,
  event: string,
  payloadText: string,
  joinRef: Ref = null,
): string {
  const [topicText, eventText] = [JSON.stringify(topic), JSON.stringify(event)];
  return vsn === "2.0.0"
    ? `[${JSON.stringify(joinRef)},null,${topicText},${eventText},${payloadText}]`
    : `{"ref":null,"event":${eventText},"topic":${topicText},"payload":${payloadText}}`;
}

/** The payload of a broadcast in a binary frame. */
export interface EncodedPayload {
  readonly encoding: PayloadEncoding;
  readonly payload: Uint8Array;
}

/** Writes a kind 4 frame; undefined when a text does not fit its one-byte length. `metadata` is JSON text, or empty. */
export function encodeUserBroadcast(
  topic: string,
  userEvent: string,
  { encoding, payload }: EncodedPayload,
  metadata = "",
): Uint8Array | undefined {
  const texts = [topic, userEvent, metadata].map((text) => encoder.encode(text));
  const lengths = texts.map(({ length }) => length);
  if (lengths.some((length) => length > MAX_FIELD_BYTES)) return undefined;
  const encodingByte = encoding === "json" ? 1 : ENCODING_BINARY;
  return Buffer.concat([Buffer.from([KIND_USER_BROADCAST, ...lengths, encodingByte]), ...texts, payload]);
}

/**
 * One message for every channel of a topic. Each wire format is written at most once, for any number of channels;
 * undefined means that the format cannot carry it.
 */
export interface OutgoingMessage {
  encode(vsn: Vsn): string | Uint8Array | undefined;
}

/** Makes a message that both formats carry as JSON text. */
export function jsonMessage(topic: string, event: string, payload: unknown): OutgoingMessage {
  return encodeOnce((vsn) => encodeMessage(vsn, null, null, topic, event, payload));
}

/** Makes a broadcast that vsn 2.0.0 carries as a binary frame. vsn 1.0.0 carries a JSON payload as text, and no binary one. */
export function userBroadcastMessage(
  topic: string,
  userEvent: string,
  encoding: PayloadEncoding,
  payload: Uint8Array,
): OutgoingMessage {
  return encodeOnce((vsn) => {
    if (vsn === "2.0.0") return encodeUserBroadcast(topic, userEvent, { encoding, payload });
    const parsed = encoding === "json" ? parseJson(new TextDecoder().decode(payload)) : undefined;
    if (parsed === undefined) return undefined;
    return encodeMessage(vsn, null, null, topic, "broadcast", { event: userEvent, payload: parsed, type: "broadcast" });
  });
}

/** Makes a message of `encode`, which is called once per format. */
export function encodeOnce(encode: OutgoingMessage["encode"]): OutgoingMessage {
  const written = new Map<Vsn, string | Uint8Array | undefined>();
  return {
    encode(vsn) {
      if (!written.has(vsn)) written.set(vsn, encode(vsn));
      return written.get(vsn);
    },
  };
}

/** Deeper than real data, and far below the depth at which `JSON.stringify` overflows the stack. */
const MAX_DEPTH = 1000;

/** Parses `text`; undefined when it is not JSON or is nested more than 1,000 deep. */
export function parseJson(text: string): unknown {
  if (text.length > 2 * MAX_DEPTH && isNestedDeeper(text, MAX_DEPTH)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
    // This format writes "no ref" as an empty text.
    joinRef: joinRef === "" ? null : joinRef,
    ref: ref === "" ? null : ref,
    topic,
    userEvent,
    encoding: encoding === ENCODING_BINARY ? "binary" : "json",
    payload: data.subarray(offset),
  };
}
