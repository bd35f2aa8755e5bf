import { toError } from "@shoal/kernel";
import type { Channel, ChannelSocket } from "./channel.ts";
import { type ClientFrame, decodeFrame, encodeMessage, type Ref, type Vsn } from "./frames.ts";
import { Mailbox } from "./mailbox.ts";
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
  /** The `x-` headers of the upgrade. */
  readonly headers: Readonly<Record<string, string>>;
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
  readonly headers: Readonly<Record<string, string>>;
  /** By full topic. */
  readonly channels = new Map<string, Channel>();
  /** Whether it has ever asked to join a topic with a name. */
  hasAskedToJoin = false;
  readonly #wire: Wire;
  readonly #onFailure: SocketParts["onFailure"];
  readonly #onClose: SocketParts["onClose"];
  readonly #closed = new AbortController();
  readonly #mailbox: Mailbox<string | Uint8Array>;

  constructor(parts: SocketParts) {
    this.id = parts.id;
    this.vsn = parts.vsn;
    this.token = parts.token;
    this.claims = parts.claims;
    this.headers = parts.headers;
    this.#wire = parts.wire;
    this.#onFailure = parts.onFailure;
    this.#onClose = parts.onClose;
    this.#mailbox = new Mailbox({
      handle: (data) => {
        const frame = decodeFrame(this.vsn, data);
        return frame && parts.onFrame(this, frame);
      },
      onFailure: (thrown) => this.fail(thrown),
      bytesOf: (data) => data.length,
      onOverflow: () => this.closeNow(ABNORMAL_CLOSURE),
    });
  }

  get isOpen(): boolean {
    return !this.#closed.signal.aborted;
  }

  /** Whether it is still handling a frame, so that later frames wait. */
  get isBusy(): boolean {
    return this.#mailbox.isBusy;
  }

  /** Aborts when the socket is gone. */
  get closedSignal(): AbortSignal {
    return this.#closed.signal;
  }

  receive(data: string | Uint8Array): void {
    this.#mailbox.add(data);
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
    this.#mailbox.close();
    this.#closed.abort();
    return left;
  }

  /** Ends this socket alone: an exception in a message handler would end the process, and every other socket with it. */
  fail(thrown: unknown): void {
    this.#onFailure(toError(thrown));
    this.close(SERVER_FAILURE);
  }
}
