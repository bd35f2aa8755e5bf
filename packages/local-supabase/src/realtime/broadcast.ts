import { jsonMessage, type OutgoingMessage, userBroadcastMessage } from "./broadcast-message.ts";
import type { Channel } from "./channel.ts";
import { shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import type { ClientFrame, Ref } from "./frames.ts";
import { asRecord } from "./join-payload.ts";

/** What a payload may be larger than its limit. @source supabase/realtime 2.129.8, lib/realtime/tenants.ex */
const PAYLOAD_PADDING_BYTES = 500;

/** Whether a payload that arrived inside a text of `textLength` characters is larger than allowed. */
export function isPayloadTooLarge(limitBytes: number, payload: unknown, textLength: number): boolean {
  // A character takes at most 3 bytes, so only a long text is worth measuring.
  if (textLength * 3 <= limitBytes) return false;
  return areBytesTooMany(limitBytes, Buffer.byteLength(JSON.stringify(payload) ?? ""));
}

/** Whether a payload of `bytes` is larger than allowed. */
export function areBytesTooMany(limitBytes: number, bytes: number): boolean {
  return bytes > limitBytes + PAYLOAD_PADDING_BYTES;
}

/** Over the events limit a message was the last one its receivers got. Who only sends hears nothing of it. */
export function countDeliveries(core: Core, receivers: readonly Channel[]): void {
  const admitted = core.admission.admitDeliveries(receivers.length);
  if (admitted.kind === "refused") for (const channel of receivers) shutChannel(core, channel, admitted.message);
}

/** A broadcast as JSON text: its payload goes out as it came, whatever it holds. */
export function handleBroadcast(core: Core, channel: Channel, frame: ClientFrame & { kind: "message" }): undefined {
  const payload = asRecord(frame.payload);
  if (!payload) return undefined;
  const userEvent = typeof payload["event"] === "string" ? payload["event"] : "";
  const isTooLarge = isPayloadTooLarge(core.project.limits.payloadBytes, payload, frame.bytes);
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
  const isTooLarge = areBytesTooMany(core.project.limits.payloadBytes, payload.length);
  send(core, channel, ref, userEvent, isTooLarge, () =>
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
  core.admission.countEvent();
  const { ackBroadcast, selfBroadcast } = channel.config;
  if (isTooLarge) {
    if (ackBroadcast) channel.reply(ref, "error", "payload_size_exceeded");
    return;
  }
  core.counters.broadcasts += 1;
  core.events.emit("broadcast:received", { topic: channel.topic, event: userEvent });
  const topic = core.topics.find(channel.topicName, channel.isPrivate);
  const receivers = topic ? core.topics.publish(topic, message(), selfBroadcast ? undefined : channel) : [];
  if (ackBroadcast) channel.reply(ref, "ok", {});
  countDeliveries(core, receivers);
}
