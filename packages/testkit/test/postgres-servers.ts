import { ownBackends, ownPostgres } from "../src/own-postgres.ts";

/** A server of a test run. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Switches durability off: these tests do not need it, and syncing takes most of their time on a slow disk. Finds deadlocks at once
 * that they make on purpose. Leaves out what a server does by itself for databases that live longer than a test.
 */
const THROWAWAY_SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  deadlock_timeout: "100ms",
  autovacuum_naptime: "1h",
  checkpoint_timeout: "1h",
  max_wal_size: "8GB",
};

/** Starts the embedded Postgres in a temporary directory, which `stop` removes. */
export function startTestEmbedded(): Promise<RunningServer> {
  return ownPostgres({ settings: THROWAWAY_SETTINGS });
}

/** Returns the server in `DATABASE_URL`, else starts Debian's newest in a temporary directory, else resolves with undefined. */
export async function startTestServer(databaseUrl: string | undefined): Promise<RunningServer | undefined> {
  if (databaseUrl) return { url: databaseUrl, stop: async () => {} };
  if (!ownBackends().includes("server")) return undefined;
  return ownPostgres({ backend: "server", settings: THROWAWAY_SETTINGS });
}
