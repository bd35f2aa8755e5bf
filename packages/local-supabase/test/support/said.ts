import type { RawClient } from "./raw-client.ts";

/** A frame without its references to the join and the topic. */
export interface Said {
  readonly ref: unknown;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export const ok = { status: "ok", response: {} };
export const say = (event: string) => ({ type: "broadcast", event, payload: {} });
export const track = (state: object) => ({ type: "presence", event: "track", payload: state });
export const noRead = (topic: string) => `You do not have permissions to read from this Channel topic: ${topic}`;

/** Resolves with what a client on vsn 2.0.0 was told, once its channel has handled everything it sent. */
export async function heardOn(client: RawClient, topic: string): Promise<Said[]> {
  const frames = await client.restOf(topic);
  return frames.map((frame) => {
    const [, ref, , event, payload] = JSON.parse(String(frame));
    return { ref, event, payload };
  });
}

/** Sends a frame and resolves with what the client was told by then. */
export function pushed(client: RawClient, topic: string, event: string, payload: unknown, ref = "9"): Promise<Said[]> {
  client.push(`realtime:${topic}`, event, payload, ref);
  return heardOn(client, topic);
}

export const refresh = (client: RawClient, topic: string, access_token: unknown) =>
  pushed(client, topic, "access_token", { access_token });

export const hasBroadcast = (said: readonly Said[], name: string) =>
  said.some(({ event, payload }) => event === "broadcast" && payload["event"] === name);
export const hasDiffOf = (said: readonly Said[], key: string) =>
  said.some(({ event, payload }) => event === "presence_diff" && key in (payload["joins"] as object));
export const replyTo = (said: readonly Said[], ref = "9") =>
  said.find((frame) => frame.event === "phx_reply" && frame.ref === ref)?.payload;

/** A binary broadcast, taken apart. */
export function readBinary(frame: string | Uint8Array) {
  const bytes = Buffer.from(frame as Uint8Array);
  const [kind, topicLength = 0, eventLength = 0, metaLength = 0, encoding] = bytes;
  const [topicAt, eventAt, metaAt] = [5, 5 + topicLength, 5 + topicLength + eventLength];
  const payload = bytes.subarray(metaAt + metaLength);
  return {
    kind,
    topic: bytes.toString("utf8", topicAt, eventAt),
    event: bytes.toString("utf8", eventAt, metaAt),
    meta: bytes.toString("utf8", metaAt, metaAt + metaLength),
    payload: encoding === 1 ? payload.toString() : payload.toString("hex"),
  };
}

/** Writes `<id>` for the id of the message wherever it is. */
export const withoutId = (text: string, id: string) => text.replaceAll(id, "<id>");
