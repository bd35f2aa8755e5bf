import { SECOND_MS } from "@shoal/kernel";
import { areBytesTooMany, countDeliveries, isPayloadTooLarge, publishBroadcast } from "./broadcast.ts";
import { type Channel, TOPIC_PREFIX } from "./channel.ts";
import { closeChannel, shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import { type ClientFrame, jsonMessage, type OutgoingMessage, userBroadcastMessage } from "./frames.ts";
import { joinChannel } from "./join.ts";
import { asRecord } from "./join-payload.ts";
import { canRead, noReadText, policiesFor } from "./policies.ts";
import type { Socket } from "./socket.ts";
import { refusalText } from "./tokens.ts";

type MessageFrame = ClientFrame & { kind: "message" };
type BroadcastFrame = ClientFrame & { kind: "userBroadcast" };

/** Handles one frame of one socket. While a returned promise is pending, the socket handles no other frame. */
export function routeFrame(core: Core, socket: Socket, frame: ClientFrame): Promise<void> | undefined {
  if (frame.topic === "phoenix") return void heartbeat(socket, frame);
  if (frame.kind === "message" && frame.event === "phx_join" && frame.topic.startsWith(TOPIC_PREFIX)) {
    return joinChannel(core, socket, frame);
  }
  const channel = socket.channels.get(frame.topic);
  if (!channel) return void answerUnmatched(socket, frame);
  const isOfAnEarlierJoin = frame.joinRef !== null && frame.joinRef !== channel.joinRef;
  return isOfAnEarlierJoin ? undefined : toChannel(core, channel, frame);
}

function heartbeat(socket: Socket, frame: ClientFrame): void {
  if (frame.kind === "message" && frame.event === "heartbeat") socket.reply(null, frame.ref, "phoenix", "ok", {});
}

function answerUnmatched(socket: Socket, frame: ClientFrame): void {
  const isLeave = frame.kind === "message" && frame.event === "phx_leave";
  if (isLeave) socket.reply(frame.joinRef, frame.ref, frame.topic, "ok", {});
  else socket.reply(null, frame.ref, frame.topic, "error", { reason: "unmatched topic" });
}

function toChannel(core: Core, channel: Channel, frame: ClientFrame): Promise<void> | undefined {
  if (frame.kind === "userBroadcast") return void broadcastBytes(core, channel, frame);
  switch (frame.event) {
    case "broadcast":
      return void broadcastJson(core, channel, frame);
    case "presence":
      return void presence(core, channel, frame);
    case "access_token":
      return refreshToken(core, channel, frame.payload);
    case "phx_leave":
      channel.reply(frame.ref, "ok", {});
      return void closeChannel(core, channel);
    default:
      return void core.admission.countEvent();
  }
}

/** Passes on a broadcast in JSON text: its payload goes out unchanged. */
function broadcastJson(core: Core, channel: Channel, frame: MessageFrame): void {
  const payload = asRecord(frame.payload);
  if (!payload) return;
  const userEvent = typeof payload["event"] === "string" ? payload["event"] : "";
  const isTooLarge = isPayloadTooLarge(core.project.limits.payloadBytes, payload, frame.bytes);
  broadcast(core, channel, { ...frame, userEvent, isTooLarge }, () => jsonMessage(channel.topic, "broadcast", payload));
}

/** Passes on a broadcast in a binary frame without reading its payload. */
function broadcastBytes(core: Core, channel: Channel, frame: BroadcastFrame): void {
  const { userEvent, encoding, payload } = frame;
  const isTooLarge = areBytesTooMany(core.project.limits.payloadBytes, payload.length);
  broadcast(core, channel, { ...frame, isTooLarge }, () =>
    userBroadcastMessage(channel.topic, userEvent, encoding, payload),
  );
}

function broadcast(
  core: Core,
  channel: Channel,
  { ref, userEvent, isTooLarge }: Pick<BroadcastFrame, "ref" | "userEvent"> & { readonly isTooLarge: boolean },
  message: () => OutgoingMessage,
): void {
  // Without the permission to write, a broadcast is dropped and not acknowledged.
  if (!channel.policies.broadcastWrite) return;
  core.admission.countEvent();
  const { topicName, isPrivate, config } = channel;
  if (isTooLarge) {
    if (config.ackBroadcast) channel.reply(ref, "error", "payload_size_exceeded");
    return;
  }
  const except = config.selfBroadcast ? undefined : channel;
  const receivers = publishBroadcast(core, { topicName, isPrivate, userEvent, message: message() }, except);
  if (config.ackBroadcast) channel.reply(ref, "ok", {});
  countDeliveries(core, receivers);
}

/** Handles a presence call: track or untrack. Any other call gets an empty error, and still counts as a call. */
function presence(core: Core, channel: Channel, frame: MessageFrame): void {
  const call = asRecord(frame.payload);
  const event = call?.["event"];
  if (typeof event !== "string") return channel.reply(frame.ref, "ok", {});
  core.counters.presenceCalls += 1;
  const admitted = core.admission.admitPresenceCall(channel);
  if (admitted.kind === "refused") shutChannel(core, channel, admitted.message);
  else if (event.toLowerCase() === "track") track(core, channel, frame, call?.["payload"] ?? {});
  else if (event.toLowerCase() === "untrack") untrack(core, channel, frame);
  else channel.reply(frame.ref, "error", {});
}

function track(core: Core, channel: Channel, frame: MessageFrame, tracked: unknown): void {
  const payload = asRecord(tracked);
  channel.enablePresence();
  if (!channel.policies.presenceWrite) return channel.reply(frame.ref, "error", {});
  if (!payload) return channel.reply(frame.ref, "error", { reason: "Presence track payload must be a map" });
  const topic = core.topics.find(channel.topicName, channel.isPrivate);
  if (topic?.presence.holds(channel, payload)) return channel.reply(frame.ref, "ok", {});
  if (isPayloadTooLarge(core.project.limits.payloadBytes, payload, frame.bytes)) {
    return shutChannel(core, channel, "Track message size exceeded");
  }
  const admitted = core.admission.admitPresenceEvent();
  if (admitted.kind === "refused") return shutChannel(core, channel, admitted.message);
  const diff = topic?.presence.track(channel, channel.presenceKey, payload, presenceRef(core.runtime.ids.uuid()));
  channel.reply(frame.ref, "ok", {});
  if (topic && diff) core.topics.publishPresence(topic, diff);
}

function untrack(core: Core, channel: Channel, frame: MessageFrame): void {
  const topic = core.topics.find(channel.topicName, channel.isPrivate);
  const diff = topic?.presence.untrack(channel);
  channel.reply(frame.ref, "ok", {});
  if (topic && diff) core.topics.publishPresence(topic, diff);
}

/** Returns 12 bytes in base64url, as the server's references are: the last 12 of a UUID are unique enough. */
function presenceRef(uuid: string): string {
  return Buffer.from(uuid.replaceAll("-", "").slice(8), "hex").toString("base64url");
}

/** Puts a joined channel under a new token. A valid one is taken over without an answer, any other ends the channel. */
function refreshToken(core: Core, channel: Channel, payload: unknown): Promise<void> | undefined {
  const token = asRecord(payload)?.["access_token"];
  if (typeof token !== "string" || token.startsWith("sb_") || token === channel.token) return undefined;
  return applyToken(core, channel, token);
}

async function applyToken(core: Core, channel: Channel, token: string): Promise<void> {
  const verdict = await core.tokens.verify(token);
  if (verdict.kind === "refused") return shutChannel(core, channel, refusalText(verdict.refusal, "refresh"));
  const before = channel.policies;
  channel.replaceToken(token, verdict.claims, await policiesFor(core, channel, verdict.claims));
  const after = channel.policies;
  if (!canRead(after)) return shutChannel(core, channel, noReadText(channel.topicName));
  const isReadRevoked = (before.broadcastRead && !after.broadcastRead) || (before.presenceRead && !after.presenceRead);
  if (isReadRevoked) {
    const message = `You no longer have permission to read from this Channel topic: ${channel.topicName}`;
    return shutChannel(core, channel, message);
  }
  core.expectExpiry(verdict.claims.exp * SECOND_MS);
}
