import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { expect, it } from "vitest";
import { startEmbeddedPostgres } from "../src/postgres/start-embedded-postgres.ts";
import { nextChange } from "./support/database-setting.ts";
import { RawClient } from "./support/raw-client.ts";
import { startDatabaseServer } from "./support/test-server.ts";

it("does not keep a database from shutting down while it reads its changes", async () => {
  await using undo = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "shoal-realtime-shutdown-"));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  const runtime = createSystemRuntime();
  const postgres = await startEmbeddedPostgres({ dataDirectory: directory, runtime });
  undo.defer(() => postgres.stop());
  const database = createDatabase({ url: postgres.url, runtime });
  await database.script("create table t (id int primary key); alter publication supabase_realtime add table t;");
  const test = undo.use(await startDatabaseServer(postgres.url));
  const client = await RawClient.open(test.server.url, test.keys.serviceRole);
  await client.join("t", { postgres_changes: [{ event: "*", schema: "public", table: "t" }] });
  await client.nextJson();
  await database.query("insert into t values (1)");
  expect(await nextChange(client)).toMatchObject({ record: { id: 1 } });
  await database.close();
  // The signal for a fast shutdown: sessions are ended, and readers of changes are waited for.
  const lost = test.server.events.next("changes:lost");
  process.kill(postgres.pid, "SIGINT");
  await lost;
  expect(test.server.stats()).toMatchObject({ sockets: 1, channels: 1 });
});
