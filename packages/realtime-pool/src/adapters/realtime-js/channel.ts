import { type Clock, type Log, type Timer, toError, withTimeout } from "@shoal/kernel";
import type { RealtimeChannel, RealtimeClient } from "@supabase/realtime-js";
import { classify, type Evidence } from "../../classify.ts";
import type { ChannelListener, DriverChannel, JoinRequest, PushReply } from "../../driver.ts";
import type { PoolOptions } from "../../options.ts";
import type { TokenSource } from "../../tokens.ts";
import type { ChannelConfig, Payload } from "../../types.ts";
import { disarmRejoin, forgetHowToJoin } from "./disarm.ts";
import { describeError, explain, isTransportError, type Words } from "./evidence.ts";
import type { PresenceFrame } from "./presence-text.ts";
import { readBroadcast, readChange, readSystem } from "./read-frames.ts";
import type { Replies } from "./replies.ts";
import { createTopicPresence, type TopicPresence } from "./topic-presence.ts";

/** What a channel needs of its socket. */
export interface ChannelSocket {
  readonly client: RealtimeClient;
  readonly replies: Replies;
  readonly tokens: TokenSource | undefined;
  readonly options: PoolOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** The freshest token the channels have been told of. */
  readonly token: string | null;
  /** Remembers words that may explain why this socket is closed next. */
  said(text: string): void;
  /** So many presence entries of a topic were left out. */
  presenceDropped(topic: string, count: number): void;
  /** The channel is over; its topic may be joined again. Idempotent. */
  forget(channel: LibraryChannel): void;
}

/** How long the server may take to stream the rows it was asked for; it tries by itself every 5 to 10 s. */
const CHANGES_LIMIT_MS = 30_000;

/**
 * One join of one topic. A channel object of the library is single-use, so this one is too. There are thousands of
 * these: broadcasts, presence and system messages reach it by its socket's table and need no listeners of the library's.
 */
export class LibraryChannel implements DriverChannel {
  readonly #socket: ChannelSocket;
  readonly #channel: RealtimeChannel;
  readonly #listener: ChannelListener;
  readonly #streamsRows: boolean;
  #phase: "new" | "asked" | "joined" | "leaving" | "over" = "new";
  /** The token the server knows this channel by. */
  #token: string | null = null;
  #words: Words | null = null;
  /** Null where presence is not asked for. */
  #presence: TopicPresence | null = null;
  #rowsDue: Timer | undefined;
  #removed: (() => void) | null = null;

  constructor(socket: ChannelSocket, { topic, config }: JoinRequest, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
    this.#streamsRows = (config.changes?.length ?? 0) > 0;
    this.#channel = socket.client.channel(topic, { config: libraryConfig(config) });
    disarmRejoin(this.#channel);
    this.#bind(config);
  }

  get topic(): string {
    return this.#channel.topic;
  }

  /** Whether the server owes an answer. */
  get isAsked(): boolean {
    return this.#phase === "asked";
  }

  /** Sends the join, with a token that is still good if there is a source of them. */
  async start(): Promise<void> {
    try {
      const token = (await this.#socket.tokens?.forJoin()) ?? null;
      // Subscribing on a closed socket would make the library connect by itself.
      if (this.#phase !== "new" || !this.#socket.client.isConnected()) return;
      this.#phase = "asked";
      this.#token = token;
      this.#socket.client.accessTokenValue = token;
      this.#channel.subscribe(
        (status: string, error) => this.#onStatus(status, error),
        this.#socket.options.joinTimeoutMs,
      );
    } catch (thrown) {
      this.#end({ where: "join", text: toError(thrown).message });
    }
  }

  /** A frame for this topic. One of an earlier join of it is dropped. */
  hear(event: "broadcast" | "system", payload: unknown, joinRef: unknown): void {
    if (this.#isEnding || (joinRef && joinRef !== this.#channel.joinPush.ref)) return;
    if (event === "system") return this.#onSystem(payload);
    const broadcast = readBroadcast(payload);
    if (broadcast) this.#listener.onMessage(broadcast.event, broadcast.payload);
  }

  /**
   * A frame of presence. The server sends everybody's also to channels that did not ask for it: it is dropped there.
   * @source REALTIME-FRAMES.md, a join with presence off
   */
  hearPresence(frame: PresenceFrame): void {
    if (this.#isEnding || (frame.joinRef && frame.joinRef !== this.#channel.joinPush.ref)) return;
    this.#presence?.hear(frame);
  }

  /** The server is told of a token fresher than the one it knows. It does not answer. */
  present(token: string | null): void {
    if (this.#phase !== "joined" || token === null || token === this.#token) return;
    this.#token = token;
    this.#send("access_token", { access_token: token }, this.#socket.replies.nextRef());
  }

  /** The socket has ended; it says so itself. */
  socketGone(): void {
    this.#phase = "over";
    this.#quieten();
    this.#removed?.();
  }

  broadcast(event: string, payload: Payload, ack: boolean): Promise<PushReply> {
    return this.#push("broadcast", { type: "broadcast", event, payload }, ack);
  }

  track(entry: Payload): Promise<PushReply> {
    return this.#push("presence", { type: "presence", event: "track", payload: entry }, true);
  }

  untrack(): Promise<PushReply> {
    return this.#push("presence", { type: "presence", event: "untrack" }, true);
  }

  async leave(limitMs: number): Promise<void> {
    if (this.#isEnding) return;
    const { client, replies, clock } = this.#socket;
    this.#phase = "leaving";
    this.#quieten();
    replies.abandon(this.topic);
    // Without a ref the join still waits for a token: then there is nothing to leave.
    if (client.isConnected() && typeof this.#channel.joinPush.ref === "string") {
      const removed = new Promise<void>((resolve) => {
        this.#removed = resolve;
      });
      this.#send("phx_leave", {}, replies.nextRef());
      await withTimeout(clock, limitMs, removed);
    }
    this.#phase = "over";
    this.#remove();
  }

  get #isEnding(): boolean {
    return this.#phase === "leaving" || this.#phase === "over";
  }

  #listenToPresence(): TopicPresence {
    const { clock, log } = this.#socket;
    const { subTopic: topic } = this.#channel;
    return createTopicPresence(clock, {
      onState: (state) => this.#listener.onPresenceState(state),
      onDropped: (count) => this.#socket.presenceDropped(topic, count),
      onUnreadable: (thrown) =>
        log.warn(
          { topic, error_name: toError(thrown).name },
          "a frame of presence could not be read and was dropped: who came or left by it is not known",
        ),
    });
  }

  /** What only the library can read: rows with their columns. @source REALTIME.md 3.3, trap 17 */
  #bind({ presence, changes = [] }: ChannelConfig): void {
    if (presence?.listen) this.#presence = this.#listenToPresence();
    const onRow = (row: unknown) => {
      const change = readChange(row);
      if (change && !this.#isEnding) this.#listener.onRow(change);
    };
    for (const { event, ...where } of changes) {
      if (event === "INSERT") this.#channel.on("postgres_changes", { event, ...where }, onRow);
      else if (event === "UPDATE") this.#channel.on("postgres_changes", { event, ...where }, onRow);
      else if (event === "DELETE") this.#channel.on("postgres_changes", { event, ...where }, onRow);
      else this.#channel.on("postgres_changes", { event, ...where }, onRow);
    }
  }

  #onStatus(status: string, error: Error | undefined): void {
    if (status !== "SUBSCRIBED") this.#removed?.();
    if (this.#isEnding) return;
    if (status === "SUBSCRIBED") return this.#onJoined();
    if (status === "TIMED_OUT") return this.#end({ where: "join", text: "join timed out" });
    if (status === "CLOSED") {
      const explanation = explain(this.#words, this.#socket.clock.monotonicMs());
      return this.#end({ where: "system", text: explanation || "closed by the server" });
    }
    // The end of the whole socket is told once, by the socket.
    if (isTransportError(error)) return;
    const text = describeError(error);
    this.#socket.said(text);
    this.#end({ where: "join", text });
  }

  #onJoined(): void {
    this.#phase = "joined";
    forgetHowToJoin(this.#channel);
    this.present(this.#socket.token);
    if (this.#streamsRows) this.#awaitRows();
    queueMicrotask(() => {
      if (!this.#isEnding) this.#listener.onJoined();
    });
  }

  #onSystem(payload: unknown): void {
    const system = readSystem(payload);
    if (!system) return;
    if (system.extension === "postgres_changes") return this.#onRowsAnswer(system.isOk, system.message);
    if (system.isOk) this.#socket.said(system.message);
    else this.#words = { text: system.message, atMs: this.#socket.clock.monotonicMs() };
  }

  /** Only this says whether rows come; the join says nothing about it. */
  #onRowsAnswer(isOk: boolean, text: string): void {
    if (isOk) {
      this.#rowsDue?.cancel();
      this.#rowsDue = undefined;
      return this.#listener.onChangesReady();
    }
    const evidence: Evidence = { where: "system", text };
    if (classify(evidence).retry === "never") {
      this.#rowsDue?.cancel();
      this.#rowsDue = undefined;
    } else if (!this.#rowsDue) this.#awaitRows();
    this.#listener.onChangesFailed(evidence);
  }

  #awaitRows(): void {
    const text = `ChangesNotReady: no rows within ${CHANGES_LIMIT_MS} ms`;
    this.#rowsDue = this.#socket.clock.after(CHANGES_LIMIT_MS, () => this.#end({ where: "system", text }));
  }

  /**
   * Unsubscribing inside the library's callback closes the channel on the same stack and calls back again, so both the
   * removal and the word to the pool wait for a fresh one. @source REALTIME.md 3.3, trap 3
   */
  #end(evidence: Evidence): void {
    if (this.#isEnding) return;
    this.#phase = "over";
    this.#quieten();
    this.#socket.replies.abandon(this.topic);
    const { retry } = classify(evidence);
    if (retry === "refresh" || retry === "refresh-once") this.#socket.tokens?.refuse(this.#token);
    queueMicrotask(() => {
      this.#remove();
      this.#listener.onDown(evidence);
    });
  }

  async #push(event: string, payload: Payload, awaitReply: boolean): Promise<PushReply> {
    const { client, replies, options } = this.#socket;
    if (this.#isEnding || !client.isConnected()) return { kind: "gone" };
    const ref = replies.nextRef();
    const reply = awaitReply ? replies.await(ref, this.topic, options.replyTimeoutMs) : null;
    this.#send(event, payload, ref);
    const answer: PushReply = (await reply) ?? { kind: "ok" };
    // It said no goodbye, or we missed it; waiting for one would be waiting for ever. @source REALTIME.md 2.4
    if (answer.kind === "refused" && /unmatched topic/i.test(answer.text)) {
      this.#end({ where: "system", text: "channel_crash: the server no longer knew the topic" });
      return { kind: "gone" };
    }
    return answer;
  }

  #send(event: string, payload: Payload, ref: string): void {
    const { ref: joinRef } = this.#channel.joinPush;
    this.#socket.client.push({ topic: this.topic, event, payload, ref, ...(joinRef ? { join_ref: joinRef } : {}) });
  }

  #quieten(): void {
    this.#presence?.stop();
    this.#rowsDue?.cancel();
  }

  /** Out of the library's lists, so that the topic can be joined again. Already done when the server closed it. */
  #remove(): void {
    this.#socket.forget(this);
    if (!isListed(this.#socket.client, this.#channel)) return;
    // Answered inside the library without waiting for the server, so this leaves no timer.
    void this.#channel.unsubscribe();
    this.#channel.teardown();
  }
}

function isListed(client: RealtimeClient, channel: RealtimeChannel): boolean {
  return client.getChannels().includes(channel);
}

function libraryConfig({ self = false, ack = false, private: isPrivate = false, presence }: ChannelConfig) {
  return {
    broadcast: { self, ack },
    presence: { key: presence?.key ?? "", enabled: presence?.listen ?? false },
    private: isPrivate,
  };
}
