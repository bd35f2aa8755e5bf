import type { WebSocketHandler } from "bun";
import { forgetChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import { OutgoingLine } from "./faults/outgoing-line.ts";
import { Housekeeping } from "./housekeeping.ts";
import { routeFrame } from "./route-frame.ts";
import { Socket, type SocketParts, type Wire } from "./socket.ts";
import type { Handshake } from "./upgrade.ts";

/** The largest frame that is taken in at all. What the limits say is looked at when it is here. */
const MAX_FRAME_BYTES = 50_000_000;
const MESSAGE_TOO_BIG = 1009;
/** A client that reads so slowly that this much waits for it is dropped. @source REALTIME.md 2.2, transport heap */
const MAX_BACKLOG_BYTES = 50_000_000;
const ABNORMAL_CLOSURE = 1006;

/** What Bun keeps with each websocket. */
export interface SocketData {
  readonly handshake: Handshake;
  open?: { readonly socket: Socket; readonly line: OutgoingLine };
}

/** Every open socket, from the moment Bun opens it until the server closes it or Bun says it is gone. */
export class SocketTable {
  readonly #core: Core;
  readonly #housekeeping: Housekeeping;
  /** Of every connection there is: a line that is late or dead outlives its socket. */
  readonly #lines = new Set<OutgoingLine>();

  constructor(core: Core) {
    this.#core = core;
    this.#housekeeping = new Housekeeping(core);
  }

  get size(): number {
    return this.#housekeeping.socketCount;
  }

  get all(): Iterable<Socket> {
    return this.#housekeeping.sockets;
  }

  get channelCount(): number {
    let count = 0;
    for (const socket of this.all) count += socket.channels.size;
    return count;
  }

  expectExpiry(expiresAtMs: number): void {
    this.#housekeeping.expectExpiry(expiresAtMs);
  }

  /** Closes every connection, whatever is still on its way to it. @returns how many */
  closeAll(code: number): number {
    this.#core.topics.forgetPresence();
    const lines = [...this.#lines];
    for (const line of lines) line.closeNow(code);
    return lines.length;
  }

  /** What Bun calls. */
  handler(): WebSocketHandler<SocketData> {
    return {
      maxPayloadLength: MAX_FRAME_BYTES,
      backpressureLimit: MAX_BACKLOG_BYTES,
      closeOnBackpressureLimit: true,
      // Silence is measured here, in frames of the client: Bun would count its own pings as life.
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
        this.#housekeeping.heard(open.socket);
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
    const { counters, events } = this.#core;
    counters.socketsOpened += 1;
    const onFrame: SocketParts["onFrame"] = (socket, frame) => routeFrame(this.#core, socket, frame);
    const onFailure: SocketParts["onFailure"] = (error) =>
      this.#core.runtime.log.error({ error_name: error.name, socket_id: socket.id }, "a realtime frame failed");
    const socket = new Socket({
      ...handshake,
      id: counters.socketsOpened,
      wire,
      onFrame,
      onFailure,
      onClose: (closed, code) => this.#end(closed, code),
    });
    this.#housekeeping.heard(socket);
    events.emit("socket:opened", { socketId: socket.id });
    return socket;
  }

  /** Idempotent. */
  #end(socket: Socket, code: number): void {
    if (!socket.isOpen) return;
    this.#housekeeping.forget(socket);
    this.#core.admission.forgetSocket(socket);
    for (const channel of socket.markClosed()) forgetChannel(this.#core, channel);
    this.#core.events.emit("socket:closed", { socketId: socket.id, code });
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
