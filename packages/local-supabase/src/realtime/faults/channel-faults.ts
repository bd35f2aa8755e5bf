import type { Channel } from "../channel.ts";
import { forgetChannel, shutChannel } from "../close-channel.ts";
import type { Core } from "../core.ts";
import type { Socket } from "../socket.ts";

const RESTART_CLOSURE = 1012;

/** Ends each channel of `topicName` as a crash of its process does. @returns how many */
export function crashChannels(core: Core, sockets: Iterable<Socket>, topicName: string): number {
  const channels = channelsOf(sockets, topicName);
  for (const channel of channels) {
    const { socket, topic, joinRef } = channel;
    socket.channels.delete(topic);
    forgetChannel(core, channel);
    socket.send(joinRef, joinRef, topic, "phx_error", { reason: "channel_crash" });
  }
  return channels.length;
}

/** Ends each channel of `topicName` with a reason. @returns how many */
export function shutChannels(core: Core, sockets: Iterable<Socket>, topicName: string, message: string): number {
  const channels = channelsOf(sockets, topicName);
  for (const channel of channels) shutChannel(core, channel, message);
  return channels.length;
}

/** What an operator's change of settings does to every socket. @source REALTIME-FRAMES.md, reload */
export function disconnectAll(core: Core, sockets: Iterable<Socket>): void {
  const payload = { message: "Server requested disconnect", status: "ok", extension: "system" };
  const all = [...sockets];
  for (const socket of all) {
    for (const { topic } of socket.channels.values()) socket.send(null, null, topic, "system", payload);
  }
  core.topics.forgetPresence();
  for (const socket of all) socket.close(RESTART_CLOSURE);
}

function channelsOf(sockets: Iterable<Socket>, topicName: string): Channel[] {
  return [...sockets].flatMap(({ channels }) =>
    [...channels.values()].filter((channel) => channel.topicName === topicName),
  );
}
