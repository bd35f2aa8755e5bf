import type { Channel } from "../channel.ts";
import { encodeOnce, encodeUserBroadcast, encodeWithPayloadText, type OutgoingMessage } from "../frames.ts";
import { sortedText } from "../json-text.ts";

/** A row of `realtime.messages` that clients are told of. */
export interface StoredMessage {
  readonly id: string;
  /** Only a replayed one may have none. */
  readonly event: string | null;
  /** JSON as Postgres writes it, or bytes. */
  readonly content: string | Uint8Array;
}

/** Makes the broadcast of a row that was just committed. Its JSON stays the text of Postgres. */
export function liveMessage(topic: string, { id, event, content }: StoredMessage): OutgoingMessage {
  const meta = JSON.stringify({ id });
  return encodeOnce((vsn) => {
    if (vsn === "2.0.0") return encodeUserBroadcast(topic, event ?? "", toBytes(content), meta);
    if (typeof content !== "string") return undefined;
    return encodeWithPayloadText(vsn, topic, "broadcast", broadcastText(event, meta, content));
  });
}

/** Sends a row again to a channel that has just joined. vsn 1.0.0 carries no bytes. */
export function sendReplayed({ socket, joinRef, topic }: Channel, { id, event, content }: StoredMessage): void {
  const meta = JSON.stringify({ id, replayed: true });
  if (typeof content === "string") {
    const text = broadcastText(event, meta, sortedText(content));
    return socket.write(encodeWithPayloadText(socket.vsn, topic, "broadcast", text, joinRef));
  }
  const frame = socket.vsn === "2.0.0" && encodeUserBroadcast(topic, event ?? "", toBytes(content), meta);
  if (frame) socket.write(frame);
}

function broadcastText(event: string | null, meta: string, payload: string): string {
  return `{"event":${JSON.stringify(event)},"meta":${meta},"payload":${payload},"type":"broadcast"}`;
}

function toBytes(content: string | Uint8Array) {
  return typeof content === "string"
    ? ({ encoding: "json", payload: Buffer.from(content) } as const)
    : ({ encoding: "binary", payload: content } as const);
}
