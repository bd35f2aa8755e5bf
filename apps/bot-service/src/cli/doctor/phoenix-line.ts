import { type Clock, type Ids, withTimeout } from "@shoal/kernel";
import { z } from "zod";

const frameSchema = z.object({
  topic: z.string(),
  event: z.string(),
  payload: z.record(z.string(), z.unknown()),
  ref: z.string().nullable(),
});

export type Frame = z.infer<typeof frameSchema>;

export interface Reply {
  readonly isOk: boolean;
  /** The server's reason for a refusal. */
  readonly reason: string;
}

/** One socket with the bare wire format, so that the server's answers are seen unchanged. */
export interface PhoenixLine {
  /** Joins once; a refusal is a value. Rejects if the socket closes before. */
  join(topic: string, config: Readonly<Record<string, unknown>>): Promise<Reply>;
  /** Sends without waiting. */
  push(topic: string, event: string, payload: Readonly<Record<string, unknown>>): void;
  /**
   * Resolves with the next frame of the topic that fits. Rejects with the server's reason if it closes the channel or the
   * socket before.
   */
  next(topic: string, fits: (frame: Frame) => boolean): Promise<Frame>;
  /** Returns whether the channel is still joined. */
  has(topic: string): boolean;
  /** Leaves all channels and closes the socket, within a limit. Idempotent. */
  close(): Promise<void>;
}

const CLOSE_LIMIT_MS = 1000;
const ENDS = new Set(["phx_close", "phx_error"]);
const TOPIC_PREFIX = "realtime:";
const replySchema = z.object({ status: z.string(), response: z.object({ reason: z.string().optional() }).optional() });

/** Opens a socket. Rejects if it does not open, or if `signal` aborts first. */
export async function openLine(url: string, clock: Clock, ids: Ids, signal: AbortSignal): Promise<PhoenixLine> {
  const socket = new WebSocket(url);
  const waiting = new Set<{
    fits: (frame: Frame) => boolean;
    resolve: (frame: Frame) => void;
    reject: (e: Error) => void;
  }>();
  /** Join ref by topic, which every later push of a channel has to carry. */
  const joinRefs = new Map<string, string>();
  const closed = Promise.withResolvers<void>();
  let end: Error | undefined;

  socket.addEventListener("message", ({ data }) => {
    const frame = readFrame(data);
    if (!frame) return;
    if (ENDS.has(frame.event)) joinRefs.delete(frame.topic.slice(TOPIC_PREFIX.length));
    for (const one of [...waiting]) {
      if (!one.fits(frame)) continue;
      waiting.delete(one);
      one.resolve(frame);
    }
  });
  socket.addEventListener("close", ({ code }) => {
    end = new Error(`the server closed the socket with code ${code}`);
    for (const { reject } of waiting) reject(end);
    waiting.clear();
    closed.resolve();
  });
  const next = (fits: (frame: Frame) => boolean) =>
    new Promise<Frame>((resolve, reject) => {
      if (end) return reject(end);
      waiting.add({ fits, resolve, reject });
    });
  const send = (topic: string, event: string, payload: unknown): string => {
    const ref = ids.uuid();
    const frame = { topic: TOPIC_PREFIX + topic, event, payload, ref, join_ref: joinRefs.get(topic) ?? ref };
    socket.send(JSON.stringify(frame));
    return ref;
  };
  await opened(socket, signal);
  return {
    async join(topic, config) {
      const ref = send(topic, "phx_join", { config });
      const { payload } = await next((frame) => frame.event === "phx_reply" && frame.ref === ref);
      const { status, response } = replySchema.parse(payload);
      if (status === "ok") joinRefs.set(topic, ref);
      return { isOk: status === "ok", reason: response?.reason ?? "" };
    },
    push: (topic, event, payload) => void send(topic, event, payload),
    async next(topic, fits) {
      let complaint = "no reason given";
      const frame = await next((heard) => {
        if (heard.topic !== TOPIC_PREFIX + topic) return false;
        if (heard.event === "system" && heard.payload["status"] === "error")
          complaint = String(heard.payload["message"]);
        return fits(heard) || ENDS.has(heard.event);
      });
      if (!ENDS.has(frame.event)) return frame;
      throw new Error(`the server closed the channel: ${complaint}`);
    },
    has: (topic) => joinRefs.has(topic),
    async close() {
      if (socket.readyState === WebSocket.OPEN) for (const topic of joinRefs.keys()) send(topic, "phx_leave", {});
      joinRefs.clear();
      socket.close(1000);
      await withTimeout(clock, CLOSE_LIMIT_MS, closed.promise);
    },
  };
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.close();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.addEventListener("open", () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    socket.addEventListener("close", ({ code }) => reject(new Error(`the socket did not open, code ${code}`)));
  });
}

function readFrame(data: unknown): Frame | undefined {
  try {
    return frameSchema.parse(JSON.parse(String(data)));
  } catch {
    return undefined;
  }
}
