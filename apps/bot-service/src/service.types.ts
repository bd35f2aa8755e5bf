import type { RealtimeServer } from "@shoal/local-supabase";
import type { RealtimePool } from "@shoal/realtime-pool";

/** State of a running daemon, for the demo's live view, `/api/health` and tests. */
export interface ServiceSnapshot {
  readonly people: { readonly present: number; readonly waiting: number };
  readonly bots: {
    readonly target: number;
    readonly starting: number;
    readonly idle: number;
    readonly talking: number;
    readonly stopping: number;
    readonly quarantined: number;
  };
  /** Made by this replica since its start, confirmed or not; and live in the database now, of all replicas, as of the last second. */
  readonly matches: { readonly personPerson: number; readonly personBot: number; readonly live: number };
  readonly messages: { readonly sent: number; readonly received: number; readonly malformed: number };
  readonly joins: {
    readonly total: number;
    readonly refused: number;
    readonly windowUsed: number;
    readonly windowBudget: number;
  };
  readonly sockets: number;
  readonly slots: number;
  readonly errorsByClass: Readonly<Record<string, number>>;
}

/** Addresses and keys for other programs, printed by `shoal env`. `null` where the backend is not the embedded one. */
export interface ServiceEnvironment {
  readonly SUPABASE_URL: string;
  readonly SUPABASE_ANON_KEY: string | null;
  readonly SUPABASE_SERVICE_ROLE_KEY: string;
  readonly DATABASE_URL: string;
  readonly SHOAL_URL: string;
  readonly SHOAL_API_TOKEN: string;
  /** `<process id> <SUPABASE_URL>`: marks an embedded backend, which ends with that daemon. */
  readonly SHOAL_EMBEDDED_BACKEND?: string | undefined;
}

/** Result of a drain. `clean` means that it ended in time and left nothing: sockets, slots, leases and timers are all 0. */
export interface DrainReport {
  readonly clean: boolean;
  readonly durationMs: number;
  readonly left: { readonly sockets: number; readonly slots: number; readonly leases: number; readonly timers: number };
  /** Work handed back unfinished, for other workers: ids of jobs, of messages as `<queue>:<message id>`, and of strategies. */
  readonly handedBack: {
    readonly jobIds: readonly string[];
    readonly messages: readonly string[];
    readonly strategyIds: readonly string[];
  };
}

export interface Service {
  readonly environment: ServiceEnvironment;
  /** The embedded Realtime server, so that tests and chaos can break it; null where a project's is used. */
  readonly realtime: RealtimeServer | null;
  readonly pool: Pick<RealtimePool, "events" | "getStats">;
  snapshot(): ServiceSnapshot;
  /** Turns of this daemon's bots so far, by who decided the words; and what the model's cost, in US dollars. */
  spoken(): { readonly model: number; readonly rules: number; readonly safety: number; readonly dollars: number };
  /** Resolves once the migrations are applied and all parts have started. Never rejects: `onFatal` tells of what cannot be mended. */
  readonly opened: Promise<void>;
  /** Address of a page of the console (`""`: the first one), which opens it once, within a minute; undefined where none is served. */
  consoleLink(page: string): string | undefined;
  /** Says goodbye in every room, releases everything and stops the embedded backend. Idempotent: returns one report. */
  drain(): Promise<DrainReport>;
}
