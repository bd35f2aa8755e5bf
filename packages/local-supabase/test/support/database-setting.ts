import { type Backend, type TestDatabase, testDatabase } from "@shoal/testkit";
import { BOOTSTRAP_SQL } from "../../src/postgres/bootstrap-sql.ts";
import { RawClient } from "./raw-client.ts";
import { startDatabaseServer, type TestServer } from "./test-server.ts";

/** A database for one test, a Realtime server on it, and a way to open clients. */
export interface DatabaseSetting extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly test: TestServer;
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /** Joins a channel and resolves once its changes are live. */
  listen(changes: readonly object[], options?: { token?: string; vsn?: string; topic?: string }): Promise<RawClient>;
}

/**
 * Makes a database with that schema whose commits reach a stream at once. The servers of a test run flush their log only
 * every 200 ms, and a stream is told of nothing before.
 */
export async function streamedDatabase(schema: string, backend?: Backend): Promise<TestDatabase> {
  const made = await testDatabase({ migrate: false, ...(backend && { backend }) });
  try {
    await made.database.script(BOOTSTRAP_SQL);
    await made.database.script(schema);
    await made.database.query(`alter database ${made.name} set synchronous_commit = on`);
    return { ...made, database: made.connect() };
  } catch (error) {
    await made[Symbol.asyncDispose]();
    throw error;
  }
}

export async function startDatabaseSetting(backend: Backend, schema: string): Promise<DatabaseSetting> {
  const database = await streamedDatabase(schema, backend);
  const test = await startDatabaseServer(database.url);
  return {
    database,
    test,
    sql: (statement) => database.database.query(statement),
    async listen(changes, { token, vsn = "2.0.0", topic = "changes" } = {}) {
      const client = await RawClient.open(test.server.url, token ?? test.keys.serviceRole, vsn);
      await client.join(topic, { postgres_changes: changes });
      const answer = JSON.stringify(await client.nextJson());
      if (!answer.includes("Subscribed to PostgreSQL")) throw new Error(`not subscribed: ${answer}`);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await test.server.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Resolves with the `data` of the next `postgres_changes` message. */
export async function nextChange(client: RawClient): Promise<Record<string, unknown>> {
  const frame = await client.nextJson();
  const payload: unknown = Array.isArray(frame) ? frame[4] : (frame as { payload: unknown }).payload;
  return (payload as { data: Record<string, unknown> }).data;
}
