import { SECOND_MS } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warn } from "./finding.ts";

/** Facts needed to try a subscription to database changes. */
export interface ReplicationFacts {
  /** A published table, if there is one. */
  readonly table: { readonly schema: string; readonly table: string } | undefined;
  readonly canStream: boolean;
}

const PUBLICATION = "supabase_realtime";
const TERMS = { limitMs: 12 * SECOND_MS, todo: "see the error, and the rights of the user in DATABASE_URL" };
const SHOWN_TABLES = 5;

/** Checks the publication that Realtime streams; returns a table in it. */
export async function checkPublication(
  examination: Examination,
  database: Database,
): Promise<ReplicationFacts["table"]> {
  let first: ReplicationFacts["table"];
  await examination.check("publication", TERMS, async () => {
    const there = await database.query(
      statement("doctor_publication", "select from pg_publication where pubname = $1"),
      [PUBLICATION],
    );
    const tables = await database.query<{ schema: string; table: string }>(
      statement(
        "doctor_published_tables",
        `select schemaname as schema, tablename as table from pg_publication_tables where pubname = $1 order by 1, 2`,
      ),
      [PUBLICATION],
    );
    [first] = tables;
    return judgePublication(
      there.length > 0,
      tables.map(({ schema, table }) => `${schema}.${table}`),
    );
  });
  return first;
}

export function judgePublication(isThere: boolean, tables: readonly string[]): Finding {
  const figures = { tables: tables.length };
  if (!isThere) {
    const todo = `only if you use database changes: create publication ${PUBLICATION}`;
    return warn(`${PUBLICATION} does not exist: no client receives database changes`, todo, figures);
  }
  const rest = tables.length > SHOWN_TABLES ? `, and ${tables.length - SHOWN_TABLES} more` : "";
  const list = tables.length > 0 ? `: ${tables.slice(0, SHOWN_TABLES).join(", ")}${rest}` : "";
  return ok(`${PUBLICATION}, ${tables.length} table(s)${list}`, figures);
}

/** Settings of logical replication, and how much of them is in use. */
export interface ReplicationSettings {
  readonly walLevel: string;
  readonly slots: number;
  readonly maxSlots: number;
  readonly senders: number;
  readonly maxSenders: number;
}

/** Checks logical replication. True if a stream of changes could start. */
export async function checkReplication(examination: Examination, database: Database): Promise<boolean> {
  const finding = await examination.check("replication", TERMS, async () => {
    const [settings] = await database.query<ReplicationSettings>(
      statement(
        "doctor_replication",
        `select current_setting('wal_level') as "walLevel",
              (select count(*) from pg_replication_slots)::int as slots,
              current_setting('max_replication_slots')::int as "maxSlots",
              (select count(*) from pg_stat_replication)::int as senders,
              current_setting('max_wal_senders')::int as "maxSenders"`,
      ),
    );
    if (!settings) throw new Error("the server did not send its settings");
    return judgeReplication(settings);
  });
  return finding.status === "ok";
}

export function judgeReplication({ walLevel, slots, maxSlots, senders, maxSenders }: ReplicationSettings): Finding {
  const figures = { slots_free: maxSlots - slots, senders_free: maxSenders - senders };
  const found = `wal_level ${walLevel}, ${figures.slots_free} of ${maxSlots} slots and ${figures.senders_free} of ${maxSenders} senders free`;
  if (walLevel !== "logical") {
    return warn(found, "only if you use database changes: set wal_level = logical and restart Postgres", figures);
  }
  if (figures.slots_free <= 0 || figures.senders_free <= 0) {
    const todo = "drop unused slots (pg_replication_slots), or raise max_replication_slots and max_wal_senders";
    return warn(found, todo, figures);
  }
  return ok(found, figures);
}

/** Presence of pgmq: as an extension with its version, as plain functions, available but not created, or absent. */
export type PgmqPresence =
  | { readonly kind: "extension"; readonly version: string }
  | { readonly kind: "functions" }
  | { readonly kind: "available"; readonly version: string }
  | { readonly kind: "absent" };

export async function checkPgmq(examination: Examination, database: Database): Promise<void> {
  await examination.check("pgmq", TERMS, async () => {
    const [row] = await database.query<{ installed: string | null; offered: string | null; hasFunctions: boolean }>(
      statement(
        "doctor_pgmq",
        `select (select extversion from pg_extension where extname = 'pgmq') as installed,
              (select default_version from pg_available_extensions where name = 'pgmq') as offered,
              to_regprocedure('pgmq.create(text)') is not null as "hasFunctions"`,
      ),
    );
    return judgePgmq(presenceOf(row ?? { installed: null, offered: null, hasFunctions: false }));
  });
}

function presenceOf(row: { installed: string | null; offered: string | null; hasFunctions: boolean }): PgmqPresence {
  if (row.installed) return { kind: "extension", version: row.installed };
  if (row.hasFunctions) return { kind: "functions" };
  return row.offered ? { kind: "available", version: row.offered } : { kind: "absent" };
}

/** Version that Supabase ships, which queues may rely on. @source REALTIME.md 5 */
const SHIPPED = [1, 5, 1] as const;

/** Judges the presence of pgmq. The daemon needs no queues, so an absent pgmq is no failure. */
export function judgePgmq(presence: PgmqPresence): Finding {
  switch (presence.kind) {
    case "absent":
      return ok("absent: no message queues in this database");
    case "available":
      return ok(`absent; version ${presence.version} can be had with: create extension pgmq`);
    case "functions":
      return ok(
        "its functions are there without the extension: queues work. The daemon installs those of 1.11.1; Supabase has 1.5.1, with fewer columns and functions",
      );
    case "extension":
      return judgePgmqVersion(presence.version);
  }
}

function judgePgmqVersion(version: string): Finding {
  const parts = version.split(".").map(Number);
  const order = SHIPPED.map((shipped, at) => (parts[at] ?? 0) - shipped).find((difference) => difference !== 0) ?? 0;
  if (order === 0) return ok(`${version}, as Supabase ships it`);
  if (order > 0) return ok(`${version}, newer than Supabase's 1.5.1, whose functions it has too`);
  return warn(
    `${version}: no message headers, and a read that waits burns a whole core (mended in 1.4.5)`,
    "alter extension pgmq update, or upgrade the project's Postgres",
  );
}
