import type { EventSource, Runtime } from "@shoal/kernel";
import type { LimitsOption } from "./limits.ts";
import type { PolicyCheck } from "./policies/policy-check.ts";
import type { UserTokenKey } from "./tokens.ts";

/** Events of the server. `socketId` counts from 1. `topic` carries the `realtime:` prefix. */
export interface RealtimeEvents {
  "socket:opened": { readonly socketId: number };
  "socket:closed": { readonly socketId: number; readonly code: number };
  "socket:refused": { readonly status: number; readonly reason: string };
  "join:accepted": { readonly socketId: number; readonly topic: string };
  "join:refused": { readonly socketId: number; readonly topic: string; readonly reason: string };
  "channel:closed": { readonly socketId: number; readonly topic: string };
  "broadcast:received": { readonly topic: string; readonly event: string };
  "changes:live": { readonly slot: string };
  "changes:lost": { readonly reason: string };
  /** A row was delivered to no channel, because database changes are over the limit of events. */
  "changes:skipped": { readonly schema: string; readonly table: string };
  /** A row was delivered to no channel, because of `faults.muteChanges`. */
  "changes:muted": { readonly schema: string; readonly table: string };
  "fault:started": { readonly kind: FaultKind };
  "fault:ended": { readonly kind: FaultKind };
}

/** Counts since the start, except `sockets`, `channels`, `topics` and `presenceEntries`, which are present numbers. */
export interface RealtimeStats {
  readonly sockets: number;
  readonly channels: number;
  readonly topics: number;
  readonly presenceEntries: number;
  readonly socketsOpened: number;
  readonly socketsRefused: number;
  readonly joinsAccepted: number;
  readonly joinsRefused: number;
  /** Broadcasts accepted, from sockets and over HTTP. */
  readonly broadcasts: number;
  /** Frames sent to clients for broadcasts, presence and database changes: the fan-out. */
  readonly deliveries: number;
  readonly presenceCalls: number;
  readonly databaseChanges: number;
}

export interface RealtimeServerOptions {
  readonly runtime: Runtime;
  /** Signs and verifies every key: HS256. */
  readonly jwtSecret: string;
  /** Verifies the tokens of signed-in users. Without it only HS256 is accepted. */
  readonly userTokenKey?: UserTokenKey | undefined;
  /** Answers the requests of the project that are for another service than Realtime; undefined for all others. */
  readonly otherServices?: ((request: Request) => Promise<Response> | undefined) | undefined;
  /** 0 to 65535. The default, 0, takes a free port. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /**
   * The Postgres that is asked for the rights on private topics, and the source of `postgres_changes`: reached directly, with
   * `wal_level=logical`, what `BOOTSTRAP_SQL` makes, and a user that may replicate, bypass row security and take every role.
   * Without it a subscription is answered with a system error.
   */
  readonly databaseUrl?: string;
  /** Default: self-hosted. */
  readonly limits?: LimitsOption | undefined;
  /** Decides on private topics. Default: the database; without one, all for `service_role` and nothing for other roles. */
  readonly policies?: PolicyCheck | undefined;
}

/** Settings an operator may change while the project runs. What is left out keeps its value. */
export interface TenantSettings {
  /** Refuses upgrades and HTTP broadcasts with 403. Default: false. */
  readonly isSuspended?: boolean;
  /** Refuses joins of public channels. Default: false. */
  readonly isPrivateOnly?: boolean;
  /** Gives presence to clients that ask for it without `enabled`, as realtime-js before 2.12 does. Default: true. */
  readonly isPresenceOn?: boolean;
}

/** A running server. */
export interface RealtimeServer {
  /** `http://host:port`, what a client calls the URL of the project. */
  readonly url: string;
  readonly port: number;
  readonly events: EventSource<RealtimeEvents>;
  stats(): RealtimeStats;
  /**
   * Replaces the limits. Counts are kept, and a new rate applies from the next tick of its counter, within 5 s.
   * Errors: `LOCAL_REALTIME_LIMITS`; the old limits then stay.
   */
  setLimits(option: LimitsOption): void;
  /** Changes settings. A change disconnects all clients: "Server requested disconnect" on each channel, then 1012. */
  setTenant(settings: TenantSettings): void;
  /**
   * Shows presence entries of nobody in a public topic (without prefix) that somebody has joined, each under a key of its own and
   * all told in one diff: so many clients would send each other the square of their number. They leave with the server or the
   * last channel of the topic. @returns what takes them out again
   */
  crowd(topic: string, payloads: readonly Readonly<Record<string, unknown>>[]): Lift;
  /** Faults that can be made to happen. */
  readonly faults: RealtimeFaults;
  /**
   * Lifts every fault, closes every socket with 1012, stops listening and stops reading the database. Leaves nothing
   * behind. Idempotent.
   */
  close(): Promise<void>;
}

/** Ends a fault. Idempotent. */
export type Lift = () => void;

/** A fault, named by the method that makes it. */
export type FaultKind = keyof RealtimeFaults;

/** The answer to a refused upgrade. */
export interface UpgradeFault {
  /** An HTTP status, 400 to 599. */
  readonly status: number;
  readonly reason: string;
}

/** The answer to a refused join. */
export interface JoinFault {
  readonly reason: string;
  /** Whether the socket is closed with 1001 right after the answer, as it is over the join limit. Default: false. */
  readonly closesSocket?: boolean | undefined;
  /** Matched with the topic without its `realtime:` prefix. Default: every topic. */
  readonly topic?: RegExp | undefined;
}

/** From how many ms to how many, both 0 or more. */
export interface DelayRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How a server goes down, and for how long. */
export interface RestartFault {
  /** `clean`: sockets close with 1012, as on SIGTERM. `crash`: connections break, 1006, as on SIGKILL. */
  readonly kind: "clean" | "crash";
  /** Ms, 0 or more, during which connections are refused. */
  readonly downMs: number;
}

/**
 * Makes the server fail as the real one can. Each fault emits `fault:started` and, when it is over, `fault:ended`. Lasting
 * faults can be active together and several times. Each ends by its own `Lift`; `server.close()` lifts the rest.
 *
 * @source REALTIME-FRAMES.md: frames, codes and delays; the order of frames is the recorded one
 */
export interface RealtimeFaults {
  /** Closes every socket at once. `code`: 1000 to 4999; the default, 1006, sends no close frame. @returns how many */
  dropSockets(code?: number): number;
  /**
   * Restarts the server on the same port, with no joined channels, no presence and new rate counters. Counts of `stats()`
   * and other faults continue. Resolves when it listens again, or when the server is closed meanwhile. A second call
   * during a restart returns the promise of the first.
   *
   * Errors: `LOCAL_REALTIME_PORT` when another process took the port meanwhile. The server then stays down.
   */
  restart(fault: RestartFault): Promise<void>;
  /** Disconnects all clients, as a changed setting of the project does: "Server requested disconnect" on every channel, then 1012. */
  requestDisconnect(): void;
  /** Refuses upgrades with valid keys after 2 s, with `{"error": reason}`. */
  refuseUpgrades(fault: UpgradeFault): Lift;
  /** Refuses joins after 5 s, in which their socket answers nothing else. */
  refuseJoins(fault: JoinFault): Lift;
  /**
   * Drops every frame in both directions, while sockets open and stay open. Not even a close frame of the server arrives,
   * so a socket it closes (after 60 s of silence, for instance) stays open for its client. Once the fault is lifted, such a
   * socket breaks with 1006 at the client's next frame. `dropSockets` and `restart` end them all. HTTP is answered.
   */
  halfOpen(): Lift;
  /** Delays every outgoing frame by `ms` (0 or more), in order. Several delays add up. */
  delay(ms: number): Lift;
  /** Ends each channel of `topic` (without prefix) as a crash of its process does: `phx_error`. @returns how many channels */
  crashChannel(topic: string): number;
  /** Closes each channel of `topic` (without prefix): `message` as system error, then `phx_close`. @returns how many */
  closeChannel(topic: string, message: string): number;
  /** Removes every tracked presence entry without a message. @returns how many entries */
  losePresence(): number;
  /**
   * Drops the rows of `postgres_changes`. They are not sent later, and channels stay joined without a message, as after an
   * outage of the database. Each dropped row emits `changes:muted`.
   */
  muteChanges(): Lift;
  /**
   * Delivers each row of `postgres_changes` late by a time in the range, in order, as the real server does, which polls its
   * slot. Default: 230 to 420 ms, as measured there. Of several ranges the first counts.
   */
  delayChanges(range?: DelayRange): Lift;
  /**
   * Ends every present subscription to `postgres_changes` without a message: its channel stays joined and hears of no row until
   * it joins again, as after a long outage of the database on the real server. @returns how many channels
   */
  silenceChanges(): number;
  /**
   * Puts the project over its limit of events, as another client can. From the next tick of the counter (at most 5 s)
   * every channel that is sent a message is shut. After the lift that lasts until the average is below the limit, up to
   * 60 s.
   */
  exceedEvents(): Lift;
  /** As `exceedEvents`, for joins: upgrades get 429, joins are refused and their sockets closed with 1001. */
  exceedJoins(): Lift;
}
