import type { EventSource, Unsubscribe } from "@shoal/kernel";
import type { ErrorClass, MeaningName } from "./failure-table.ts";

export type { ErrorClass };

/** A plain JSON object, as broadcasts and presence entries carry it. */
export type Payload = Readonly<Record<string, unknown>>;

/** Decides who joins first when joins are short: live rooms, then the lobby, then the rest. @source REALTIME.md 8 */
export type JoinPriority = "room" | "lobby" | "idle";

/** What the server is asked for when the channel joins. Reapplied on every rejoin. */
export interface ChannelConfig {
  /** Receive own broadcasts. Default false. */
  readonly self?: boolean;
  /** Ask for a receipt per broadcast. Default false. */
  readonly ack?: boolean;
  /** Needs a policy on `realtime.messages`, or a key that policies do not hold. Default: the pool's option `private`. */
  readonly private?: boolean;
  /** `key` names our presence entry; `listen` receives the entries of all (quadratic: one observer per topic). Default: no presence. */
  readonly presence?: { readonly key: string; readonly listen: boolean };
  /** Rows to receive. Ready only after the server's own "Subscribed to PostgreSQL" (`changes-ready`). */
  readonly changes?: readonly ChangesFilter[];
}

export interface ChangesFilter {
  readonly event: "*" | "INSERT" | "UPDATE" | "DELETE";
  readonly schema: string;
  readonly table?: string;
  readonly filter?: string;
}

export interface RowChange {
  readonly type: "INSERT" | "UPDATE" | "DELETE";
  readonly schema: string;
  readonly table: string;
  readonly commitTimestamp: string;
  readonly record: Payload;
  readonly oldRecord: Payload;
}

export interface AcquireOptions {
  readonly config?: ChannelConfig;
  /** Default `idle`. */
  readonly priority?: JoinPriority;
  /** False: joins as soon as the budget allows, also while clients start one after the other. Default true. */
  readonly isStaggered?: boolean;
  /** Whose channel it is, for stats and logs, e.g. a bot's id. */
  readonly clientId?: string;
  /** Gives up waiting (rejects with its reason) and frees the slot. */
  readonly signal?: AbortSignal;
  /** Joins tried after the first one before `acquire` rejects, from 0. Default: for ever, for the retryable classes. */
  readonly maxRetries?: number;
  /** Of the waits between joins, in ms. Default 2,000 and 30,000. @source SPEC A */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** The options of SPEC A, by its names: milliseconds; defaults 10, 2,000 and 30,000. */
export interface RetryOptions {
  readonly maxRetries?: number;
  readonly baseDelay?: number;
  readonly maxDelay?: number;
}

/** Everyone in a topic: key -> entries (one per connection with that key). */
export type PresenceState = Readonly<Record<string, readonly Payload[]>>;

/** The one meaning of a failure: docs/classification.md has each with its class and what follows. */
export type FailureCause = MeaningName;

/**
 * What the pool thinks of the server: `unknown` until the first probe answered; `held` joins stop for a cool-down after a
 * rate or capacity signal; `away` nothing answers and one probe looks; `refused` key or project are refused, looked at slowly.
 */
export type BreakerStatus = "unknown" | "up" | "held" | "away" | "refused";

/** What the server counts per project, and the pool spends by the same model. */
export type BudgetName = "joins" | "events" | "presence";

export type ChannelStatus = "waiting" | "joining" | "joined" | "failed" | "released";

/**
 * One topic, held for as long as its holder wants it. It outlives sockets: after a loss it rejoins by itself, with the
 * same handlers, config and presence entry.
 */
export interface PooledChannel {
  readonly topic: string;
  readonly clientId: string;
  readonly status: ChannelStatus;
  /** Listens to broadcasts with that event name, `"*"` for all, from now on and across rejoins. */
  onBroadcast(event: string, listener: (payload: Payload, event: string) => void): Unsubscribe;
  /**
   * The whole presence state whenever it changed. Needs `presence.listen`. After a rejoin the first call is the fresh state.
   * Entries of more than 4,096 characters of JSON or 32 levels, or under a key of more than 1,024 characters, are left out
   * (`presence:dropped`).
   */
  onPresence(listener: (state: PresenceState) => void): Unsubscribe;
  onChange(listener: (change: RowChange) => void): Unsubscribe;
  /** `lost` when the channel is no longer joined, `recovered` with the gap in ms when it is again, `failed` when it will not be. */
  readonly events: EventSource<PooledChannelEvents>;
  /**
   * Sends one broadcast over the socket. With `ack` resolves when the server has it, otherwise when it was handed over.
   * Waits its turn, up to `sendWaitMs`, while the events of the project are spent or exceeded.
   * @throws POOL_NOT_JOINED (retryable) the channel is not joined now
   * @throws POOL_SEND_FAILED (retryable) refused or no answer in time
   * @throws POOL_SEND_THROTTLED (retryable) its turn did not come in time
   * @throws POOL_CLOSED the pool is draining
   */
  send(event: string, payload: Payload): Promise<void>;
  /**
   * Sets our presence entry; kept and tracked again after a rejoin. Within 5 calls per 30 s and the presence events of the
   * project: later ones wait, the last one wins. Resolves when the server has it, however long it is away.
   * @throws POOL_NOT_JOINED the channel was released or has failed
   * @throws POOL_SEND_FAILED refused, not retryable where the entry is at fault; or no answer in time, then it is said again
   */
  track(entry: Payload): Promise<void>;
  /** Takes the entry back, by the same rules. Nothing is said where the server has none. */
  untrack(): Promise<void>;
  /** Leaves and frees the slot. Idempotent; never rejects. */
  release(): Promise<void>;
}

export interface PooledChannelEvents {
  joined: { readonly attempt: number };
  /** `silentMs`: how long its socket had brought nothing by then. */
  lost: { readonly errorClass: ErrorClass; readonly reason: string; readonly silentMs: number };
  recovered: { readonly gapMs: number };
  failed: { readonly errorClass: ErrorClass; readonly reason: string };
  /**
   * The server now streams the asked-for rows: by its own word, which comes up to seconds after the join, and again after
   * every rejoin and every outage of its stream. What changed before is not sent: read it at each of these.
   */
  "changes-ready": Record<never, never>;
  /**
   * It does not, or not any more; the channel itself stays joined. Unless what was asked for is wrong (class
   * `configuration`), the channel rejoins if it is not ready again within 30 s.
   */
  "changes-failed": { readonly errorClass: ErrorClass; readonly reason: string };
}

/** What the pool tells a monitor. Ids in fields; never payloads. */
export interface PoolEvents {
  "socket:opening": { readonly socketId: string };
  "socket:open": { readonly socketId: string; readonly handshakeMs: number };
  "socket:closed": { readonly socketId: string; readonly code: number; readonly errorClass: ErrorClass | null };
  "heartbeat:answered": { readonly socketId: string; readonly roundTripMs: number };
  "channel:joining": { readonly topic: string; readonly clientId: string; readonly attempt: number };
  "channel:joined": {
    readonly topic: string;
    readonly clientId: string;
    readonly attempt: number;
    readonly joinMs: number;
  };
  "channel:refused": {
    readonly topic: string;
    readonly clientId: string;
    readonly attempt: number;
    readonly errorClass: ErrorClass;
    readonly reason: string;
    readonly retryInMs: number | null;
  };
  "channel:lost": {
    readonly topic: string;
    readonly clientId: string;
    readonly errorClass: ErrorClass;
    readonly reason: string;
  };
  "channel:recovered": { readonly topic: string; readonly clientId: string; readonly gapMs: number };
  "channel:failed": {
    readonly topic: string;
    readonly clientId: string;
    readonly errorClass: ErrorClass;
    readonly reason: string;
  };
  "channel:released": { readonly topic: string; readonly clientId: string };
  "message:sent": { readonly topic: string };
  "message:received": { readonly topic: string };
  /** A broadcast to that topic was not read: more than 131,072 characters, or 64 levels. */
  "message:dropped": { readonly topic: string };
  /** Entries of others were left out of what `onPresence` shows: too large, too deep, under too long a key or malformed. */
  "presence:dropped": { readonly topic: string; readonly count: number };
  "notice:sent": { readonly topic: string; readonly durationMs: number };
  "notice:failed": { readonly topic: string; readonly errorClass: ErrorClass; readonly reason: string };
  "breaker:changed": {
    readonly state: BreakerStatus;
    readonly errorClass: ErrorClass | null;
    /** What it means, by its name in docs/classification.md. */
    readonly cause: FailureCause | null;
    readonly nextProbeInMs: number | null;
  };
  /** The server said that a limit was reached: `ratio` of the share is left, nothing is spent for `coolDownMs`. */
  "budget:throttled": { readonly budget: BudgetName; readonly ratio: number; readonly coolDownMs: number };
  "send:waited": { readonly topic: string; readonly waitMs: number };
  /** A send given up because the budget stayed spent. */
  "send:refused": { readonly topic: string };
  "canary:answered": { readonly socketId: string; readonly roundTripMs: number };
  "canary:lost": { readonly socketId: string; readonly silentMs: number };
  "socket:stale": { readonly socketId: string; readonly silentMs: number };
  "token:refreshed": { readonly expiresInMs: number | null };
  "token:failed": { readonly reason: string };
  "changes:ready": { readonly topic: string; readonly clientId: string; readonly waitMs: number };
  "changes:failed": {
    readonly topic: string;
    readonly clientId: string;
    readonly errorClass: ErrorClass;
    readonly reason: string;
  };
}

/** A snapshot; cheap enough for every scrape. */
export interface PoolStats {
  readonly sockets: {
    readonly open: number;
    readonly connecting: number;
    /** Joins on untried topics under way, each on a socket of its own as far as there is one. */
    readonly probing: number;
    readonly max: number;
  };
  readonly breaker: {
    readonly state: BreakerStatus;
    readonly errorClass: ErrorClass | null;
    readonly cause: FailureCause | null;
  };
  readonly slots: { readonly held: number; readonly free: number; readonly capacity: number };
  /** Now; `failed` and `released` since start. */
  readonly channels: Readonly<Record<ChannelStatus, number>>;
  readonly joins: {
    /** Joins sent since start, and how many the server refused. */
    readonly total: number;
    readonly refused: number;
    /** Channels that wait for their join, and how many of these do so because clients start one after the other. */
    readonly pending: number;
    readonly paced: number;
  };
  /** Spent and allowed in the server's current window, and what rate signals left of our share, 0 to 1. */
  readonly budgets: Readonly<
    Record<BudgetName, { readonly used: number; readonly allowed: number; readonly ratio: number }>
  >;
  /** Handshakes tried for sockets that went, or were refused, without our wish. */
  readonly reconnects: number;
  /** Join replies and heartbeats, the latest 1,024. */
  readonly responseMs: { readonly mean: number; readonly p50: number; readonly p95: number; readonly p99: number };
  readonly errorsByClass: Readonly<Record<ErrorClass, number>>;
}

/** One channel that a pool holds, for people to see. */
export interface ChannelFigures {
  readonly topic: string;
  readonly clientId: string;
  readonly status: ChannelStatus;
  readonly priority: JoinPriority;
  /** Whose slot it has; null: none at the moment. */
  readonly socketId: string | null;
}

/** One socket of a pool, for people to see. */
export interface SocketFigures {
  readonly socketId: string;
  readonly status: "planned" | "connecting" | "open" | "closing" | "closed";
  readonly slotsHeld: number;
}

export interface RealtimePool {
  readonly events: EventSource<PoolEvents>;
  /**
   * Takes a slot and resolves when the channel has joined. Retries the retryable classes with jittered backoff. Rejects
   * with the signal's reason, or with that of `destroy`, when either comes first.
   * @throws POOL_BAD_TOPIC empty, or more than 246 bytes
   * @throws POOL_BAD_OPTIONS a number out of range
   * @throws POOL_CAPACITY_EXHAUSTED (retryable) sockets and waiting room are full
   * @throws POOL_JOIN_REFUSED not retryable class, or `maxRetries` used up; `details.errorClass`
   * @throws POOL_CLOSED the pool is draining
   */
  acquire(topic: string, options?: AcquireOptions): Promise<PooledChannel>;
  /** `acquire` by SPEC A's signature; `maxRetries` 10 by default. */
  createChannelWithRetry(
    clientId: string,
    channelName: string,
    config?: ChannelConfig,
    retry?: RetryOptions,
  ): Promise<PooledChannel>;
  /**
   * One broadcast by HTTP: no socket, no join. Retried up to `maxRetries` (3) times. Waits its turn like a message, and
   * before all of them. Fails at once while 1,000 wait for a server that does not answer.
   * @throws POOL_BAD_TOPIC empty, or more than 246 bytes
   * @throws POOL_SEND_THROTTLED (retryable) its turn did not come in time
   * @throws POOL_NOTICE_FAILED `details.errorClass`, retryable by class
   * @throws POOL_CLOSED the pool is draining
   */
  broadcast(topic: string, event: string, payload: Payload): Promise<void>;
  /**
   * Spends only that part of `joinShare` of events and presence events from now on, more than 0 and 1 at most: one divided by the
   * number of pools that share the project. Joins are shared by `joinAllowance`.
   * @throws POOL_BAD_OPTIONS a ratio out of range
   */
  setShare(ratio: number): void;
  getStats(): PoolStats;
  /** The channels that are held now, in the order in which they were asked for. Costs as much as there are. */
  listChannels(): readonly ChannelFigures[];
  listSockets(): readonly SocketFigures[];
  /** One log line with `getStats()`, one more per socket at debug level. */
  logDetailedStatus(): void;
  /** No new channels; releases all, closes the sockets. Idempotent. */
  close(): Promise<void>;
  /** Drops everything now. Idempotent. */
  destroy(reason: Error): void;
}
