import type { TokenClaims } from "../keys.ts";
import type { OutgoingMessage } from "./broadcast-message.ts";
import type { Ref, Vsn } from "./frames.ts";
import type { JoinConfig } from "./join-payload.ts";
import type { TopicPolicies } from "./policies.ts";

/** The prefix of every topic on the wire. */
export const TOPIC_PREFIX = "realtime:";

/** A socket as its channels use it. */
export interface ChannelSocket {
  readonly id: number;
  readonly vsn: Vsn;
  /** By full topic. */
  readonly channels: Map<string, Channel>;
  reply(joinRef: Ref, ref: Ref, topic: string, status: "ok" | "error", response: unknown): void;
  send(joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown): void;
  write(frame: string | Uint8Array): void;
}

/** What a joined channel is made of. */
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

/** One socket's end of one topic: knows how to write to its client, and under which token it stands. */
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

  /** A private channel may not read presence until it asked for it, when it joined or by tracking. */
  get policies(): TopicPolicies {
    return this.#policies;
  }

  enablePresence(): void {
    this.#isPresenceEnabled = true;
    this.#policies = this.#effective();
  }

  standUnder(token: string, claims: TokenClaims, policies: TopicPolicies): void {
    this.#token = token;
    this.#claims = claims;
    this.#granted = policies;
    this.#policies = this.#effective();
  }

  reply(ref: Ref, status: "ok" | "error", response: unknown): void {
    this.socket.reply(this.joinRef, ref, this.topic, status, response);
  }

  /** A message from the server itself, which carries the join ref. */
  push(event: string, payload: unknown): void {
    this.socket.send(this.joinRef, null, this.topic, event, payload);
  }

  system(extension: "system" | "postgres_changes", status: "ok" | "error", message: string): void {
    this.push("system", { message, status, extension, channel: this.topicName });
  }

  /** A message many channels share. False when this socket's format cannot carry it. */
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
