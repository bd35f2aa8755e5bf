import { isPayloadTooLarge } from "./broadcast.ts";
import type { Channel } from "./channel.ts";
import { shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import type { ClientFrame } from "./frames.ts";
import { asRecord } from "./join-payload.ts";

type PresenceFrame = ClientFrame & { kind: "message" };

/** One presence call: track or untrack. Anything else gets an empty error, and still counts as a call. */
export function handlePresence(core: Core, channel: Channel, frame: PresenceFrame): undefined {
  const call = asRecord(frame.payload);
  const event = call?.["event"];
  if (typeof event !== "string") {
    channel.reply(frame.ref, "ok", {});
    return undefined;
  }
  core.counters.presenceCalls += 1;
  const admitted = core.admission.admitPresenceCall(channel);
  if (admitted.kind === "refused") shutChannel(core, channel, admitted.message);
  else if (event.toLowerCase() === "track") track(core, channel, frame, call?.["payload"] ?? {});
  else if (event.toLowerCase() === "untrack") untrack(core, channel, frame);
  else channel.reply(frame.ref, "error", {});
  return undefined;
}

function track(core: Core, channel: Channel, frame: PresenceFrame, tracked: unknown): void {
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

function untrack(core: Core, channel: Channel, frame: PresenceFrame): void {
  const topic = core.topics.find(channel.topicName, channel.isPrivate);
  const diff = topic?.presence.untrack(channel);
  channel.reply(frame.ref, "ok", {});
  if (topic && diff) core.topics.publishPresence(topic, diff);
}

// The server's references are 12 bytes in base64url; the last 12 of a UUID are unique enough to be those bytes.
function presenceRef(uuid: string): string {
  return Buffer.from(uuid.replaceAll("-", "").slice(8), "hex").toString("base64url");
}
