import { type Runtime, toError, uniform, withTimeout } from "@shoal/kernel";
import { RealtimeClient, type RealtimeClientOptions } from "@supabase/realtime-js";
import type { Evidence } from "../../classify.ts";
import type { Driver, DriverSocket, SocketListener } from "../../driver.ts";
import type { PoolOptions } from "../../options.ts";
import { joinChannel } from "./channel.ts";
import { disarm } from "./disarm.ts";
import { tapWebSocket } from "./owned-web-socket.ts";
import { createPresenceFilter } from "./presence-filter.ts";
import { Replies } from "./replies.ts";

export interface RealtimeJsParts {
  /** The endpoint, e.g. https://project.supabase.co/realtime/v1. */
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken: (() => Promise<string | null>) | undefined;
  readonly runtime: Runtime;
  readonly options: PoolOptions;
}

type Frame = Parameters<Parameters<NonNullable<RealtimeClientOptions["decode"]>>[1]>[0];

/** The peer answers a close frame at once or never; a silent one is not waited for. */
const CLOSE_LIMIT_MS = 1000;
const NORMAL_CLOSURE = 1000;

/**
 * A fresh `RealtimeClient` per socket: its reconnect path adds one set of handlers per attempt and never takes one
 * away, so it is never allowed to reconnect. @source REALTIME.md 3.3, trap 5
 */
export function createRealtimeJsDriver(parts: RealtimeJsParts): Driver {
  return { open: (listener) => openSocket(parts, listener) };
}

function openSocket(parts: RealtimeJsParts, listener: SocketListener): DriverSocket {
  const { runtime, options } = parts;
  const tap = tapWebSocket();
  const replies = new Replies(runtime.clock);
  const presence = createPresenceFilter();
  let isOver = false;
  let lastError = "";
  const closed = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();

  const end = (evidence: Evidence) => {
    if (isOver) return;
    isOver = true;
    replies.abandon();
    gone.resolve();
    queueMicrotask(() => listener.onClosed({ ...evidence, text: withoutAddress(evidence.text) }));
  };

  const client: RealtimeClient = new RealtimeClient(parts.url.replace(/^http/, "ws"), {
    params: { apikey: parts.apiKey },
    transport: tap.transport,
    timeout: options.joinTimeoutMs,
    // Sockets opened together would beat together for ever.
    heartbeatIntervalMs: Math.round(options.heartbeatMs * uniform(runtime.rng, 0.8, 1)),
    heartbeatCallback: (status, latencyMs) => {
      if (status === "ok" && latencyMs !== undefined && !isOver) listener.onHeartbeat(latencyMs);
      if (status === "timeout") end({ where: "close", text: "heartbeat timeout" });
    },
    decode: (raw, deliver) =>
      client.serializer.decode(raw, (frame: Frame) => {
        if (presence.accepts(frame)) deliver(frame);
      }),
    // The library's warnings would go to the console.
    logger: () => {},
    ...(parts.accessToken ? { accessToken: parts.accessToken } : {}),
  });
  disarm(client);

  let wasOpen = false;
  client.stateChangeCallbacks.open.push([
    "pool",
    () => {
      wasOpen = true;
      if (!isOver) queueMicrotask(() => !isOver && listener.onOpen());
    },
  ]);
  client.stateChangeCallbacks.error.push([
    "pool",
    (event: unknown) => {
      lastError = describeError(event);
      if (wasOpen) return;
      // Node says no more than this when a handshake is refused; Bun closes right after it, with nothing to add.
      closed.resolve();
      end(closeEvidence(event, wasOpen, lastError));
    },
  ]);
  client.stateChangeCallbacks.close.push([
    "pool",
    (event: unknown) => {
      closed.resolve();
      end(closeEvidence(event, wasOpen, lastError));
    },
  ]);
  client.stateChangeCallbacks.message.push(["pool", (frame: unknown) => replies.offer(frame)]);

  const start = async () => {
    // The join payload carries the token the client holds, so it must be there before the first join.
    if (parts.accessToken) await client.setAuth();
    if (isOver) return;
    client.connect();
    shieldFromBadFrames(tap.current(), runtime);
  };
  start().catch((thrown) => end({ where: "handshake", text: toError(thrown).message }));

  return {
    join: (request, channelListener) =>
      joinChannel({ client, replies, presence, runtime, options, gone: gone.promise }, request, channelListener),
    async close() {
      isOver = true;
      replies.abandon();
      gone.resolve();
      const socket = tap.current();
      if (!socket || socket.readyState === WebSocket.CLOSED) return;
      socket.close(NORMAL_CLOSURE);
      await withTimeout(runtime.clock, CLOSE_LIMIT_MS, closed.promise);
    },
  };
}

/** An exception in a message handler ends the process; a frame the library cannot read is dropped instead. */
function shieldFromBadFrames(socket: WebSocket | null, runtime: Runtime): void {
  const deliver = socket?.onmessage;
  if (!socket || !deliver) return;
  socket.onmessage = (event) => {
    try {
      deliver.call(socket, event);
    } catch (thrown) {
      runtime.log.warn({ error_name: toError(thrown).name }, "a malformed realtime frame was dropped");
    }
  };
}

/** Bun tells the status of a refused handshake in words only; Node does not tell it. @source REALTIME.md 3.3, trap 8 */
function closeEvidence(event: unknown, wasOpen: boolean, lastError: string): Evidence {
  const code = field(event, "code");
  const reason = field(event, "reason");
  const status = /status code:? (\d{3})/.exec(lastError)?.[1];
  const words = [typeof reason === "string" ? reason : "", lastError].filter((text) => text !== "").join("; ");
  return {
    where: wasOpen ? "close" : "handshake",
    text: words || (wasOpen ? "socket closed" : "handshake failed"),
    ...(typeof code === "number" ? { closeCode: code } : {}),
    ...(status === undefined || wasOpen ? {} : { httpStatus: Number(status) }),
  };
}

/** The runtimes quote the address they could not open, and the key is part of it. */
function withoutAddress(text: string): string {
  return text.replace(/\b(wss?|https?):\/\/\S*/gi, "the server");
}

function describeError(event: unknown): string {
  const message = field(event, "message");
  return typeof message === "string" ? message : "";
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
