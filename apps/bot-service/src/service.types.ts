import type { RealtimeServer } from "@shoal/local-supabase";
import type { RealtimePool } from "@shoal/realtime-pool";

/** What a running daemon shows of itself, in process: to the demo's live view, `/api/health` and tests. */
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
  /** Made since start, confirmed or not; and live now, as far as this replica knows: it is not told who ends the talk of two people elsewhere. */
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

/** What any other program needs to join in; printed by `shoal env`. `null` where the backend is not ours. */
export interface ServiceEnvironment {
  readonly SUPABASE_URL: string;
  readonly SUPABASE_ANON_KEY: string | null;
  readonly SUPABASE_SERVICE_ROLE_KEY: string;
  readonly DATABASE_URL: string;
  readonly SHOAL_URL: string;
  readonly SHOAL_API_TOKEN: string;
}

/** How the end went. `clean` means that nothing was left: sockets, slots, leases, timers all 0 and in time. */
export interface DrainReport {
  readonly clean: boolean;
  readonly durationMs: number;
  readonly left: { readonly sockets: number; readonly slots: number; readonly leases: number; readonly timers: number };
  /** Unfinished in time, to be done by somebody else: ids of jobs, and of messages as `<queue>:<message id>`. */
  readonly handedBack: { readonly jobIds: readonly string[]; readonly messages: readonly string[] };
}

export interface Service {
  readonly environment: ServiceEnvironment;
  /** The embedded Realtime server, to be broken on demand; null where a project's is used. */
  readonly realtime: RealtimeServer | null;
  readonly pool: Pick<RealtimePool, "events" | "getStats">;
  snapshot(): ServiceSnapshot;
  /** Says goodbye in every room, releases everything, stops the embedded backend if it is ours. Idempotent: one report. */
  drain(): Promise<DrainReport>;
}
