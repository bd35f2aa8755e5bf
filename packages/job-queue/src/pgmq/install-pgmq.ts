import { isFleetError } from "@shoal/kernel";
import { type Database, type Sql, statement } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import { readPgmqSql } from "./adapters/pgmq-source.ts";
import { HOW_TO_GET_PGMQ } from "./queue-errors.ts";

/** How pgmq was installed: before (`present`), as the server's extension, or from its plain SQL. */
export type PgmqInstallation = "present" | "extension" | "sql";

/**
 * Makes the message queues of pgmq available: the extension where the server has it (as on Supabase), else the same
 * functions from its SQL. Idempotent, and safe from many processes at once. Otherwise errors as `Sql.query`.
 *
 * Only the surface of version 1.5.1 may be used, because that is what Supabase ships.
 *
 * @throws QUEUE_PGMQ_MISSING neither is possible, or what is there is older than 1.5.1; nothing was changed
 */
export function installPgmq(database: Pick<Database, "transaction">): Promise<PgmqInstallation> {
  return database.transaction(async (tx) => {
    await tx.query(statement("pgmq_install_lock", "select pg_advisory_xact_lock(hashtextextended('shoal:pgmq', 0))"));
    const { has, serves, offers } = await presence(tx);
    if (has && !serves) throw tooOld();
    if (has) return "present";
    if (offers && (await succeeds(tx, "create extension pgmq"))) return "extension";
    if (await succeeds(tx, await readPgmqSql())) return "sql";
    throw new JobQueueError(
      "QUEUE_PGMQ_MISSING",
      `This database has no pgmq, and its user may not install it. ${HOW_TO_GET_PGMQ}`,
    );
  });
}

interface Presence {
  readonly has: boolean;
  /** With headers, which came in 1.5. */
  readonly serves: boolean;
  readonly offers: boolean;
}

async function presence(tx: Sql): Promise<Presence> {
  const [row] = await tx.query<Presence>(
    statement(
      "pgmq_presence",
      `select to_regprocedure('pgmq.create(text)') is not null as has,
       to_regprocedure('pgmq.send(text,jsonb,jsonb,integer)') is not null as serves,
       exists (select from pg_available_extensions where name = 'pgmq') as offers`,
    ),
  );
  return row ?? { has: false, serves: false, offers: false };
}

/** Runs a script; false, with nothing changed, when the server refuses it. */
async function succeeds(tx: Sql, script: string): Promise<boolean> {
  await tx.query(statement("pgmq_savepoint", "savepoint pgmq"));
  try {
    await tx.script(script);
    return true;
  } catch (thrown) {
    if (!isFleetError(thrown) || thrown.retryable) throw thrown;
    await tx.query(statement("pgmq_rollback_to_savepoint", "rollback to savepoint pgmq"));
    return false;
  }
}

function tooOld(): JobQueueError {
  return new JobQueueError(
    "QUEUE_PGMQ_MISSING",
    'The pgmq of this database is older than 1.5.1. Upgrade it: "alter extension pgmq update", or a newer Postgres of the project.',
  );
}
