import { isNestedDeeper, MAX_JSON_LEVELS } from "@shoal/kernel";

/**
 * Characters of one broadcast: what a chat message of 16,384 characters takes where JSON escapes each of them, with the frame
 * around it. A project lets anybody send up to 3 MB, which is 20 to 90 ms of reading.
 */
export const MAX_BROADCAST_CHARS = 131_072;

/** `[join_ref, ref, topic, event, payload]`. @source REALTIME.md 1 */
const TEXT_BROADCAST = /^\[(?:null|"[^"]*"),(?:null|"[^"]*"),"((?:[^"\\]|\\.)*)","broadcast",/;

/** `kind | topic length | event length | metadata length | encoding`. @source REALTIME.md 1, binary frames */
const BINARY_BROADCAST = 4;
const BINARY_HEADER_BYTES = 5;
const ENCODED_AS_JSON = 1;

/**
 * Returns the topic of a broadcast that must not be read, because it is too large or nested too deeply; undefined for every other
 * frame. Of a large one only the head is looked at.
 */
export function excessiveBroadcast(raw: unknown): string | undefined {
  if (typeof raw === "string") return excessiveText(raw);
  return raw instanceof ArrayBuffer ? excessiveBytes(raw) : undefined;
}

function excessiveText(text: string): string | undefined {
  // Shorter ones cannot be nested so deeply.
  if (text.length <= 2 * MAX_JSON_LEVELS) return undefined;
  const topic = TEXT_BROADCAST.exec(text)?.[1];
  if (topic === undefined) return undefined;
  return text.length > MAX_BROADCAST_CHARS || isNestedDeeper(text, MAX_JSON_LEVELS) ? topic : undefined;
}

function excessiveBytes(frame: ArrayBuffer): string | undefined {
  const [kind, topicBytes = 0, eventBytes = 0, metadataBytes = 0, encoding] = new Uint8Array(
    frame,
    0,
    Math.min(5, frame.byteLength),
  );
  if (kind !== BINARY_BROADCAST) return undefined;
  const decoder = new TextDecoder();
  const payloadStart = BINARY_HEADER_BYTES + topicBytes + eventBytes + metadataBytes;
  const isExcessive =
    frame.byteLength > MAX_BROADCAST_CHARS ||
    (encoding === ENCODED_AS_JSON &&
      frame.byteLength > payloadStart + 2 * MAX_JSON_LEVELS &&
      isNestedDeeper(decoder.decode(new Uint8Array(frame, payloadStart)), MAX_JSON_LEVELS));
  return isExcessive ? decoder.decode(frame.slice(BINARY_HEADER_BYTES, BINARY_HEADER_BYTES + topicBytes)) : undefined;
}
