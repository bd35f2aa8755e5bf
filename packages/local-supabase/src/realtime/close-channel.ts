import type { Channel } from "./channel.ts";
import type { Core } from "./core.ts";

/** Removes a channel from everything but its socket: no message reaches it, and its presence leaves. Idempotent. */
export function forgetChannel(core: Core, channel: Channel): void {
  channel.end();
  if (!core.topics.exit(channel)) return;
  core.changes.unsubscribe(channel);
  core.events.emit("channel:closed", { socketId: channel.socket.id, topic: channel.topic });
}

/** Ends a channel for the server or after a leave. The socket stays open. */
export function closeChannel(core: Core, channel: Channel): void {
  const { socket, topic, joinRef } = channel;
  if (socket.channels.get(topic) === channel) socket.channels.delete(topic);
  forgetChannel(core, channel);
  socket.send(joinRef, joinRef, topic, "phx_close", {});
}

/** Ends a channel and tells its client why. */
export function shutChannel(core: Core, channel: Channel, message: string): void {
  channel.system("system", "error", message);
  closeChannel(core, channel);
}
