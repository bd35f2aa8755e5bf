import { type Runtime, toError, withTimeout } from "@shoal/kernel";
import type { RealtimeChannel, RealtimeClient } from "@supabase/realtime-js";
import type { Evidence } from "../../classify.ts";
import type { ChannelListener, DriverChannel, JoinRequest, PushReply } from "../../driver.ts";
import type { PoolOptions } from "../../options.ts";
import type { ChannelConfig, Payload } from "../../types.ts";
import { disarmRejoin } from "./disarm.ts";
import type { PresenceFilter } from "./presence-filter.ts";
import { pacePresence } from "./presence-pace.ts";
import { readBroadcast, readChange, readSystem } from "./read-frames.ts";
import type { Replies } from "./replies.ts";

export interface ChannelContext {
  readonly client: RealtimeClient;
  readonly replies: Replies;
  readonly presence: PresenceFilter;
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  /** Resolves when the socket has ended. */
  readonly gone: Promise<void>;
}

/** A system message explains a close only if it came right before it. @source REALTIME.md 2.4 */
const SYSTEM_EXPLAINS_MS = 1000;

/** One join of one topic. A channel object of the library is single-use, so this one is too. */
export function joinChannel(context: ChannelContext, request: JoinRequest, listener: ChannelListener): DriverChannel {
  const { client, replies, runtime, options, gone } = context;
  const channel = client.channel(request.topic, { config: libraryConfig(request.config) });
  disarmRejoin(channel);
  context.presence.listen(channel.topic, request.config.presence?.listen ?? false);
  const removed = Promise.withResolvers<void>();
  let isOver = false;
  const pace = pacePresence(runtime.clock, () => tellPresence(channel, listener, runtime));
  void gone.then(pace.stop);
  let lastSystem: { readonly text: string; readonly atMs: number } | null = null;

  /**
   * Unsubscribing inside the library's callback closes the channel on the same stack and calls back again, so both the
   * removal and the word to the pool wait for a fresh one. @source REALTIME.md 3.3, trap 3
   */
  const end = (evidence: Evidence) => {
    if (isOver) return;
    isOver = true;
    pace.stop();
    replies.abandon(channel.topic);
    queueMicrotask(() => {
      remove(client, channel);
      listener.onDown(evidence);
    });
  };

  const onSystem = (payload: unknown) => {
    const system = readSystem(payload);
    if (!system || isOver) return;
    if (system.extension === "postgres_changes") {
      if (system.isOk) listener.onChangesReady();
      else listener.onChangesFailed({ where: "system", text: system.message });
    } else if (!system.isOk) {
      lastSystem = { text: system.message, atMs: runtime.clock.monotonicMs() };
    }
  };

  const onStatus = (status: string, error: Error | undefined) => {
    if (status !== "SUBSCRIBED") removed.resolve();
    if (isOver) return;
    if (status === "SUBSCRIBED") return void queueMicrotask(() => !isOver && listener.onJoined());
    if (status === "TIMED_OUT") return end({ where: "join", text: "join timed out" });
    if (status === "CLOSED") {
      const isExplained = lastSystem && runtime.clock.monotonicMs() - lastSystem.atMs <= SYSTEM_EXPLAINS_MS;
      return end({ where: "system", text: isExplained && lastSystem ? lastSystem.text : "closed by the server" });
    }
    // The end of the whole socket is told once, by the socket.
    if (isTransportError(error)) return;
    end({ where: "join", text: describe(error) });
  };

  const start = async () => {
    if (request.refresh) await client.setAuth();
    // Subscribing on a closed socket would make the library connect by itself.
    if (!isOver && client.isConnected()) channel.subscribe(onStatus, options.joinTimeoutMs);
  };
  bind(channel, request.config, listener, pace.changed);
  channel.on("system", {}, onSystem);
  start().catch((thrown) => end({ where: "join", text: toError(thrown).message }));

  const push = async (event: string, payload: Payload, awaitReply: boolean): Promise<PushReply> => {
    if (isOver || !client.isConnected()) return { kind: "gone" };
    const ref = replies.nextRef();
    const reply = awaitReply ? replies.await(ref, channel.topic, options.replyTimeoutMs) : null;
    sendFrame(client, channel, event, payload, ref);
    const answer: PushReply = (await reply) ?? { kind: "ok" };
    // It said no goodbye, or we missed it; waiting for one would be waiting for ever. @source REALTIME.md 2.4
    if (answer.kind === "refused" && /unmatched topic/i.test(answer.text)) {
      end({ where: "system", text: "channel_crash: the server no longer knew the topic" });
      return { kind: "gone" };
    }
    return answer;
  };

  return {
    broadcast: (event, payload, ack) => push("broadcast", { type: "broadcast", event, payload }, ack),
    track: (entry) => push("presence", { type: "presence", event: "track", payload: entry }, true),
    untrack: () => push("presence", { type: "presence", event: "untrack" }, true),
    async leave(limitMs) {
      if (isOver) return;
      isOver = true;
      pace.stop();
      replies.abandon(channel.topic);
      if (client.isConnected() && hasJoinRef(channel)) {
        sendFrame(client, channel, "phx_leave", {}, replies.nextRef());
        await withTimeout(runtime.clock, limitMs, Promise.race([removed.promise, gone]));
      }
      remove(client, channel);
    },
  };
}

/** Also called by a timer, where an exception would end the process: the library writes and reads the state as JSON. */
function tellPresence(channel: RealtimeChannel, listener: ChannelListener, runtime: Runtime): void {
  try {
    listener.onPresence(channel.presenceState());
  } catch (thrown) {
    runtime.log.warn({ topic: channel.subTopic, error_name: toError(thrown).name }, "a presence state was dropped");
  }
}

function sendFrame(
  client: RealtimeClient,
  channel: RealtimeChannel,
  event: string,
  payload: Payload,
  ref: string,
): void {
  const joinRef = channel.joinPush.ref;
  client.push({ topic: channel.topic, event, payload, ref, ...(joinRef ? { join_ref: joinRef } : {}) });
}

/** False while the join still waits for a token: then there is nothing to leave. */
function hasJoinRef(channel: RealtimeChannel): boolean {
  return typeof channel.joinPush.ref === "string";
}

/** Out of the library's lists, so that the topic can be joined again. Already done when the server closed it. */
function remove(client: RealtimeClient, channel: RealtimeChannel): void {
  if (!client.getChannels().includes(channel)) return;
  // Answered inside the library without waiting for the server, so this leaves no timer.
  void channel.unsubscribe();
  channel.teardown();
}

function libraryConfig({ self = false, ack = false, private: isPrivate = false, presence }: ChannelConfig) {
  return {
    broadcast: { self, ack },
    presence: { key: presence?.key ?? "", enabled: presence?.listen ?? false },
    private: isPrivate,
  };
}

/** Listeners first, then the join: the library takes no presence and row listeners afterwards. @source REALTIME.md 3.3, trap 17 */
function bind(
  channel: RealtimeChannel,
  config: ChannelConfig,
  listener: ChannelListener,
  onPresenceSync: () => void,
): void {
  channel.on("broadcast", { event: "*" }, (message) => {
    const broadcast = readBroadcast(message);
    if (broadcast) listener.onBroadcast(broadcast.event, broadcast.payload);
  });
  if (config.presence?.listen) {
    channel.on("presence", { event: "sync" }, onPresenceSync);
  }
  for (const { event, ...where } of config.changes ?? []) {
    const onRow = (row: unknown) => {
      const change = readChange(row);
      if (change) listener.onChange(change);
    };
    if (event === "INSERT") channel.on("postgres_changes", { event, ...where }, onRow);
    else if (event === "UPDATE") channel.on("postgres_changes", { event, ...where }, onRow);
    else if (event === "DELETE") channel.on("postgres_changes", { event, ...where }, onRow);
    else channel.on("postgres_changes", { event, ...where }, onRow);
  }
}

function isTransportError(error: Error | undefined): boolean {
  if (!error) return false;
  return /^(socket closed:|heartbeat timeout)/.test(error.message) || error.cause instanceof Event;
}

/** A refused join explains itself in the message; a crashed channel in its cause, or not at all. */
function describe(error: Error | undefined): string {
  if (!error) return "channel error";
  if (!error.message.startsWith("channel error:")) return error.message;
  const { cause } = error;
  const reason = typeof cause === "object" && cause !== null && "reason" in cause ? cause.reason : undefined;
  return typeof reason === "string" && reason !== "" ? reason : "channel_crash";
}
