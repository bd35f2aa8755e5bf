import { ownBackends, ownPostgres } from "../src/own-postgres.ts";

/** A server that a test run may use, and how to end it. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Durability is not what these tests are about, and syncing dominates them on a slow disk. */
const THROWAWAY_SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** The embedded Postgres in a temporary directory, removed by `stop`. */
export function startTestEmbedded(): Promise<RunningServer> {
  return ownPostgres({ settings: THROWAWAY_SETTINGS });
}

/** The server in `DATABASE_URL` as it is, else Debian's newest in a temporary directory, else undefined. */
export async function startTestServer(databaseUrl: string | undefined): Promise<RunningServer | undefined> {
  if (databaseUrl) return { url: databaseUrl, stop: async () => {} };
  if (!ownBackends().includes("server")) return undefined;
  return ownPostgres({ backend: "server", settings: THROWAWAY_SETTINGS });
}
