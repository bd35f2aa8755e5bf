import {
  backoffDelayMs,
  proportionalJitter,
  type Rng,
  type Runtime,
  type Timer,
  toError,
  withTimeout,
} from "@shoal/kernel";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { Account } from "./account.ts";
import { type JoinedChannel, joinChannel } from "./channel.ts";
import { LOBBY_TOPIC, readNotice, userTopic } from "./contract.ts";
import { type Failure, failureOf } from "./failure.ts";
import { Line } from "./line.ts";
import type { Match } from "./person.state.ts";
import { Room, type RoomListener } from "./room.ts";
import type { PeopleStats } from "./stats.ts";

const RECONNECT = proportionalJitter(500, 8000, 0.5);
/** Time a link must hold before its failures are forgotten, in ms: a server may accept a join and close it at once. */
const STABLE_AFTER_MS = 10_000;
/** Interval of heartbeats, in ms. A silent server is noticed within two; the library's default takes 50 s. */
const HEARTBEAT_MS = 5000;
const CLOSE_LIMIT_MS = 2000;

export interface LinkParts {
  readonly url: string;
  readonly anonKey: string;
  readonly runtime: Runtime;
  readonly rng: Rng;
  readonly stats: PeopleStats;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly listener: {
    onOnline(): void;
    onOffline(): void;
    onNotice(match: Match): void;
    onWaiting(): void;
  };
}

/** One client with the two channels a person always has. */
interface Session {
  readonly client: SupabaseClient;
  readonly ending: AbortController;
  readonly channels: JoinedChannel[];
  isOnline: boolean;
}

/**
 * Keeps a person's link to the project. Signs the person in first: a private channel that is joined before is refused. If the
 * socket or one of its two channels is lost, it drops the whole client and makes a fresh one after a jittered backoff: the
 * library's own reconnect has no jitter and leaks handlers, and a channel object can be joined only once.
 */
export class Link {
  readonly #parts: LinkParts;
  readonly #line: Line;
  #account: Account | undefined;
  #session: Session | undefined;
  #retry: Timer | undefined;
  #stable: Timer | undefined;
  #failures = 0;
  #isOver = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    const { runtime, rng, name, attributes, listener } = parts;
    this.#line = new Line({
      ...{ clock: runtime.clock, rng, name, attributes },
      client: () => this.#session?.client,
      onWaiting: () => listener.onWaiting(),
      onMatch: (match) => listener.onNotice(match),
    });
  }

  /** The id of the person; empty until the person is signed in. */
  get userId(): string {
    return this.#account?.userId ?? "";
  }

  open(): void {
    if (!this.#isOver) void this.#open();
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const { url, anonKey, runtime } = this.#parts;
    const client = createClient(url, anonKey, {
      accessToken: async () => this.#account?.token() ?? null,
      realtime: { heartbeatIntervalMs: HEARTBEAT_MS },
    });
    const session: Session = { client, ending: new AbortController(), channels: [], isOnline: false };
    this.#session = session;
    try {
      this.#account ??= await Account.signIn({ url, anonKey, clock: runtime.clock });
      // The library would send the joins without a token until it has asked for one.
      await client.realtime.setAuth();
    } catch (thrown) {
      return this.#onDown(session, failureOf("CHANNEL_ERROR", toError(thrown)));
    }
    if (this.#session !== session) return;
    this.#join(session, userTopic(this.userId));
    this.#join(session, LOBBY_TOPIC);
  }

  /** Waits in line for a partner, while the link lasts. */
  wait(): void {
    if (this.#session) void this.#line.wait(this.#session.ending.signal);
  }

  enterRoom(match: Match, listener: RoomListener): Room | undefined {
    if (!this.#session) return undefined;
    const { runtime, rng, stats } = this.#parts;
    return new Room({
      client: this.#session.client,
      clock: runtime.clock,
      rng,
      stats,
      personId: this.userId,
      match,
      confirm: (signal) => this.#line.confirm(match.matchId, signal),
      listener,
    });
  }

  /** Closes the link. Idempotent, bounded, never rejects. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#retry?.cancel();
    this.#stable?.cancel();
    const session = this.#session;
    if (session?.isOnline) await withTimeout(this.#parts.runtime.clock, CLOSE_LIMIT_MS, this.#line.leave());
    this.#session = undefined;
    if (session) await this.#discard(session);
  }

  #join(session: Session, topic: string): void {
    const { runtime, stats, listener } = this.#parts;
    const isLobby = topic === LOBBY_TOPIC;
    const joined = joinChannel(session.client, runtime.clock, {
      topic,
      ...(isLobby ? { presenceKey: this.userId } : {}),
      bind: (channel) => {
        if (isLobby) return;
        channel.on("broadcast", { event: "stranger_matched" }, ({ payload }) => {
          const match = readNotice(payload);
          if (match && this.#session === session) listener.onNotice(match);
        });
      },
      onJoined: () => {
        stats.joined();
        this.#onJoined(session);
      },
      onDown: (failure) => this.#onDown(session, failure),
    });
    session.channels.push(joined);
  }

  #onJoined(session: Session): void {
    const lobby = session.channels.find(({ channel }) => channel.topic.endsWith(LOBBY_TOPIC));
    if (this.#session !== session || !lobby || !session.channels.every(({ isJoined }) => isJoined)) return;
    if (session.channels.length < 2) return;
    const { runtime, name, listener } = this.#parts;
    this.#stable = runtime.clock.after(STABLE_AFTER_MS, () => {
      this.#failures = 0;
    });
    session.isOnline = true;
    // Shows the person in the lobby, to be counted. It makes no ticket: the line is a call of its own.
    const since = new Date(runtime.clock.now()).toISOString();
    lobby.channel.track({ user_id: this.userId, name, status: "idle", since }).catch(() => {});
    listener.onOnline();
  }

  #onDown(session: Session, failure: Failure): void {
    // Both channels of a lost socket report it; only the first report counts.
    if (this.#session !== session) return;
    const { runtime, rng, stats, listener } = this.#parts;
    this.#session = undefined;
    this.#stable?.cancel();
    this.#failures += 1;
    stats.failed(failure.errorClass, failure.isRefusal);
    if (session.isOnline) listener.onOffline();
    void this.#discard(session);
    this.#retry = runtime.clock.after(backoffDelayMs(RECONNECT, this.#failures, rng), () => this.open());
  }

  async #discard(session: Session): Promise<void> {
    session.ending.abort(new Error("the link is closed"));
    await withTimeout(this.#parts.runtime.clock, CLOSE_LIMIT_MS, session.client.removeAllChannels()).catch(() => {});
    await withTimeout(
      this.#parts.runtime.clock,
      CLOSE_LIMIT_MS,
      Promise.resolve(session.client.realtime.disconnect()),
    ).catch(() => {});
  }
}
