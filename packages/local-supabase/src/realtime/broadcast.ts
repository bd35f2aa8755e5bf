import { jsonMessage, type OutgoingMessage, userBroadcastMessage } from "./broadcast-message.ts";
import type { Channel } from "./channel.ts";
import { shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import type { ClientFrame, Ref } from "./frames.ts";
import { asRecord } from "./join-payload.ts";

/** Largest payload of one message: 3000 kB of 1000 bytes. @source REALTIME-FRAMES.md, payload-size */
export const MAX_PAYLOAD_BYTES = 3_000_000;

/** Whether a payload that arrived inside a frame of `frameLength` characters is larger than allowed. */
export function isPayloadTooLarge(payload: unknown, frameLength: number): boolean {
  // A character takes at most 3 bytes, so only a long frame is worth measuring.
  if (frameLength * 3 <= MAX_PAYLOAD_BYTES) return false;
  return Buffer.byteLength(JSON.stringify(payload) ?? "") > MAX_PAYLOAD_BYTES;
}

/** A broadcast as JSON text: its payload goes out as it came, whatever it holds. */
export function handleBroadcast(core: Core, channel: Channel, frame: ClientFrame & { kind: "message" }): undefined {
  const payload = asRecord(frame.payload);
  if (!payload) return undefined;
  const userEvent = typeof payload["event"] === "string" ? payload["event"] : "";
  const isTooLarge = isPayloadTooLarge(payload, frame.bytes);
  send(core, channel, frame.ref, userEvent, isTooLarge, () => jsonMessage(channel.topic, "broadcast", payload));
  return undefined;
}

/** A broadcast as a binary frame: its payload is not looked into. */
export function handleUserBroadcast(
  core: Core,
  channel: Channel,
  frame: ClientFrame & { kind: "userBroadcast" },
): undefined {
  const { ref, userEvent, encoding, payload } = frame;
  send(core, channel, ref, userEvent, payload.length > MAX_PAYLOAD_BYTES, () =>
    userBroadcastMessage(channel.topic, userEvent, encoding, payload),
  );
  return undefined;
}

function send(
  core: Core,
  channel: Channel,
  ref: Ref,
  userEvent: string,
  isTooLarge: boolean,
  message: () => OutgoingMessage,
): void {
  // Without the write permission a broadcast vanishes, its acknowledgement with it.
  if (!channel.policies.broadcastWrite) return;
  const admitted = core.admission.admitEvent(channel);
  if (admitted.kind === "refused") return shutChannel(core, channel, admitted.message);
  const { ackBroadcast, selfBroadcast } = channel.config;
  if (isTooLarge) {
    if (ackBroadcast) channel.reply(ref, "error", "payload_size_exceeded");
    return;
  }
  core.counters.broadcasts += 1;
  core.events.emit("broadcast:received", { topic: channel.topic, event: userEvent });
  const topic = core.topics.find(channel.topicName, channel.isPrivate);
  if (topic) core.topics.publish(topic, message(), selfBroadcast ? undefined : channel);
  if (ackBroadcast) channel.reply(ref, "ok", {});
}
