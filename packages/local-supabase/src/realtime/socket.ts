import { toError } from "@shoal/kernel";
import type { Channel, ChannelSocket } from "./channel.ts";
import { type ClientFrame, decodeFrame, encodeMessage, type Ref, type Vsn } from "./frames.ts";
import type { TokenClaims } from "./tokens.ts";

/** The connection of a socket: Bun's websocket, or a stand-in of a test. */
export interface Wire {
  write(frame: string | Uint8Array): void;
  /** Closes after everything written before has been sent. 1006 drops the connection without a close frame. */
  close(code: number): void;
  /** Closes at once. What was written before and is still on its way is lost. */
  closeNow(code: number): void;
}

/** What a client connected with. */
export interface Handshake {
  readonly vsn: Vsn;
  readonly token: string;
  readonly claims: TokenClaims;
}

/** What a socket is made of. */
export interface SocketParts extends Handshake {
  readonly id: number;
  readonly wire: Wire;
  /** Handles one frame. While a returned promise is pending, later frames of this socket wait. */
  readonly onFrame: (socket: Socket, frame: ClientFrame) => Promise<void> | undefined;
  /** Called with what `onFrame` threw. That ends this socket with 1011, and no other. */
  readonly onFailure: (error: Error) => void;
  /** Called when this side closes the socket. It ends then, no matter when the client learns of it. */
  readonly onClose: (socket: Socket, code: number) => void;
}

/** Drops a socket that has more bytes than this waiting behind a join. @source REALTIME.md 2.2, transport heap */
const MAX_WAITING_BYTES = 50_000_000;
/** The memory a waiting frame takes besides its content, roughly: a million empty frames take memory, too. */
const KEPT_FRAME_BYTES = 64;
const ABNORMAL_CLOSURE = 1006;
const SERVER_FAILURE = 1011;

/**
 * One websocket. Handles one frame after another, because the real server joins inside the process that reads the socket:
 * while a join waits, every later frame waits.
 */
export class Socket implements ChannelSocket {
  readonly id: number;
  readonly vsn: Vsn;
  readonly token: string;
  readonly claims: TokenClaims;
  /** By full topic. */
  readonly channels = new Map<string, Channel>();
  /** Whether it has ever asked to join a topic with a name. */
  hasAskedToJoin = false;
  readonly #wire: Wire;
  readonly #onFrame: SocketParts["onFrame"];
  readonly #onFailure: SocketParts["onFailure"];
  readonly #onClose: SocketParts["onClose"];
  readonly #closed = new AbortController();
  #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;
  #isBusy = false;

  constructor(parts: SocketParts) {
    this.id = parts.id;
    this.vsn = parts.vsn;
    this.token = parts.token;
    this.claims = parts.claims;
    this.#wire = parts.wire;
    this.#onFrame = parts.onFrame;
    this.#onFailure = parts.onFailure;
    this.#onClose = parts.onClose;
  }

  get isOpen(): boolean {
    return !this.#closed.signal.aborted;
  }

  /** Whether it is still handling a frame, so that later frames wait. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Aborts when the socket is gone. */
  get closedSignal(): AbortSignal {
    return this.#closed.signal;
  }

  receive(data: string | Uint8Array): void {
    if (!this.#isBusy) return this.#handle(data);
    this.#waiting.push(data);
    this.#waitingBytes += data.length + KEPT_FRAME_BYTES;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.closeNow(ABNORMAL_CLOSURE);
  }

  reply(joinRef: Ref, ref: Ref, topic: string, status: "ok" | "error", response: unknown): void {
    this.send(joinRef, ref, topic, "phx_reply", { status, response });
  }

  send(joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown): void {
    this.write(encodeMessage(this.vsn, joinRef, ref, topic, event, payload));
  }

  write(frame: string | Uint8Array): void {
    if (this.isOpen) this.#wire.write(frame);
  }

  close(code: number): void {
    if (!this.isOpen) return;
    this.#wire.close(code);
    this.#onClose(this, code);
  }

  closeNow(code: number): void {
    if (!this.isOpen) return;
    this.#wire.closeNow(code);
    this.#onClose(this, code);
  }

  /** Marks the socket as closed and drops all waiting frames. @returns the channels it had */
  markClosed(): Channel[] {
    const left = [...this.channels.values()];
    this.channels.clear();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#closed.abort();
    return left;
  }

  #handle(data: string | Uint8Array): void {
    let work: Promise<void> | undefined;
    try {
      const frame = decodeFrame(this.vsn, data);
      work = frame && this.#onFrame(this, frame);
    } catch (thrown) {
      return this.#fail(thrown);
    }
    if (!work) return;
    this.#isBusy = true;
    void work.catch((thrown: unknown) => this.#fail(thrown)).then(() => this.#resume());
  }

  /** Ends this socket alone: an exception in a message handler would end the process, and every other socket with it. */
  #fail(thrown: unknown): void {
    this.#onFailure(toError(thrown));
    this.close(SERVER_FAILURE);
  }

  #resume(): void {
    this.#isBusy = false;
    const held = this.#waiting;
    let handled = 0;
    for (; handled < held.length && !this.#isBusy && this.isOpen; handled += 1) {
      const data = held[handled] ?? "";
      this.#waitingBytes -= data.length + KEPT_FRAME_BYTES;
      this.#handle(data);
    }
    this.#waiting = handled === held.length ? [] : held.slice(handled);
  }
}
