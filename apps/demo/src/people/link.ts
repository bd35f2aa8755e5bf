import { backoffDelayMs, proportionalJitter, type Rng, type Runtime, type Timer, withTimeout } from "@shoal/kernel";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type JoinedChannel, joinChannel } from "./channel.ts";
import { LOBBY_TOPIC, readNotice, userTopic } from "./contract.ts";
import type { Failure } from "./failure.ts";
import type { Match } from "./person.state.ts";
import { Room, type RoomListener } from "./room.ts";
import type { PeopleStats } from "./stats.ts";
import { type Shown, Status } from "./status.ts";

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
  readonly user: { readonly user_id: string; readonly name: string };
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
  status: Status | undefined;
  isOnline: boolean;
}

/**
 * Keeps a person's link to the project. If the socket or one of its two channels is lost, it drops the whole client and makes
 * a fresh one after a jittered backoff: the library's own reconnect has no jitter and leaks handlers, and a channel object
 * can be joined only once.
 */
export class Link {
  readonly #parts: LinkParts;
  #session: Session | undefined;
  #retry: Timer | undefined;
  #stable: Timer | undefined;
  #failures = 0;
  #isOver = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  open(): void {
    if (this.#isOver) return;
    const { url, anonKey, user } = this.#parts;
    const client = createClient(url, anonKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      realtime: { heartbeatIntervalMs: HEARTBEAT_MS },
    });
    const session: Session = {
      client,
      ending: new AbortController(),
      channels: [],
      status: undefined,
      isOnline: false,
    };
    this.#session = session;
    this.#join(session, userTopic(user.user_id));
    this.#join(session, LOBBY_TOPIC);
  }

  show(shown: Shown): void {
    this.#session?.status?.show(shown);
  }

  enterRoom(match: Match, listener: RoomListener): Room | undefined {
    if (!this.#session) return undefined;
    const { runtime, rng, stats, user } = this.#parts;
    return new Room({
      client: this.#session.client,
      clock: runtime.clock,
      rng,
      stats,
      personId: user.user_id,
      match,
      listener,
    });
  }

  /** Closes the link. Idempotent, bounded, never rejects. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#retry?.cancel();
    this.#stable?.cancel();
    const session = this.#session;
    this.#session = undefined;
    if (session) await this.#discard(session);
  }

  #join(session: Session, topic: string): void {
    const { runtime, stats, user, listener } = this.#parts;
    const isLobby = topic === LOBBY_TOPIC;
    const joined = joinChannel(session.client, runtime.clock, {
      topic,
      ...(isLobby ? { presenceKey: user.user_id } : {}),
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
    const { runtime, rng, user, listener } = this.#parts;
    this.#stable = runtime.clock.after(STABLE_AFTER_MS, () => {
      this.#failures = 0;
    });
    session.isOnline = true;
    session.status = new Status({
      channel: lobby.channel,
      clock: runtime.clock,
      rng,
      user,
      signal: session.ending.signal,
      onWaiting: () => listener.onWaiting(),
    });
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
