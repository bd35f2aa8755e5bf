import { TOPIC_PREFIX } from "./channel.ts";
import type { Core } from "./core.ts";
import type { ClientFrame } from "./frames.ts";
import { joinChannel } from "./join.ts";
import type { Socket } from "./socket.ts";

/** Handles one frame of one socket. While a returned promise is pending, the socket handles no other frame. */
export function routeFrame(core: Core, socket: Socket, frame: ClientFrame): Promise<void> | undefined {
  if (frame.topic === "phoenix") return void heartbeat(socket, frame);
  if (frame.kind === "message" && frame.event === "phx_join" && frame.topic.startsWith(TOPIC_PREFIX)) {
    return joinChannel(core, socket, frame);
  }
  const channel = socket.channels.get(frame.topic);
  if (!channel) return void answerUnmatched(socket, frame);
  // Its join ref is not looked at: clients send that of an earlier join, or none. @source supabase/realtime, REAL-981
  channel.receive(frame);
  return undefined;
}

function heartbeat(socket: Socket, frame: ClientFrame): void {
  if (frame.kind === "message" && frame.event === "heartbeat") socket.reply(null, frame.ref, "phoenix", "ok", {});
}

function answerUnmatched(socket: Socket, frame: ClientFrame): void {
  const isLeave = frame.kind === "message" && frame.event === "phx_leave";
  if (isLeave) socket.reply(frame.joinRef, frame.ref, frame.topic, "ok", {});
  else socket.reply(null, frame.ref, frame.topic, "error", { reason: "unmatched topic" });
}
