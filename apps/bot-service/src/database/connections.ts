import { createEmitter, type EventSource, HOUR_MS, MINUTE_MS, type Runtime, SECOND_MS } from "@shoal/kernel";
import { type ConnectionFigures, createDatabase, type Database, type StoreEvents } from "@shoal/store";
import type { Config } from "../config.ts";

/** How the connections of one daemon are shared among its uses. */
export interface ConnectionShares {
  /** For all statements but those that take long. */
  readonly shared: number;
  /** Of these, what may be held at a time by what can wait. */
  readonly background: number;
}

/** Kept for LISTEN: all channels are heard over one. */
const LISTENING = 1;
/** Kept for what takes long: the migrations at start, later `housekeeping`. They never wait for the others. */
const PATIENT = 1;

/** Shares `total` connections, 4 or more: what can wait may hold a third of what LISTEN and long statements leave. */
export function shareConnections(total: number): ConnectionShares {
  const shared = total - LISTENING - PATIENT;
  return { shared, background: Math.max(1, Math.floor(shared / 3)) };
}

/** A query of the daemon takes milliseconds. The limit is far below the silence after which liveness calls a loop stuck. */
const QUERY_LIMIT_MS = 10 * SECOND_MS;
const BACKGROUND_QUERY_LIMIT_MS = MINUTE_MS;
/** A migration of a large table, or the wait for another daemon that migrates, takes longer than other queries may. */
const MIGRATION_LIMIT_MS = 5 * MINUTE_MS;
/** VACUUM of a large table takes many minutes. */
const HOUSEKEEPING_LIMIT_MS = HOUR_MS;

export interface ConnectionOptions {
  readonly url: string;
  readonly runtime: Runtime;
  readonly config: Pick<Config, "databaseConnections" | "databaseWaitMs">;
}

/** The databases of one daemon, over the few connections that it may open. They are closed at rest. */
export interface Connections {
  /** For the daemon's own statements, and LISTEN. */
  readonly database: Database;
  /** For handlers of jobs and queues, and dashboards: however busy, they delay neither the renewal of a lease nor a match. */
  readonly background: Database;
  readonly migrations: Database;
  readonly housekeeping: Database;
  /** Of all statements but those of migrations and housekeeping. */
  readonly events: EventSource<StoreEvents>;
  /** Of migrations and housekeeping, which take as long as they take. */
  readonly patientEvents: EventSource<StoreEvents>;
  figures(): ConnectionFigures;
  /** Waits for running statements, so long at most (by default up to their limits). Idempotent. */
  close(limitMs?: number): Promise<void>;
}

export function openConnections({ url, runtime, config }: ConnectionOptions): Connections {
  const { shared, background } = shareConnections(config.databaseConnections);
  const events = createEmitter<StoreEvents>();
  const patientEvents = createEmitter<StoreEvents>();
  const base = { url, runtime, waitLimitMs: config.databaseWaitMs };
  const database = createDatabase({ ...base, events, maxConnections: shared, queryLimitMs: QUERY_LIMIT_MS });
  // Without prepared statements it need not find out whether a pooler is there, which takes two connections more.
  const patient = createDatabase({
    ...{ ...base, events: patientEvents, maxConnections: PATIENT, prepare: false },
    queryLimitMs: HOUSEKEEPING_LIMIT_MS,
  });
  return {
    database,
    background: database.share({ maxConnections: background, queryLimitMs: BACKGROUND_QUERY_LIMIT_MS }),
    migrations: patient.share({ queryLimitMs: MIGRATION_LIMIT_MS }),
    housekeeping: patient,
    events,
    patientEvents,
    figures: () => database.connections(),
    close: async (limitMs) => void (await Promise.all([database.close(limitMs), patient.close(limitMs)])),
  };
}
