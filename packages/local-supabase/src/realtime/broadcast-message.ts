import { encodeMessage, encodeUserBroadcast, type PayloadEncoding, parseJson, type Vsn } from "./frames.ts";

/**
 * One message on its way to every channel of a topic. Each wire form is written at most once, however many channels
 * receive it; undefined means that form cannot carry it.
 */
export interface OutgoingMessage {
  encode(vsn: Vsn): string | Uint8Array | undefined;
}

/** A message both formats carry as JSON text. */
export function jsonMessage(topic: string, event: string, payload: unknown): OutgoingMessage {
  return encodeOnce((vsn) => encodeMessage(vsn, null, null, topic, event, payload));
}

/** A broadcast that vsn 2.0.0 carries as a binary frame. vsn 1.0.0 gets JSON text, and nothing of a binary payload. */
export function userBroadcastMessage(
  topic: string,
  userEvent: string,
  encoding: PayloadEncoding,
  payload: Uint8Array,
): OutgoingMessage {
  return encodeOnce((vsn) => {
    if (vsn === "2.0.0") return encodeUserBroadcast(topic, userEvent, encoding, payload);
    const parsed = encoding === "json" ? parseJson(new TextDecoder().decode(payload)) : undefined;
    if (parsed === undefined) return undefined;
    return encodeMessage(vsn, null, null, topic, "broadcast", { event: userEvent, payload: parsed, type: "broadcast" });
  });
}

function encodeOnce(encode: OutgoingMessage["encode"]): OutgoingMessage {
  const written = new Map<Vsn, string | Uint8Array | undefined>();
  return {
    encode(vsn) {
      if (!written.has(vsn)) written.set(vsn, encode(vsn));
      return written.get(vsn);
    },
  };
}
