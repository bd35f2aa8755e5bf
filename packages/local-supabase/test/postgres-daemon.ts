/**
 * A process with an embedded Postgres, for tests that kill it. Argument: the data directory. Prints one line of JSON when
 * it is up. On SIGINT it uses the database once more, stops, and prints `drained`.
 */
import { createSystemRuntime, errorFields, isFleetError } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { startEmbeddedPostgres } from "../src/postgres/start-embedded-postgres.ts";

const runtime = createSystemRuntime();

try {
  const postgres = await startEmbeddedPostgres({ dataDirectory: process.argv[2] ?? "", runtime });
  const database = createDatabase<string>({ url: postgres.url, runtime, maxConnections: 1 });
  process.once("SIGINT", async () => {
    await database.query("select 1");
    await database.close();
    await postgres.stop();
    process.stdout.write("drained\n", () => process.exit(0));
  });
  process.stdout.write(`${JSON.stringify({ url: postgres.url, pid: postgres.pid, port: postgres.port })}\n`);
} catch (thrown) {
  const details = isFleetError(thrown) ? thrown.details : {};
  process.stdout.write(`${JSON.stringify({ ...errorFields(thrown), details })}\n`);
  process.exit(3);
}
