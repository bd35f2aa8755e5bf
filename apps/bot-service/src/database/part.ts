import { join } from "node:path";
import { type Clock, errorFields, MINUTE_MS, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import { countLeases, createDatabase, type Database, migrate, readMigrations, statement } from "@shoal/store";
import type { Part, PartHealth } from "../part.ts";
import { readDatabaseHealth } from "./health.ts";
import { untilReachable } from "./until-reachable.ts";

/** A query of the daemon takes milliseconds. The limit is far below the silence after which liveness calls a loop stuck. */
const QUERY_LIMIT_MS = 10 * SECOND_MS;
/** A migration of a large table, or the wait for another daemon that migrates, takes longer than other queries may. */
const MIGRATION_LIMIT_MS = 5 * MINUTE_MS;
const PROBE_LIMIT_MS = 2 * SECOND_MS;
const MIGRATIONS = join(import.meta.dirname, "../../../../supabase/migrations");

export interface DatabasePartOptions {
  readonly url: string;
  readonly runtime: Runtime;
  readonly replicaId: string;
  /** Connections for the statements of the daemon. Migrations have one more of their own. */
  readonly maxConnections: number;
  /** Called once the migrations are applied, unless the daemon drains. */
  readonly onReady: () => Promise<void>;
  /** Called with an error that no retry can mend: a changed migration, a refused statement. */
  readonly onFatal: (error: unknown) => void;
}

export type DatabasePart = ReturnType<typeof createDatabasePart>;

/** Connects to the Postgres of this daemon and applies the migrations. */
export function createDatabasePart(options: DatabasePartOptions) {
  const { url, runtime, replicaId, maxConnections, onReady, onFatal } = options;
  const { clock } = runtime;
  const database = createDatabase({ url, runtime, maxConnections, queryLimitMs: QUERY_LIMIT_MS });
  let isMigrated = false;
  let prepared = Promise.resolve();
  let leases = 0;

  /** Tries again while the database is away. Rejects with the signal's reason, or with an error that no retry can mend. */
  const applyMigrations = async (signal: AbortSignal): Promise<void> => {
    // Without prepared statements it need not find out whether a pooler is there, which takes two connections more.
    const patient = createDatabase({
      ...{ url, runtime, maxConnections: 1, prepare: false },
      queryLimitMs: MIGRATION_LIMIT_MS,
    });
    // Asking for pending migrations is a short query, which keeps the limit of the daemon.
    const both: Database = { ...database, transaction: (work) => patient.transaction(work) };
    const message = "the database cannot be reached: no person is matched and no job runs until it can; trying again";
    const apply = () => migrate({ database: both, directory: MIGRATIONS, log: runtime.log });
    try {
      await untilReachable(apply, { runtime, signal, message });
    } finally {
      await patient.close();
    }
  };

  /** Never rejects. */
  const prepare = async (signal: AbortSignal): Promise<void> => {
    try {
      await applyMigrations(signal);
      isMigrated = true;
      if (!signal.aborted) await onReady();
    } catch (thrown) {
      if (!signal.aborted) onFatal(thrown);
    }
  };

  return {
    database,
    isMigrated: () => isMigrated,
    async readHealth() {
      const migrationCount = (await readMigrations(MIGRATIONS)).length;
      return readDatabaseHealth({ database, url, clock, migrationCount });
    },
    name: "database",
    health: databaseHealth(database, clock, () => isMigrated),
    start(signal) {
      prepared = prepare(signal);
    },
    async close(limitMs) {
      // Closing the connection ends a migration that waits for another daemon.
      await withTimeout(clock, limitMs / 2, prepared);
      const counting = isMigrated ? countLeases(database, replicaId) : Promise.resolve(0);
      try {
        // A count that hangs must not keep the connections open: closing them ends it, and it fails this step.
        await withTimeout(clock, limitMs / 4, counting);
      } finally {
        await database.close();
      }
      leases = await counting;
    },
    left: () => ({ leases }),
  } satisfies Part & Record<string, unknown>;
}

/** Reports whether the database answers and has the schema. */
export function databaseHealth(database: Pick<Database, "query">, clock: Clock, isMigrated: () => boolean): PartHealth {
  return {
    dependency: "database",
    isRequired: true,
    async read() {
      try {
        const asked = await withTimeout(
          clock,
          PROBE_LIMIT_MS,
          database.query(statement("dependency_probe", "select 1")),
        );
        if (asked.kind === "timeout") return { state: "down", detail: `no answer within ${PROBE_LIMIT_MS} ms` };
        return isMigrated() ? { state: "ok" } : { state: "down", detail: "the migrations are not applied yet" };
      } catch (thrown) {
        const { error_code: errorCode, error_message: detail } = errorFields(thrown);
        return { state: "down", errorCode, detail };
      }
    },
  };
}
