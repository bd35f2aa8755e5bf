import { toError } from "@shoal/kernel";
import type { TokenClaims } from "../keys.ts";
import type { Channel, ChannelSocket } from "./channel.ts";
import { type ClientFrame, decodeFrame, encodeMessage, type Ref, type Vsn } from "./frames.ts";

/** The connection underneath: Bun's websocket, or whatever a test puts in its place. */
export interface Wire {
  write(frame: string | Uint8Array): void;
  /** After what was written before. 1006 drops the connection without a close frame. */
  close(code: number): void;
  /** Overtakes what was written before, if that is still on its way. */
  closeNow(code: number): void;
}

/** What a socket is made of. */
export interface SocketParts {
  readonly id: number;
  readonly vsn: Vsn;
  readonly token: string;
  readonly claims: TokenClaims;
  readonly wire: Wire;
  /** Handles one frame; a promise keeps every later frame of this socket waiting until it settles. */
  readonly onFrame: (socket: Socket, frame: ClientFrame) => Promise<void> | undefined;
  /** Hears what `onFrame` threw, which ends this socket with 1011 and nobody else's. */
  readonly onFailure: (error: Error) => void;
  /** Hears that this side closed it, which is its end whenever the other side learns of it. */
  readonly onClose: (socket: Socket, code: number) => void;
}

/** Bytes a socket may hold back while a join is under way, before it is dropped. @source REALTIME.md 2.2, transport heap */
const MAX_WAITING_BYTES = 50_000_000;
/** What keeping a frame takes besides its content, about: many empty ones are not nothing. */
const KEPT_FRAME_BYTES = 64;
const ABNORMAL_CLOSURE = 1006;
const SERVER_FAILURE = 1011;

/**
 * One websocket. Frames are handled strictly one after another, because the real server joins inside the process that
 * reads the socket: while a join waits, so does everything behind it.
 */
export class Socket implements ChannelSocket {
  readonly id: number;
  readonly vsn: Vsn;
  readonly token: string;
  readonly claims: TokenClaims;
  /** By full topic. */
  readonly channels = new Map<string, Channel>();
  /** Whether it ever asked to join a topic that has a name. */
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

  /** Whether it still works on a frame, and everything behind that waits. */
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

  /** It is over: whatever waits is dropped. Returns the channels it leaves behind. */
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

  /** An exception in a message handler would end the process, and with it everybody else's socket. */
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
