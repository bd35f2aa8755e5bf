import {
  type Clock,
  type Log,
  type Rng,
  type Runtime,
  type Timer,
  toError,
  type Unsubscribe,
  uniform,
  withTimeout,
} from "@shoal/kernel";
import { RealtimeClient, type RealtimeClientOptions } from "@supabase/realtime-js";
import type { Evidence } from "../../classify.ts";
import type {
  ChannelListener,
  Driver,
  DriverChannel,
  DriverSocket,
  JoinRequest,
  SocketListener,
} from "../../driver.ts";
import type { PoolOptions } from "../../options.ts";
import type { TokenSource } from "../../tokens.ts";
import { excessiveBroadcast } from "./broadcast-bounds.ts";
import { type ChannelSocket, LibraryChannel } from "./channel.ts";
import { disarm } from "./disarm.ts";
import { closeEvidence, describeEvent, explain, type Words } from "./evidence.ts";
import { HeartbeatWatch } from "./heartbeat-watch.ts";
import { tapWebSocket, type WebSocketTap } from "./owned-web-socket.ts";
import { presenceFrame } from "./presence-text.ts";
import { Replies } from "./replies.ts";

export interface RealtimeJsParts {
  /** The endpoint, e.g. https://project.supabase.co/realtime/v1. */
  readonly url: string;
  readonly apiKey: string;
  /** Where tokens come from; the library is not given any callback, it would ask on every heartbeat and join. */
  readonly tokens: TokenSource | undefined;
  readonly runtime: Runtime;
  readonly options: PoolOptions;
}

type Frame = Parameters<Parameters<NonNullable<RealtimeClientOptions["decode"]>>[1]>[0];

/** The peer answers a close frame at once or never; a silent one is not waited for. */
const CLOSE_LIMIT_MS = 1000;
const NORMAL_CLOSURE = 1000;
/** The library's, before every topic. */
const WIRE_PREFIX = /^realtime:/;

export function createRealtimeJsDriver(parts: RealtimeJsParts): Driver {
  return { open: (listener) => new LibrarySocket(parts, listener) };
}

/**
 * A fresh `RealtimeClient` per socket: its reconnect path adds one set of handlers per attempt and never takes one
 * away, so it is never allowed to reconnect. @source REALTIME.md 3.3, trap 5
 */
class LibrarySocket implements DriverSocket, ChannelSocket {
  readonly client: RealtimeClient;
  readonly replies: Replies;
  readonly tokens: TokenSource | undefined;
  readonly options: PoolOptions;
  readonly clock: Clock;
  readonly log: Log;
  token: string | null = null;
  readonly #rng: Rng;
  readonly #listener: SocketListener;
  readonly #tap: WebSocketTap = tapWebSocket();
  /** By the topic on the wire. */
  readonly #channels = new Map<string, LibraryChannel>();
  readonly #heartbeat: HeartbeatWatch;
  readonly #closed = Promise.withResolvers<void>();
  #words: Words | null = null;
  #lastError = "";
  #lastHeardAtMs = 0;
  #wasOpen = false;
  #isOver = false;
  #noMoreTokens: Unsubscribe = () => {};
  #presenting: Timer | undefined;

  constructor(parts: RealtimeJsParts, listener: SocketListener) {
    const { clock, log, rng } = parts.runtime;
    this.#rng = rng;
    this.#lastHeardAtMs = clock.monotonicMs();
    this.#listener = listener;
    this.tokens = parts.tokens;
    this.options = parts.options;
    this.clock = clock;
    this.log = log;
    this.replies = new Replies(clock);
    this.#heartbeat = new HeartbeatWatch({
      clock,
      limitMs: parts.options.staleAfterMs,
      isAwaitingJoin: () => [...this.#channels.values()].some((channel) => channel.isAsked),
      lastHeardAtMs: () => this.#lastHeardAtMs,
      onSilent: () => this.#end({ where: "close", text: "heartbeat timeout" }),
    });
    this.client = this.#createClient(parts);
    disarm(this.client);
    this.#listen();
    this.#connect();
  }

  join(request: JoinRequest, listener: ChannelListener): DriverChannel {
    const channel = new LibraryChannel(this, request, listener);
    this.#channels.set(channel.topic, channel);
    void channel.start();
    return channel;
  }

  said(text: string): void {
    this.#words = { text, atMs: this.clock.monotonicMs() };
  }

  presenceDropped(topic: string, count: number): void {
    this.#listener.onPresenceDropped(topic, count);
  }

  forget(channel: LibraryChannel): void {
    if (this.#channels.get(channel.topic) === channel) this.#channels.delete(channel.topic);
  }

  async close(): Promise<void> {
    this.#stop();
    const socket = this.#tap.current();
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    socket.close(NORMAL_CLOSURE);
    await withTimeout(this.clock, CLOSE_LIMIT_MS, this.#closed.promise);
  }

  #createClient({ url, apiKey, options, runtime }: RealtimeJsParts): RealtimeClient {
    const client: RealtimeClient = new RealtimeClient(url.replace(/^http/, "ws"), {
      params: { apikey: apiKey },
      transport: this.#tap.transport,
      timeout: options.joinTimeoutMs,
      // Sockets opened together would beat together for ever.
      heartbeatIntervalMs: Math.round(options.heartbeatMs * uniform(runtime.rng, 0.8, 1)),
      heartbeatCallback: (status, latencyMs) => this.#onHeartbeat(status, latencyMs),
      decode: (raw, deliver) => {
        this.#lastHeardAtMs = this.clock.monotonicMs();
        const excessive = excessiveBroadcast(raw);
        if (excessive !== undefined) return this.#listener.onMessageDropped?.(excessive.replace(WIRE_PREFIX, ""));
        const presence = typeof raw === "string" ? presenceFrame(raw) : null;
        if (presence) return this.#channels.get(presence.topic)?.hearPresence(presence);
        client.serializer.decode(raw, (frame: Frame) => {
          if (!this.#read(frame)) deliver(frame);
        });
      },
      // The library's warnings would go to the console.
      logger: () => {},
    });
    return client;
  }

  #listen(): void {
    const { open, error, close } = this.client.stateChangeCallbacks;
    open.push(["pool", () => this.#onOpen()]);
    error.push([
      "pool",
      (event: unknown) => {
        this.#lastError = describeEvent(event);
        // Node says no more than this when a handshake is refused; Bun closes right after it, with nothing to add.
        if (!this.#wasOpen) this.#onClosed(event);
      },
    ]);
    close.push(["pool", (event: unknown) => this.#onClosed(event)]);
  }

  #connect(): void {
    if (this.#isOver) return;
    try {
      this.client.connect();
      this.#shieldFromBadFrames();
    } catch (thrown) {
      this.#end({ where: "handshake", text: toError(thrown).message });
    }
  }

  #onOpen(): void {
    this.#wasOpen = true;
    if (this.#isOver) return;
    this.#noMoreTokens = this.tokens?.onFresh((token, withinMs) => this.#presentWithin(token, withinMs)) ?? (() => {});
    queueMicrotask(() => {
      if (!this.#isOver) this.#listener.onOpen();
    });
  }

  #onClosed(event: unknown): void {
    this.#closed.resolve();
    const explanation = explain(this.#words, this.clock.monotonicMs());
    this.#end(closeEvidence(event, this.#wasOpen, this.#lastError, explanation));
  }

  #onHeartbeat(status: string, latencyMs: number | undefined): void {
    if (this.#isOver) return;
    if (status === "sent") this.#heartbeat.sent();
    if (status === "ok") this.#heartbeat.stop();
    if (status === "ok" && latencyMs !== undefined) this.#listener.onHeartbeat(latencyMs);
    if (status === "timeout") this.#end({ where: "close", text: "heartbeat timeout" });
  }

  /** Reads what is ours to read, and returns whether it is. Everything else is the library's. */
  #read({ topic, event, payload, ref, join_ref: joinRef }: Frame): boolean {
    if (event === "broadcast" || event === "system") {
      this.#channels.get(topic)?.hear(event, payload, joinRef);
      return true;
    }
    if (event === "phx_reply") return this.replies.offer(ref, payload);
    // In no form that the server writes. The library would keep each change for ever, waiting for a first state.
    return event === "presence_state" || event === "presence_diff";
  }

  /** The channels of a fleet are not all told in the same moment: the server looks up the rights of each. */
  #presentWithin(token: string | null, withinMs: number): void {
    this.#presenting?.cancel();
    this.#presenting = this.clock.after(uniform(this.#rng, 0, withinMs), () => {
      this.token = token;
      for (const channel of this.#channels.values()) channel.present(token);
    });
  }

  #end(evidence: Evidence): void {
    if (this.#isOver) return;
    this.#stop();
    const silentMs = Math.round(this.clock.monotonicMs() - this.#lastHeardAtMs);
    const complete = evidence.where === "close" ? { ...evidence, silentMs } : evidence;
    queueMicrotask(() => this.#listener.onClosed(complete));
  }

  /** Nothing is awaited or told any more, and no timer is left. Idempotent. */
  #stop(): void {
    this.#isOver = true;
    this.#heartbeat.stop();
    this.#noMoreTokens();
    this.#presenting?.cancel();
    this.replies.abandon();
    for (const channel of this.#channels.values()) channel.socketGone();
  }

  /** An exception in a message handler ends the process; a frame the library cannot read is dropped instead. */
  #shieldFromBadFrames(): void {
    const socket = this.#tap.current();
    const deliver = socket?.onmessage;
    if (!socket || !deliver) return;
    socket.onmessage = (event) => {
      try {
        deliver.call(socket, event);
      } catch (thrown) {
        this.log.warn(
          { error_name: toError(thrown).name },
          "a Realtime frame could not be read and was dropped; the socket stays open",
        );
      }
    };
  }
}
