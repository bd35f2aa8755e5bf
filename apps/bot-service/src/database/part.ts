import { join } from "node:path";
import { type Clock, type EventSource, errorFields, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import { countLeases, type Database, migrate, readMigrations, type StoreEvents, statement } from "@shoal/store";
import type { Config } from "../config.ts";
import { statementRoutes } from "../http/statements.ts";
import type { Part, PartHealth } from "../part.ts";
import { openConnections } from "./connections.ts";
import { readDatabaseHealth } from "./health.ts";
import { observeDatabase } from "./metrics.ts";
import { observeSlowStatements } from "./slow-statements.ts";
import { countStatements, readServerStatements } from "./statement-figures.ts";
import { untilReachable } from "./until-reachable.ts";

const PROBE_LIMIT_MS = 2 * SECOND_MS;
const PROBE = statement("dependency_probe", "select 1");
/** Longer than the time between two pulses of an idle daemon. */
const JUST_MS = 4 * SECOND_MS;
const MIGRATIONS = join(import.meta.dirname, "../../../../supabase/migrations");

export interface DatabasePartOptions {
  readonly url: string;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly config: Pick<Config, "databaseConnections" | "databaseWaitMs" | "slowQueryMs">;
  /** Called once the migrations are applied, unless the daemon drains. */
  readonly onReady: () => Promise<void>;
  /** Called with an error that no retry can mend: a changed migration, a refused statement. */
  readonly onFatal: (error: unknown) => void;
}

export type DatabasePart = ReturnType<typeof createDatabasePart>;

/** Connects to the Postgres of this daemon and applies the migrations. */
export function createDatabasePart(options: DatabasePartOptions) {
  const { url, runtime, replicaId, config, onReady, onFatal } = options;
  const { clock } = runtime;
  const connections = openConnections({ url, runtime, config });
  const { database, events, patientEvents } = connections;
  const counted = countStatements([events, patientEvents]);
  const answers = watchAnswers(events, clock);
  let isMigrated = false;
  let prepared = Promise.resolve();
  let leases = 0;

  /** Tries again while the database is away. Rejects with the signal's reason, or with an error that no retry can mend. */
  const applyMigrations = async (signal: AbortSignal): Promise<void> => {
    // Asking for pending migrations is a short query, which keeps the limit of the daemon.
    const both: Database = { ...database, transaction: (work) => connections.migrations.transaction(work) };
    const message = "the database cannot be reached: no person is matched and no job runs until it can; trying again";
    const apply = () => migrate({ database: both, directory: MIGRATIONS, log: runtime.log });
    await untilReachable(apply, { runtime, signal, message });
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
    backgroundDatabase: connections.background,
    housekeepingDatabase: connections.housekeeping,
    /** Of all statements, those of patient callers apart. */
    events: [events, patientEvents],
    connections: connections.figures,
    isMigrated: () => isMigrated,
    async readHealth() {
      const migrationCount = (await readMigrations(MIGRATIONS)).length;
      return readDatabaseHealth({ database, url, clock, migrationCount });
    },
    name: "database",
    health: databaseHealth(database, clock, { isMigrated: () => isMigrated, hasJustAnswered: answers.areFresh }),
    routes: () => statementRoutes(async () => (await readServerStatements(database)) ?? counted.slowest()),
    observe: (metrics) => [
      answers.stop,
      observeDatabase(metrics, [events, patientEvents], connections.figures),
      observeSlowStatements(metrics, { ...runtime, events, slowMs: config.slowQueryMs }),
    ],
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
        await connections.close(limitMs / 4);
        counted.close();
      }
      leases = await counting;
    },
    left: () => ({ leases }),
  } satisfies Part & Record<string, unknown>;
}

/** Whether the latest outcome of a statement is an answer, a moment ago. */
function watchAnswers(events: EventSource<StoreEvents>, clock: Clock) {
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  const stop = events.on("statement:ended", ({ errorCode }) => {
    answeredAtMs = errorCode === "STORE_UNAVAILABLE" ? Number.NEGATIVE_INFINITY : clock.monotonicMs();
  });
  return { areFresh: () => clock.monotonicMs() - answeredAtMs < JUST_MS, stop };
}

interface KnownOfDatabase {
  readonly isMigrated: () => boolean;
  /** Whether others had an answer just now, so that nothing need be asked. */
  readonly hasJustAnswered: () => boolean;
}

/** Reports whether the database answers and has the schema. */
export function databaseHealth(
  database: Pick<Database, "query">,
  clock: Clock,
  { isMigrated, hasJustAnswered }: KnownOfDatabase,
): PartHealth {
  return {
    dependency: "database",
    isRequired: true,
    async read() {
      try {
        if (!hasJustAnswered()) {
          const asked = await withTimeout(clock, PROBE_LIMIT_MS, database.query(PROBE));
          if (asked.kind === "timeout") return { state: "down", detail: `no answer within ${PROBE_LIMIT_MS} ms` };
        }
        return isMigrated() ? { state: "ok" } : { state: "down", detail: "the migrations are not applied yet" };
      } catch (thrown) {
        const { error_code: errorCode, error_message: detail } = errorFields(thrown);
        return { state: "down", errorCode, detail };
      }
    },
  };
}
