import { SECOND_MS } from "@shoal/kernel";
import { areBytesTooMany, countDeliveries, isPayloadTooLarge, publishBroadcast } from "./broadcast.ts";
import type { Channel } from "./channel.ts";
import { closeChannel, shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import { type ClientFrame, jsonMessage, type OutgoingMessage, userBroadcastMessage } from "./frames.ts";
import { asRecord } from "./join-payload.ts";
import { canRead, noReadText, refreshText, type WriteRights } from "./policies/policy-check.ts";
import { refusalText } from "./tokens.ts";

type MessageFrame = ClientFrame & { kind: "message" };
type BroadcastFrame = ClientFrame & { kind: "userBroadcast" };

/** Handles one frame of a joined channel. While a returned promise is pending, the channel handles no other frame. */
export function handleChannelFrame(core: Core, channel: Channel, frame: ClientFrame): Promise<void> | undefined {
  if (frame.kind === "userBroadcast") return broadcastBytes(core, channel, frame);
  switch (frame.event) {
    case "broadcast":
      return broadcastJson(core, channel, frame);
    case "presence":
      return presence(core, channel, frame);
    case "access_token":
      return refreshToken(core, channel, frame.payload);
    case "phx_leave":
      channel.reply(frame.ref, "ok", {});
      return void closeChannel(core, channel);
    default:
      return void core.admission.countEvent();
  }
}

/** Passes on a broadcast in JSON text: its payload goes out unchanged, also one that is no object. */
function broadcastJson(core: Core, channel: Channel, frame: MessageFrame): Promise<void> | undefined {
  const { payload } = frame;
  const event = asRecord(payload)?.["event"];
  const userEvent = typeof event === "string" ? event : "";
  const isTooLarge = isPayloadTooLarge(core.project.limits.payloadBytes, payload, frame.bytes);
  const message = () => jsonMessage(channel.topic, "broadcast", payload);
  return broadcast(core, channel, { ...frame, userEvent, isTooLarge }, message);
}

/** Passes on a broadcast in a binary frame without reading its payload. */
function broadcastBytes(core: Core, channel: Channel, frame: BroadcastFrame): Promise<void> | undefined {
  const { userEvent, encoding, payload } = frame;
  const isTooLarge = areBytesTooMany(core.project.limits.payloadBytes, payload.length);
  const message = () => userBroadcastMessage(channel.topic, userEvent, encoding, payload);
  return broadcast(core, channel, { ...frame, isTooLarge }, message);
}

type BroadcastHead = Pick<BroadcastFrame, "ref" | "userEvent"> & { readonly isTooLarge: boolean };

/** Without the right to write, a broadcast is dropped and not acknowledged. */
function broadcast(
  core: Core,
  channel: Channel,
  head: BroadcastHead,
  message: () => OutgoingMessage,
): Promise<void> | undefined {
  return whenAllowed(core, channel, "broadcast", (isAllowed) => {
    if (isAllowed) send(core, channel, head, message);
  });
}

function send(
  core: Core,
  channel: Channel,
  { ref, userEvent, isTooLarge }: BroadcastHead,
  message: () => OutgoingMessage,
): void {
  core.admission.countEvent();
  const { topicName, isPrivate, config } = channel;
  if (isTooLarge) {
    if (config.ackBroadcast) channel.reply(ref, "error", "payload_size_exceeded");
    return;
  }
  const isSpared = (receiver: Channel) => receiver === channel && !config.selfBroadcast;
  const receivers = publishBroadcast(core, { topicName, isPrivate, userEvent, message: message() }, isSpared);
  if (config.ackBroadcast) channel.reply(ref, "ok", {});
  countDeliveries(core, receivers);
}

/** Handles a presence call: track or untrack. Any other call gets an empty error, and still counts as a call. */
function presence(core: Core, channel: Channel, frame: MessageFrame): Promise<void> | undefined {
  const call = asRecord(frame.payload);
  const event = call?.["event"];
  if (typeof event !== "string") return void channel.reply(frame.ref, "ok", {});
  core.counters.presenceCalls += 1;
  const admitted = core.admission.admitPresenceCall(channel);
  if (admitted.kind === "refused") shutChannel(core, channel, admitted.message);
  else if (event.toLowerCase() === "track") return askToTrack(core, channel, frame, call?.["payload"] ?? {});
  else if (event.toLowerCase() === "untrack") untrack(core, channel, frame);
  else channel.reply(frame.ref, "error", {});
  return undefined;
}

function askToTrack(core: Core, channel: Channel, frame: MessageFrame, tracked: unknown): Promise<void> | undefined {
  return whenAllowed(core, channel, "presence", (isAllowed) => {
    if (isAllowed) track(core, channel, frame, tracked);
    else channel.reply(frame.ref, "error", {});
  });
}

function track(core: Core, channel: Channel, frame: MessageFrame, tracked: unknown): void {
  const payload = asRecord(tracked);
  if (!payload) return channel.reply(frame.ref, "error", { reason: "Presence track payload must be a map" });
  channel.enablePresence();
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
  if (!channel.isOpen) return;
  if (verdict.kind === "refused") return shutChannel(core, channel, refusalText(verdict.refusal, "refresh"));
  channel.replaceToken(token, verdict.claims);
  const complaint = channel.isPrivate ? await rereadRights(core, channel) : undefined;
  if (!channel.isOpen) return;
  if (complaint !== undefined) return shutChannel(core, channel, complaint);
  core.expectExpiry(verdict.claims.exp * SECOND_MS);
}

/** Asks what a private channel may read under its new token. Resolves with the message that ends it, if it may read less. */
async function rereadRights(core: Core, channel: Channel): Promise<string | undefined> {
  const { topicName, reads: before } = channel;
  const answer = await core.policies.read(channel.subject, channel.isPresenceEnabled);
  if (answer.kind === "none") return refreshText(answer.why, topicName);
  const { value: after } = answer;
  if (!canRead(after)) return noReadText(topicName);
  const isRevoked = (before.broadcast && !after.broadcast) || (before.presence === true && after.presence === false);
  if (isRevoked) return `You no longer have permission to read from this Channel topic: ${topicName}`;
  channel.allowReading(after);
  return undefined;
}

/**
 * Calls `act` with whether the channel may write. Its first write is held until the database has said so; the answer is kept
 * until another token comes. Where there is no answer, the next write asks again.
 */
function whenAllowed(
  core: Core,
  channel: Channel,
  extension: keyof WriteRights,
  act: (isAllowed: boolean) => void,
): Promise<void> | undefined {
  if (channel.writes) return void act(channel.writes[extension]);
  return askToWrite(core, channel, extension).then((rights) => {
    if (channel.isOpen) act(rights?.[extension] ?? false);
  });
}

async function askToWrite(
  core: Core,
  channel: Channel,
  extension: keyof WriteRights,
): Promise<WriteRights | undefined> {
  const { subject } = channel;
  // Who tracks without having asked for presence hears of others from then on, if allowed. Only the first write asks.
  if (extension === "presence" && channel.reads.presence === undefined) {
    const reads = await core.policies.read(subject, true);
    if (reads.kind === "none") return undefined;
    channel.allowReading(reads.value);
  }
  const writes = await core.policies.write(subject);
  if (writes.kind === "none") return undefined;
  channel.allowWriting(writes.value);
  return writes.value;
}
