import { handleBroadcast, handleUserBroadcast } from "./broadcast.ts";
import { type Channel, TOPIC_PREFIX } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import type { ClientFrame } from "./frames.ts";
import { joinChannel } from "./join.ts";
import { handlePresence } from "./presence-calls.ts";
import type { Socket } from "./socket.ts";
import { refreshToken } from "./token-refresh.ts";

/** Where every frame of every socket arrives. A promise means: the socket waits for it. */
export function routeFrame(core: Core, socket: Socket, frame: ClientFrame): Promise<void> | undefined {
  if (frame.topic === "phoenix") return heartbeat(socket, frame);
  if (frame.kind === "message" && frame.event === "phx_join") return join(core, socket, frame);
  const channel = socket.channels.get(frame.topic);
  if (!channel) return unmatched(socket, frame);
  const isOfAnEarlierJoin = frame.joinRef !== null && frame.joinRef !== channel.joinRef;
  return isOfAnEarlierJoin ? undefined : toChannel(core, channel, frame);
}

function heartbeat(socket: Socket, frame: ClientFrame): undefined {
  if (frame.kind === "message" && frame.event === "heartbeat") socket.reply(null, frame.ref, "phoenix", "ok", {});
  return undefined;
}

function join(core: Core, socket: Socket, frame: ClientFrame & { kind: "message" }): Promise<void> | undefined {
  if (frame.topic.startsWith(TOPIC_PREFIX)) return joinChannel(core, socket, frame);
  return unmatched(socket, frame);
}

function unmatched(socket: Socket, frame: ClientFrame): undefined {
  const isLeave = frame.kind === "message" && frame.event === "phx_leave";
  if (isLeave) socket.reply(frame.joinRef, frame.ref, frame.topic, "ok", {});
  else socket.reply(null, frame.ref, frame.topic, "error", { reason: "unmatched topic" });
  return undefined;
}

function toChannel(core: Core, channel: Channel, frame: ClientFrame): Promise<void> | undefined {
  if (frame.kind === "userBroadcast") return handleUserBroadcast(core, channel, frame);
  switch (frame.event) {
    case "broadcast":
      return handleBroadcast(core, channel, frame);
    case "presence":
      return handlePresence(core, channel, frame);
    case "access_token":
      return refreshToken(core, channel, frame.payload);
    case "phx_leave":
      return leave(core, channel, frame);
    default:
      core.admission.countEvent();
      return undefined;
  }
}

function leave(core: Core, channel: Channel, frame: ClientFrame): undefined {
  channel.reply(frame.ref, "ok", {});
  closeChannel(core, channel);
  return undefined;
}
