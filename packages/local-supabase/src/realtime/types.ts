import type { EventSource, Runtime } from "@shoal/kernel";
import type { FaultKind, RealtimeFaults } from "./faults/types.ts";
import type { LimitsOption } from "./limits.ts";
import type { AccessRule } from "./policies.ts";

/** What the server does, as typed events. `socketId` counts from 1. `topic` carries the `realtime:` prefix. */
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
  /** A row that reached nobody because database changes are over the limit of events. */
  "changes:skipped": { readonly schema: string; readonly table: string };
  /** A row that `faults.muteChanges` kept from everybody. */
  "changes:muted": { readonly schema: string; readonly table: string };
  "fault:started": { readonly kind: FaultKind };
  "fault:ended": { readonly kind: FaultKind };
}

/** Counts since the start, except `sockets`, `channels`, `topics` and `presenceEntries`, which are what is there now. */
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
  /** Frames sent to clients because of broadcasts, presence and database changes: the fan-out. */
  readonly deliveries: number;
  readonly presenceCalls: number;
  readonly databaseChanges: number;
}

export interface RealtimeServerOptions {
  readonly runtime: Runtime;
  /** Signs and verifies every key: HS256. */
  readonly jwtSecret: string;
  /** 0 to 65535; 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /**
   * A direct Postgres with `wal_level=logical` and a user that may replicate: the source of `postgres_changes`. Without
   * it they answer the system error.
   */
  readonly databaseUrl?: string;
  /** Default self-hosted. */
  readonly limits?: LimitsOption | undefined;
  /** Who may do what on private topics. Default: `service_role` everything, everybody else nothing. */
  readonly access?: AccessRule | undefined;
}

/** What an operator may set of a running project. What is left out stays. */
export interface TenantSettings {
  /** A suspended project opens no socket (403) and takes no HTTP broadcast (403). Default false. */
  readonly isSuspended?: boolean;
  /** A project for private channels only refuses to join public ones. Default false. */
  readonly isPrivateOnly?: boolean;
}

/** A running server. */
export interface RealtimeServer {
  /** `http://host:port`, what a client calls the project's url. */
  readonly url: string;
  readonly port: number;
  readonly events: EventSource<RealtimeEvents>;
  stats(): RealtimeStats;
  /**
   * Replaces the limits. What was counted stays counted, and a rate is looked at again at its counter's next tick, within
   * 5 s. Errors: `LOCAL_REALTIME_LIMITS`; the old limits then stay.
   */
  setLimits(option: LimitsOption): void;
  /** A setting that changes disconnects everybody: "Server requested disconnect" on each channel, then 1012. */
  setTenant(settings: TenantSettings): void;
  /** What can be made to go wrong. */
  readonly faults: RealtimeFaults;
  /**
   * Lifts every fault, closes every socket with 1012, stops listening and reading the database. Idempotent; nothing is
   * left behind.
   */
  close(): Promise<void>;
}
