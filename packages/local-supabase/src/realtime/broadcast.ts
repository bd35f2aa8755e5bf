import type { Channel } from "./channel.ts";
import { shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import type { OutgoingMessage } from "./frames.ts";

/** How much a payload may exceed its limit. @source supabase/realtime 2.129.8, lib/realtime/tenants.ex */
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

/** A broadcast on its way to the channels of one topic. */
export interface Broadcast {
  /** Without the `realtime:` prefix. */
  readonly topicName: string;
  readonly isPrivate: boolean;
  readonly userEvent: string;
  readonly message: OutgoingMessage;
}

/** Sends a broadcast to every channel of its topic that may read it and is not spared. @returns the channels it was meant for */
export function publishBroadcast(
  core: Core,
  broadcast: Broadcast,
  isSpared: (channel: Channel) => boolean = () => false,
): readonly Channel[] {
  const { topicName, isPrivate, userEvent, message } = broadcast;
  core.counters.broadcasts += 1;
  core.events.emit("broadcast:received", { topic: `realtime:${topicName}`, event: userEvent });
  const topic = core.topics.find(topicName, isPrivate);
  return topic ? core.topics.publish(topic, message, isSpared) : [];
}

/** Counts a broadcast for each receiver. Over the events limit it was the last one they got; the sender is told nothing. */
export function countDeliveries(core: Core, receivers: readonly Channel[]): void {
  const admitted = core.admission.admitDeliveries(receivers.length);
  if (admitted.kind === "refused") for (const channel of receivers) shutChannel(core, channel, admitted.message);
}
