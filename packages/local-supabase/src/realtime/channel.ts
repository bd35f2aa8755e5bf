import type { ClientFrame, OutgoingMessage, Ref, Vsn } from "./frames.ts";
import type { JoinConfig } from "./join-payload.ts";
import { Mailbox } from "./mailbox.ts";
import { OPEN, type PolicySubject, type ReadRights, type WriteRights } from "./policies/policy-check.ts";
import type { TokenClaims } from "./tokens.ts";

/** The prefix of every topic on the wire. */
export const TOPIC_PREFIX = "realtime:";

/** The part of a socket that its channels use. */
export interface ChannelSocket {
  readonly id: number;
  readonly vsn: Vsn;
  /** The `x-` headers of its upgrade. */
  readonly headers: Readonly<Record<string, string>>;
  /** By full topic. */
  readonly channels: Map<string, Channel>;
  reply(joinRef: Ref, ref: Ref, topic: string, status: "ok" | "error", response: unknown): void;
  send(joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown): void;
  write(frame: string | Uint8Array): void;
  /** Ends the socket for what a frame of it threw. */
  fail(thrown: unknown): void;
  /** Ends the socket at once. */
  closeNow(code: number): void;
}

const ABNORMAL_CLOSURE = 1006;

/** Properties of a joined channel. */
export interface ChannelParts {
  readonly socket: ChannelSocket;
  /** Without the `realtime:` prefix. */
  readonly topicName: string;
  readonly joinRef: Ref;
  readonly config: JoinConfig;
  readonly presenceKey: string;
  readonly token: string;
  readonly claims: TokenClaims;
  readonly reads: ReadRights;
  /** Of the stored messages that its join replays: they are not sent to it once more. */
  readonly replayedIds: ReadonlySet<string>;
  /** Handles one frame. While a returned promise is pending, later frames of this channel wait. */
  readonly onFrame: (channel: Channel, frame: ClientFrame) => Promise<void> | undefined;
}

/** One topic joined on one socket: writes to its client and holds the token that decides what the client may do. */
export class Channel {
  readonly socket: ChannelSocket;
  readonly topicName: string;
  readonly joinRef: Ref;
  readonly config: JoinConfig;
  readonly presenceKey: string;
  readonly replayedIds: ReadonlySet<string>;
  readonly #mailbox: Mailbox<ClientFrame>;
  #token: string;
  #claims: TokenClaims;
  #reads: ReadRights;
  #writes: WriteRights | undefined;
  #isPresenceEnabled: boolean;

  constructor(parts: ChannelParts) {
    this.socket = parts.socket;
    this.topicName = parts.topicName;
    this.joinRef = parts.joinRef;
    this.config = parts.config;
    this.presenceKey = parts.presenceKey;
    this.replayedIds = parts.replayedIds;
    this.#token = parts.token;
    this.#claims = parts.claims;
    this.#reads = parts.reads;
    this.#writes = parts.config.isPrivate ? undefined : OPEN;
    this.#isPresenceEnabled = parts.config.isPresenceEnabled;
    this.#mailbox = new Mailbox({
      handle: (frame) => parts.onFrame(this, frame),
      onFailure: (thrown) => this.socket.fail(thrown),
      bytesOf: (frame) => (frame.kind === "message" ? frame.bytes : frame.payload.length),
      onOverflow: () => this.socket.closeNow(ABNORMAL_CLOSURE),
    });
  }

  get topic(): string {
    return TOPIC_PREFIX + this.topicName;
  }

  get isPrivate(): boolean {
    return this.config.isPrivate;
  }

  get token(): string {
    return this.#token;
  }

  get claims(): TokenClaims {
    return this.#claims;
  }

  /** What it may hear. Decided at the join, and again for another token. */
  get reads(): ReadRights {
    return this.#reads;
  }

  /** What it may send. Undefined until a private channel first writes under its token. */
  get writes(): WriteRights | undefined {
    return this.#writes;
  }

  /** Whether its client asked for presence: at its join, or by tracking. */
  get isPresenceEnabled(): boolean {
    return this.#isPresenceEnabled;
  }

  /** Whose rights its topic is asked for. */
  get subject(): PolicySubject {
    return { topicName: this.topicName, claims: this.#claims, headers: this.socket.headers };
  }

  /** Whether it is joined still. */
  get isOpen(): boolean {
    return !this.#mailbox.isClosed;
  }

  receive(frame: ClientFrame): void {
    this.#mailbox.add(frame);
  }

  /** Drops the frames that wait. Idempotent. */
  end(): void {
    this.#mailbox.close();
  }

  enablePresence(): void {
    this.#isPresenceEnabled = true;
  }

  allowReading(reads: ReadRights): void {
    this.#reads = reads;
  }

  allowWriting(writes: WriteRights): void {
    this.#writes = writes;
  }

  /** Puts it under another token. What it may write is then unknown again. */
  replaceToken(token: string, claims: TokenClaims): void {
    this.#token = token;
    this.#claims = claims;
    if (this.isPrivate) this.#writes = undefined;
  }

  reply(ref: Ref, status: "ok" | "error", response: unknown): void {
    this.socket.reply(this.joinRef, ref, this.topic, status, response);
  }

  /** Sends a message of the server itself, which carries the join ref. */
  push(event: string, payload: unknown): void {
    this.socket.send(this.joinRef, null, this.topic, event, payload);
  }

  system(extension: "system" | "postgres_changes", status: "ok" | "error", message: string): void {
    this.push("system", { message, status, extension, channel: this.topicName });
  }

  /** Sends a message that many channels share. False when the format of this socket cannot carry it. */
  deliver(message: OutgoingMessage): boolean {
    const frame = message.encode(this.socket.vsn);
    if (frame === undefined) return false;
    this.socket.write(frame);
    return true;
  }
}
