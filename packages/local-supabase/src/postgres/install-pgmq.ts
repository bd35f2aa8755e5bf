import type { Database, Sql } from "@shoal/store";
import { readPgmqSql } from "./adapters/pgmq-source.ts";

/** How pgmq came to be there: it was already, as the server's extension, or as its own plain SQL. */
export type PgmqInstallation = "present" | "extension" | "sql";

/**
 * Makes the message queues of pgmq available: the extension where the server has it (as on Supabase), else the same
 * functions from its SQL. Idempotent, and safe from many processes at once. Errors as `Sql.query`.
 *
 * Only the surface of version 1.5.1 may be used, because that is what Supabase ships.
 */
export function installPgmq(database: Database): Promise<PgmqInstallation> {
  return database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended('shoal:pgmq', 0))");
    if (await exists(tx, "select from pg_proc where oid = to_regprocedure('pgmq.create(text)')")) return "present";
    if (await exists(tx, "select from pg_available_extensions where name = 'pgmq'")) {
      await tx.script("create extension pgmq");
      return "extension";
    }
    await tx.script(await readPgmqSql());
    return "sql";
  });
}

async function exists(sql: Sql, text: string): Promise<boolean> {
  return (await sql.query(text)).length > 0;
}
