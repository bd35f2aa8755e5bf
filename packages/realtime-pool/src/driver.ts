import type { Evidence } from "./classify.ts";
import type { ChannelConfig, Payload, PresenceState, RowChange } from "./types.ts";

/**
 * What the pool needs of a Realtime client library. A driver decides nothing: it does not reconnect, rejoin, retry or buffer.
 * Every callback comes from a fresh stack, never from inside a call of the pool.
 */
export interface Driver {
  /** Starts one handshake. The socket is single-use. */
  open(listener: SocketListener): DriverSocket;
}

export interface SocketListener {
  onOpen(): void;
  /** The handshake failed or the socket is gone. Once, and nothing comes after it. Not called after our own `close`. */
  onClosed(evidence: Evidence): void;
  onHeartbeat(roundTripMs: number): void;
  /** So many presence entries of that topic were left out: too large, too deep or malformed. */
  onPresenceDropped(topic: string, count: number): void;
  /** A broadcast to that topic was not read: too large or too deep. */
  onMessageDropped?(topic: string): void;
}

export interface DriverSocket {
  /** Sends one join. Only on an open socket, and never for a topic this socket still holds. */
  join(request: JoinRequest, listener: ChannelListener): DriverChannel;
  /** Closes politely; resolves within about 2 s also when the peer is silent. Idempotent. */
  close(): Promise<void>;
}

export interface JoinRequest {
  readonly topic: string;
  readonly config: ChannelConfig;
  /** The last join of this topic was refused for its token: this one must carry another. */
  readonly refresh: boolean;
}

/**
 * Hears of one join. After `onDown`, after a `leave` and after the end of its socket the driver calls none of these for that
 * join any more: one listener serves all joins of a channel, one after the other.
 */
export interface ChannelListener {
  onJoined(): void;
  /**
   * The join was refused or timed out, or the server closed the channel. The end of the whole socket is not told here but
   * by `SocketListener.onClosed`.
   */
  onDown(evidence: Evidence): void;
  /** A broadcast. */
  onMessage(event: string, payload: Payload): void;
  onPresenceState(state: PresenceState): void;
  onRow(change: RowChange): void;
  onChangesReady(): void;
  onChangesFailed(evidence: Evidence): void;
}

/** How the server answered a push. `gone`: the channel or its socket ended first. */
export type PushReply =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "timeout" }
  | { readonly kind: "gone" };

export interface DriverChannel {
  /** With `ack` false the reply is `ok` as soon as the frame is handed over. @throws when the frame cannot be encoded */
  broadcast(event: string, payload: Payload, ack: boolean): Promise<PushReply>;
  track(entry: Payload): Promise<PushReply>;
  untrack(): Promise<PushReply>;
  /** Tells the server and forgets the channel; resolves when the server answered, or after `limitMs`. */
  leave(limitMs: number): Promise<void>;
}
