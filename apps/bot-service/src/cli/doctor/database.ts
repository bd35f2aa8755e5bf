import { isFleetError, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import {
  createDatabase,
  type Database,
  type Migration,
  parseConnectionUrl,
  readMigrations,
  statement,
} from "@shoal/store";
import type { Policy } from "../../access/policies.ts";
import { judgePolicies, readPolicyState, readWanted } from "../../access/policy-check.ts";
import type { Config } from "../../config.ts";
import { type CheckTerms, type Examination, isMissing } from "./examination.ts";
import { type CheckName, type Finding, fail, inMs, ok, skipped, warn } from "./finding.ts";
import { judgeSkew } from "./reach.ts";
import { checkReplicas } from "./replicas.ts";
import { checkPgmq, checkPublication, checkReplication, type ReplicationFacts } from "./replication.ts";
import { checkStatements } from "./slow-statements.ts";
import { checkStrategies, STRATEGY_CHECKS } from "./strategies.ts";
import type { Target } from "./target.ts";

const QUERY_LIMIT_MS = 5 * SECOND_MS;
const CHECK_LIMIT_MS = 12 * SECOND_MS;
const NOTIFY_LIMIT_MS = 3 * SECOND_MS;
const AFTER_CONNECT: readonly CheckName[] = [
  "database clock",
  "database writes",
  "pooler",
  "migrations",
  "slow statements",
  "policies",
  "publication",
  "replication",
  "pgmq",
  "bot control",
  "replicas",
  ...STRATEGY_CHECKS,
];
const NO_POLICIES = "channels are public, so that no policy holds anybody";
const CHECK_URL =
  "check DATABASE_URL and the server; a hosted project's direct address is IPv6 only, its poolers have IPv4";
const WRITE_TODO =
  "nothing is matched and no job runs until this works: see the disk and the locks of the database (docs/runbooks/ShoalLoopFailing.md)";
const terms = (todo: string): CheckTerms => ({ limitMs: CHECK_LIMIT_MS, todo });

/** Runs all checks of the database, over two connections. Null if it could not be reached. */
export async function checkDatabase(
  examination: Examination,
  runtime: Runtime,
  target: Target,
  policies: readonly Policy[],
): Promise<ReplicationFacts | null> {
  const { databaseUrl } = target;
  if (databaseUrl === null) {
    const why = "DATABASE_URL is not set: the daemon would use its embedded Postgres";
    examination.skip(["database", ...AFTER_CONNECT], why);
    return null;
  }
  const database = createDatabase({ url: databaseUrl, runtime, maxConnections: 2, queryLimitMs: QUERY_LIMIT_MS });
  try {
    const reached = await examination.check("database", terms(CHECK_URL), () => askVersion(database, runtime));
    if (isMissing(reached)) {
      examination.skip(AFTER_CONNECT, "the database could not be asked");
      return null;
    }
    await examination.check("database clock", terms(CHECK_URL), () => compareClock(database, runtime));
    await examination.check("database writes", terms(WRITE_TODO), () => tryWrite(database, runtime));
    await examination.check("pooler", terms("see the mode of DATABASE_URL"), () =>
      findPooler(database, runtime, databaseUrl),
    );
    await examination.check("migrations", terms("see the error"), () => compareMigrations(database, target.migrations));
    await checkStatements(examination, database, target.config.slowQueryMs);
    if (policies.length === 0) examination.skip(["policies"], NO_POLICIES);
    else await examination.check("policies", terms("see the error"), () => comparePolicies(database, policies));
    const facts = await checkPublication(examination, database);
    const canStream = await checkReplication(examination, database);
    await checkPgmq(examination, database);
    await examination.check("bot control", terms(CHECK_URL), () => readOpening(database, target.config.controlOpenTo));
    await examination.check("replicas", terms(CHECK_URL), () => checkReplicas(database));
    await checkStrategies(examination, database, runtime, target.config);
    return { table: facts, canStream };
  } finally {
    await withTimeout(runtime.clock, SECOND_MS, database.close());
  }
}

async function askVersion(database: Database, { clock }: Runtime): Promise<Finding> {
  const [row] = await database.query<{ version: string }>(
    statement("doctor_version", "select current_setting('server_version') as version"),
  );
  const startedMs = clock.monotonicMs();
  await database.query(statement("doctor_probe", "select 1"));
  const roundTripMs = clock.monotonicMs() - startedMs;
  return ok(`Postgres ${row?.version.split(" ")[0]}, ${inMs(roundTripMs)} there and back`, {
    round_trip_ms: roundTripMs,
  });
}

async function compareClock(database: Database, { clock }: Runtime): Promise<Finding> {
  const startedAtMs = clock.now();
  const startedMs = clock.monotonicMs();
  const [row] = await database.query<{ at: Date }>(statement("doctor_clock", "select clock_timestamp() as at"));
  const roundTripMs = clock.monotonicMs() - startedMs;
  const atMs = row?.at.getTime() ?? Number.NaN;
  return judgeSkew(startedAtMs + roundTripMs / 2 - atMs, roundTripMs / 2 + 1);
}

/** Writes a row of its own and rolls it back. */
async function tryWrite(database: Database, { clock, ids }: Runtime): Promise<Finding> {
  const [row] = await database.query<{ is_read_only: boolean; is_standby: boolean; has_table: boolean }>(
    statement(
      "doctor_writable",
      `select current_setting('transaction_read_only') = 'on' as is_read_only, pg_is_in_recovery() as is_standby,
       to_regclass('shoal.leases') is not null as has_table`,
    ),
  );
  if (row?.is_standby) return fail("the server is a standby: it takes no writes", "let DATABASE_URL name the primary");
  if (row?.is_read_only) {
    return fail(
      "the database is read-only: default_transaction_read_only is on, as on a project whose disk is full",
      "free space or enlarge the disk, then turn it off where it was turned on: alter database, alter role or the server's settings",
    );
  }
  if (!row?.has_table) return skipped("there is no table of the daemon's yet");
  const startedMs = clock.monotonicMs();
  const undone = new Error("taken back");
  const written = database.transaction(async (tx) => {
    await tx.query(
      statement(
        "doctor_write",
        "insert into shoal.leases (resource, epoch, expires_at) values ($1, 1, clock_timestamp())",
      ),
      [`doctor:${ids.uuid()}`],
    );
    throw undone;
  });
  await written.catch((thrown) => {
    if (thrown !== undone) throw thrown;
  });
  const tookMs = clock.monotonicMs() - startedMs;
  return ok(`a row was written and taken back, ${inMs(tookMs)}`, { write_ms: tookMs });
}

/** Finds the mode of the connection: a notification that arrives proves a session; the store refuses to listen behind a pooler. */
async function findPooler(database: Database, { clock, ids }: Runtime, databaseUrl: string): Promise<Finding> {
  const channel = `shoal_doctor_${ids.uuid().replaceAll("-", "")}`;
  const heard = Promise.withResolvers<void>();
  try {
    const listener = await database.listen(
      channel,
      () => heard.resolve(),
      () => {},
    );
    const startedMs = clock.monotonicMs();
    await database.query(statement("doctor_notify", "select pg_notify($1, '')"), [channel]);
    const outcome = await withTimeout(clock, NOTIFY_LIMIT_MS, heard.promise);
    await listener.close();
    if (outcome.kind === "timeout") {
      return warn("LISTEN is accepted, but nothing arrives", "use the direct or the session-mode connection string");
    }
    const tookMs = clock.monotonicMs() - startedMs;
    return ok(`${modeOf(databaseUrl)}; LISTEN/NOTIFY works, ${inMs(tookMs)}`, { notify_ms: tookMs });
  } catch (thrown) {
    if (!isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED")) throw thrown;
    return warn(
      "transaction mode: no LISTEN/NOTIFY, no prepared statements",
      "works, but slower: a daemon is better served by the direct or the session-mode connection string (port 5432)",
    );
  }
}

/** Names the kind of connection that the address leads to. @source https://supabase.com/docs/guides/database/connecting-to-postgres */
export function modeOf(databaseUrl: string): string {
  return parseConnectionUrl(databaseUrl).poolerMode === "session" ? "session pooler" : "direct or session mode";
}

async function readOpening(database: Database, configured: Config["controlOpenTo"]): Promise<Finding> {
  const [row] = await database.query<{ is_there: boolean; is_open: boolean }>(
    statement(
      "doctor_control_functions",
      `select to_regprocedure('shoal.open_control(text)') is not null as is_there, exists (
       select from pg_roles
       where rolname = 'authenticated' and has_any_column_privilege(rolname, to_regclass('public.bot_control'), 'insert')
     ) as is_open`,
    ),
  );
  if (!row?.is_there) return skipped("the daemon has not set up this database yet");
  return judgeOpening(row.is_open ? "owners" : "nobody", configured);
}

/** Compares who may command bots, besides the operator, with the configuration. */
export function judgeOpening(found: Config["controlOpenTo"], configured: Config["controlOpenTo"]): Finding {
  const who = found === "owners" ? "every signed-in user of the app" : "nobody but the operator";
  if (found === configured) return ok(`${who} may start bots (CONTROL_OPEN_TO=${found})`);
  return warn(
    `${who} may start bots, but CONTROL_OPEN_TO is ${configured} here`,
    "the daemon applies it when it starts, and the last one to start decides: give all of them the same value",
  );
}

async function comparePolicies(database: Database, policies: readonly Policy[]): Promise<Finding> {
  const state = await readPolicyState(database, await readWanted(database, policies));
  const problem = judgePolicies(state);
  if (problem) return fail(problem.found, problem.todo);
  const { unbounded } = state;
  if (unbounded.length > 0) {
    const found = `as generated, but others name no topic and may open lobby, notices and rooms: ${unbounded.join(", ")}`;
    return warn(found, "let these policies on realtime.messages name their topics, by realtime.topic()");
  }
  return ok(`all ${policies.length} as generated, row level security is on`);
}

async function compareMigrations(database: Database, directory: string): Promise<Finding> {
  const files = await readMigrations(directory);
  const [found] = await database.query<{ ledger: string | null }>(
    statement("doctor_ledger", "select to_regclass('shoal.schema_migrations')::text as ledger"),
  );
  const rows = found?.ledger
    ? await database.query<{ version: string; checksum: string }>(
        statement("doctor_migrations", "select version, checksum from shoal.schema_migrations"),
      )
    : [];
  return judgeMigrations(files, new Map(rows.map(({ version, checksum }) => [version, checksum])));
}

/** Compares the files with the checksums that the database has by version. */
export function judgeMigrations(
  files: readonly Pick<Migration, "version" | "name" | "checksum">[],
  applied: ReadonlyMap<string, string>,
): Finding {
  const pending = files.filter(({ version }) => !applied.has(version));
  const changed = files.filter(({ version, checksum }) => (applied.get(version) ?? checksum) !== checksum);
  const newer = [...applied.keys()].filter((version) => files.every((file) => file.version !== version));
  const figures = { applied: applied.size, pending: pending.length, changed: changed.length };
  const names = (list: typeof files) => list.map(({ version, name }) => `${version}_${name}`).join(", ");
  if (changed.length > 0) {
    return fail(
      `changed after they were applied: ${names(changed)}`,
      "restore these files; put changes into a new one",
      figures,
    );
  }
  if (pending.length > 0) {
    return warn(
      `${applied.size} applied, ${pending.length} not yet: ${names(pending)}`,
      "the daemon applies them when it starts",
      figures,
    );
  }
  const more = newer.length > 0 ? `, ${newer.length} of them by a newer daemon` : "";
  return ok(`all ${files.length} applied${more}`, figures);
}
