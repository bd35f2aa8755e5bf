import { createEmitter } from "@shoal/kernel";
import { openTransport, type RawSocket } from "./raw-transport.ts";

/** One frame as the client sent it, whichever of the two encodings it came in. */
export interface Frame {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the server answers: a reply's status and response, or nothing at all. */
export type Answer = { readonly ok: unknown } | { readonly error: Readonly<Record<string, unknown>> } | "silence";

export interface RawServerOptions {
  /** Refuses the n-th upgrade (from 0) with this status. */
  readonly upgrade?: (index: number) => number | undefined;
  readonly onJoin?: (frame: Frame, index: number) => Answer;
  readonly onPush?: (frame: Frame) => Answer;
  readonly onHeartbeat?: () => Answer;
}

/**
 * A server that says exactly what the test tells it to, down to the frame, and remembers every frame it was sent: for
 * what a well-behaved server never does.
 */
export async function startRawServer(options: RawServerOptions = {}, port = 0) {
  const frames: Frame[] = [];
  const arrivals = createEmitter<{ frame: Frame; closed: { readonly code: number } }>();
  const sockets = new Set<RawSocket>();
  let upgrades = 0;
  let joins = 0;

  const answerTo = (frame: Frame): Answer => {
    if (frame.event === "heartbeat") return options.onHeartbeat?.() ?? { ok: {} };
    if (frame.event === "phx_join") return options.onJoin?.(frame, joins++) ?? { ok: { postgres_changes: [] } };
    return options.onPush?.(frame) ?? (frame.event === "broadcast" ? "silence" : { ok: {} });
  };

  const receive = (socket: RawSocket, raw: string | Buffer) => {
    const frame = decode(raw);
    frames.push(frame);
    const answer = answerTo(frame);
    if (answer !== "silence") {
      const payload =
        "ok" in answer ? { status: "ok", response: answer.ok } : { status: "error", response: answer.error };
      socket.send(JSON.stringify([frame.joinRef, frame.ref, frame.topic, "phx_reply", payload]));
      if (frame.event === "phx_leave") socket.send(JSON.stringify([frame.joinRef, null, frame.topic, "phx_close", {}]));
    }
    arrivals.emit("frame", frame);
  };

  const transport = await openTransport(
    {
      statusOfNext() {
        const status = options.upgrade?.(upgrades);
        upgrades += 1;
        return status;
      },
      opened: (socket) => void sockets.add(socket),
      received: receive,
      closed(socket, code) {
        sockets.delete(socket);
        arrivals.emit("closed", { code });
      },
    },
    port,
  );

  return {
    url: `http://127.0.0.1:${transport.port}`,
    port: transport.port,
    frames,
    get upgrades() {
      return upgrades;
    },
    get sockets() {
      return sockets.size;
    },
    sent: (event: string) => frames.filter((frame) => frame.event === event),
    /** Resolves when `count` frames of that event have come, now or later. */
    async received(event: string, count = 1): Promise<Frame> {
      while (frames.filter((frame) => frame.event === event).length < count) await arrivals.next("frame");
      return frames.filter((frame) => frame.event === event)[count - 1] as Frame;
    },
    closed: () => arrivals.next("closed"),
    /** Says something to every client. */
    say(topic: string, event: string, payload: unknown, joinRef: string | null = null) {
      for (const socket of sockets) socket.send(JSON.stringify([joinRef, null, topic, event, payload]));
    },
    sayRaw(text: string) {
      for (const socket of sockets) socket.send(text);
    },
    closeSockets(code: number) {
      for (const socket of [...sockets]) {
        if (code === 1006) socket.terminate();
        else socket.close(code);
      }
    },
    stop: () => transport.stop(),
    [Symbol.asyncDispose]: () => transport.stop(),
  };
}

const PUSH_KIND = 3;
const HEADER_BYTES = 7;

/** Text is an array; a broadcast of version 2 is binary. @source REALTIME.md 1 */
function decode(raw: string | Buffer): Frame {
  if (typeof raw === "string") {
    const [joinRef, ref, topic, event, payload] = JSON.parse(raw);
    return { joinRef, ref, topic, event, payload };
  }
  const [kind, joinRefLength = 0, refLength = 0, topicLength = 0, eventLength = 0, metaLength = 0] = raw;
  if (kind !== PUSH_KIND) throw new Error(`binary frame of kind ${kind}`);
  let at = HEADER_BYTES;
  const read = (length: number) => {
    at += length;
    return raw.subarray(at - length, at).toString();
  };
  const joinRef = read(joinRefLength);
  const ref = read(refLength);
  const topic = read(topicLength);
  const name = read(eventLength);
  read(metaLength);
  const payload = JSON.parse(raw.subarray(at).toString());
  return { joinRef, ref, topic, event: "broadcast", payload: { type: "broadcast", event: name, payload } };
}
