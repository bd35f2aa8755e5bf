import type { WebSocketHandler } from "bun";
import { forgetChannel } from "./close-channel.ts";
import type { Core } from "./core.ts";
import { Housekeeping } from "./housekeeping.ts";
import { routeFrame } from "./route-frame.ts";
import { Socket, type SocketParts, type Wire } from "./socket.ts";
import type { Handshake } from "./upgrade.ts";

/** A larger frame closes the socket with 1009. @source REALTIME-FRAMES.md, payload-size */
const MAX_FRAME_BYTES = 5_000_000;
/** A client that reads so slowly that this much waits for it is dropped. @source REALTIME.md 2.2, transport heap */
const MAX_BACKLOG_BYTES = 50_000_000;
const ABNORMAL_CLOSURE = 1006;

/** What Bun keeps with each websocket. */
export interface SocketData {
  readonly handshake: Handshake;
  socket?: Socket;
}

/** Every open socket, from the moment Bun opens it until Bun says it is gone. */
export class SocketTable {
  readonly #core: Core;
  readonly #housekeeping: Housekeeping;
  #lastId = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#housekeeping = new Housekeeping(core);
  }

  get size(): number {
    return this.#housekeeping.socketCount;
  }

  get channelCount(): number {
    let count = 0;
    for (const socket of this.#housekeeping.sockets) count += socket.channels.size;
    return count;
  }

  expectExpiry(expiresAtMs: number): void {
    this.#housekeeping.expectExpiry(expiresAtMs);
  }

  closeAll(code: number): void {
    this.#core.topics.forgetPresence();
    for (const socket of [...this.#housekeeping.sockets]) socket.close(code);
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
        websocket.data.socket = this.#open(websocket.data.handshake, toWire(websocket));
      },
      message: (websocket, data) => {
        const { socket } = websocket.data;
        if (!socket) return;
        this.#housekeeping.heard(socket);
        socket.receive(data);
      },
      close: (websocket, code) => {
        if (websocket.data.socket) this.#close(websocket.data.socket, code);
      },
    };
  }

  #open(handshake: Handshake, wire: Wire): Socket {
    this.#lastId += 1;
    const onFrame: SocketParts["onFrame"] = (socket, frame) => routeFrame(this.#core, socket, frame);
    const onFailure: SocketParts["onFailure"] = (error) =>
      this.#core.runtime.log.error({ error_name: error.name, socket_id: socket.id }, "a realtime frame failed");
    const socket = new Socket({ ...handshake, id: this.#lastId, wire, onFrame, onFailure });
    this.#housekeeping.heard(socket);
    this.#core.counters.socketsOpened += 1;
    this.#core.events.emit("socket:opened", { socketId: socket.id });
    return socket;
  }

  #close(socket: Socket, code: number): void {
    this.#housekeeping.forget(socket);
    for (const channel of socket.markClosed()) forgetChannel(this.#core, channel);
    this.#core.events.emit("socket:closed", { socketId: socket.id, code });
  }
}

function toWire(websocket: Bun.ServerWebSocket<SocketData>): Wire {
  return {
    write: (frame) => {
      if (typeof frame === "string") websocket.sendText(frame);
      else websocket.sendBinary(frame);
    },
    close: (code) => {
      if (code === ABNORMAL_CLOSURE) websocket.terminate();
      else websocket.close(code);
    },
  };
}
