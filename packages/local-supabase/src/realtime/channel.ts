import type { OutgoingMessage, Ref, Vsn } from "./frames.ts";
import type { JoinConfig } from "./join-payload.ts";
import type { TopicPolicies } from "./policies.ts";
import type { TokenClaims } from "./tokens.ts";

/** The prefix of every topic on the wire. */
export const TOPIC_PREFIX = "realtime:";

/** The part of a socket that its channels use. */
export interface ChannelSocket {
  readonly id: number;
  readonly vsn: Vsn;
  /** By full topic. */
  readonly channels: Map<string, Channel>;
  reply(joinRef: Ref, ref: Ref, topic: string, status: "ok" | "error", response: unknown): void;
  send(joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown): void;
  write(frame: string | Uint8Array): void;
}

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
  readonly policies: TopicPolicies;
}

/** One topic joined on one socket: writes to its client and holds the token that decides what the client may do. */
export class Channel {
  readonly socket: ChannelSocket;
  readonly topicName: string;
  readonly joinRef: Ref;
  readonly config: JoinConfig;
  readonly presenceKey: string;
  #token: string;
  #claims: TokenClaims;
  #granted: TopicPolicies;
  #isPresenceEnabled: boolean;
  #policies: TopicPolicies;

  constructor(parts: ChannelParts) {
    this.socket = parts.socket;
    this.topicName = parts.topicName;
    this.joinRef = parts.joinRef;
    this.config = parts.config;
    this.presenceKey = parts.presenceKey;
    this.#token = parts.token;
    this.#claims = parts.claims;
    this.#granted = parts.policies;
    this.#isPresenceEnabled = parts.config.isPresenceEnabled;
    this.#policies = this.#effective();
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

  /** The permissions. A private channel may read presence only after asking for it: at its join, or by tracking. */
  get policies(): TopicPolicies {
    return this.#policies;
  }

  enablePresence(): void {
    this.#isPresenceEnabled = true;
    this.#policies = this.#effective();
  }

  replaceToken(token: string, claims: TokenClaims, policies: TopicPolicies): void {
    this.#token = token;
    this.#claims = claims;
    this.#granted = policies;
    this.#policies = this.#effective();
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

  #effective(): TopicPolicies {
    const isPresenceHidden = this.isPrivate && !this.#isPresenceEnabled;
    return isPresenceHidden ? { ...this.#granted, presenceRead: false } : this.#granted;
  }
}
