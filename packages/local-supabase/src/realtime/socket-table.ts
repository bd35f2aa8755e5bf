import { MINUTE_MS, SECOND_MS, type Timer } from "@shoal/kernel";
import type { WebSocketHandler } from "bun";
import type { Channel } from "./channel.ts";
import { forgetChannel, shutChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import { OutgoingLine } from "./faults/outgoing-line.ts";
import { routeFrame } from "./route-frame.ts";
import { type Handshake, Socket, type Wire } from "./socket.ts";
import { refusalText } from "./tokens.ts";

/** The largest frame Bun takes in. The smaller limit of the project is checked once the frame is here. */
const MAX_FRAME_BYTES = 50_000_000;
/** Drops a client that reads so slowly that more than this waits for it. @source REALTIME.md 2.2, transport heap */
const MAX_BACKLOG_BYTES = 50_000_000;
/** Closes a socket that has sent nothing for this long. @source REALTIME-FRAMES.md, idle: 60 to 66 s */
const IDLE_LIMIT_MS = 60 * SECOND_MS;
const SWEEP_INTERVAL_MS = 500;
/** How often sockets without a channel are killed. @source supabase/realtime 2.129.8, NO_CHANNEL_TIMEOUT_IN_MS */
const NO_CHANNEL_SWEEP_MS = 10 * MINUTE_MS;
const NORMAL_CLOSURE = 1000;
const ABNORMAL_CLOSURE = 1006;
const MESSAGE_TOO_BIG = 1009;

/** What Bun keeps with each websocket. */
export interface SocketData {
  readonly handshake: Handshake;
  open?: { readonly socket: Socket; readonly line: OutgoingLine };
}

/**
 * Every open socket, from the moment Bun opens it until the server closes it or Bun reports that it is gone. Ends what time
 * has ended: silent sockets, sockets that have no channel any more, and channels whose token ran out. One timer does that
 * for the whole server, and runs only while there are sockets.
 */
export class SocketTable {
  readonly #core: Core;
  readonly #lastHeardMs = new Map<Socket, number>();
  /** The lines of all connections: a line that is late or dead outlives its socket. */
  readonly #lines = new Set<OutgoingLine>();
  readonly #startedAtMs: number;
  #noChannelSweepCount = 0;
  #earliestExpiryMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#startedAtMs = core.runtime.clock.monotonicMs();
  }

  get size(): number {
    return this.#lastHeardMs.size;
  }

  get all(): Iterable<Socket> {
    return this.#lastHeardMs.keys();
  }

  get channelCount(): number {
    let count = 0;
    for (const socket of this.all) count += socket.channels.size;
    return count;
  }

  /** Notes that the token of some channel expires at `expiresAtMs`. */
  expectExpiry(expiresAtMs: number): void {
    this.#earliestExpiryMs = Math.min(this.#earliestExpiryMs, expiresAtMs);
  }

  /** Closes every connection and drops what is still on its way to it. @returns how many */
  closeAll(code: number): number {
    this.#core.topics.forgetPresence();
    const lines = [...this.#lines];
    for (const line of lines) line.closeNow(code);
    return lines.length;
  }

  /** Returns the callbacks for Bun. */
  handler(): WebSocketHandler<SocketData> {
    return {
      maxPayloadLength: MAX_FRAME_BYTES,
      backpressureLimit: MAX_BACKLOG_BYTES,
      closeOnBackpressureLimit: true,
      // Silence is measured here, by the client's frames: Bun would count answers to its own pings.
      idleTimeout: 0,
      sendPings: false,
      open: (websocket) => {
        const { clock } = this.#core.runtime;
        const line = new OutgoingLine(toWire(websocket), clock, this.#core.faults);
        this.#lines.add(line);
        websocket.data.open = { line, socket: this.#open(websocket.data.handshake, line) };
      },
      message: ({ data: { open } }, data) => {
        if (!open || this.#core.faults.isHalfOpen) return;
        if (!open.socket.isOpen) return open.line.reset();
        this.#heard(open.socket);
        if (isLonger(data, this.#core.project.limits.frameBytes)) open.socket.close(MESSAGE_TOO_BIG);
        else open.socket.receive(data);
      },
      close: ({ data }, code) => {
        const { open } = data;
        if (!open) return;
        delete data.open;
        this.#lines.delete(open.line);
        open.line.drop();
        this.#end(open.socket, code);
      },
    };
  }

  #open(handshake: Handshake, wire: Wire): Socket {
    const { counters, events, runtime } = this.#core;
    counters.socketsOpened += 1;
    const id = counters.socketsOpened;
    const socket = new Socket({
      ...handshake,
      id,
      wire,
      onFrame: (from, frame) => routeFrame(this.#core, from, frame),
      onFailure: (error) =>
        runtime.log.error(
          { error_name: error.name, socket_id: id },
          "a realtime frame failed and its socket was closed",
        ),
      onClose: (closed, code) => this.#end(closed, code),
    });
    this.#heard(socket);
    events.emit("socket:opened", { socketId: id });
    return socket;
  }

  /** Idempotent. */
  #end(socket: Socket, code: number): void {
    if (!socket.isOpen) return;
    this.#lastHeardMs.delete(socket);
    if (this.#lastHeardMs.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    this.#core.admission.forgetSocket(socket);
    for (const channel of socket.markClosed()) forgetChannel(this.#core, channel);
    this.#core.events.emit("socket:closed", { socketId: socket.id, code });
  }

  #heard(socket: Socket): void {
    this.#lastHeardMs.set(socket, this.#core.runtime.clock.monotonicMs());
    if (this.#timer) return;
    // Sweeps that were due while there was no socket are not made up for.
    this.#noChannelSweepCount = this.#noChannelSweepsDue();
    this.#schedule();
  }

  #schedule(): void {
    this.#timer = this.#core.runtime.clock.after(SWEEP_INTERVAL_MS, () => {
      this.#schedule();
      this.#sweep();
    });
  }

  #sweep(): void {
    const { clock } = this.#core.runtime;
    const idleSinceMs = clock.monotonicMs() - IDLE_LIMIT_MS;
    for (const [socket, heardMs] of this.#lastHeardMs) if (heardMs < idleSinceMs) socket.close(NORMAL_CLOSURE);
    this.#killWithoutChannel();
    const nowMs = clock.now();
    if (nowMs < this.#earliestExpiryMs) return;
    this.#earliestExpiryMs = Number.POSITIVE_INFINITY;
    for (const socket of this.all) {
      for (const channel of [...socket.channels.values()]) this.#closeIfExpired(channel, nowMs);
    }
  }

  #closeIfExpired(channel: Channel, nowMs: number): void {
    const expiresAtMs = channel.claims.exp * SECOND_MS;
    if (expiresAtMs > nowMs) return this.expectExpiry(expiresAtMs);
    const agoSeconds = Math.floor(nowMs / SECOND_MS) - channel.claims.exp;
    shutChannel(this.#core, channel, refusalText({ kind: "expired", agoSeconds }, "refresh"));
  }

  /** Kills sockets without a channel every ten minutes since the start. Spares one that has never asked to join. */
  #killWithoutChannel(): void {
    const dueCount = this.#noChannelSweepsDue();
    if (dueCount === this.#noChannelSweepCount) return;
    this.#noChannelSweepCount = dueCount;
    for (const socket of [...this.all]) {
      const isLeft = socket.hasAskedToJoin && !socket.isBusy && socket.channels.size === 0;
      if (isLeft) socket.closeNow(ABNORMAL_CLOSURE);
    }
  }

  #noChannelSweepsDue(): number {
    return Math.floor((this.#core.runtime.clock.monotonicMs() - this.#startedAtMs) / NO_CHANNEL_SWEEP_MS);
  }
}

function isLonger(data: string | Uint8Array, bytes: number): boolean {
  if (typeof data !== "string") return data.byteLength > bytes;
  // A character takes at most 3 bytes, so only a long text is worth measuring.
  return data.length * 3 > bytes && Buffer.byteLength(data) > bytes;
}

function toWire(websocket: Bun.ServerWebSocket<SocketData>): Wire {
  const close = (code: number) => {
    if (code === ABNORMAL_CLOSURE) websocket.terminate();
    else websocket.close(code);
  };
  return {
    write: (frame) => {
      if (typeof frame === "string") websocket.sendText(frame);
      else websocket.sendBinary(frame);
    },
    close,
    closeNow: close,
  };
}
