import { type Clock, errorFields, SECOND_MS } from "@shoal/kernel";
import { type Database, parseConnectionUrl, statement } from "@shoal/store";
import type { DatabaseHealth } from "../http/health-bodies.ts";

export interface DatabaseHealthOptions {
  readonly database: Pick<Database, "query">;
  /** The connection string. It is not shown; only the pooler mode is. */
  readonly url: string;
  readonly clock: Clock;
  /** The number of migrations of this version. */
  readonly migrationCount: number;
}

const SLOW_MS = SECOND_MS;
const CONNECTIONS_RATIO = 0.9;

interface Figures {
  readonly used: number;
  readonly max: number;
  readonly has_ledger: boolean;
  readonly is_read_only: boolean;
}

const FIGURES = statement(
  "health_connections",
  `
select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
  current_setting('max_connections')::int as max,
  to_regclass('shoal.schema_migrations') is not null as has_ledger,
  current_setting('transaction_read_only') = 'on' as is_read_only`,
);

const PROBE = statement("health_probe", "select 1");

/** Measures the health of the database. Never rejects: a database that is away is reported as critical. */
export async function readDatabaseHealth(options: DatabaseHealthOptions): Promise<DatabaseHealth> {
  const { database, clock, url, migrationCount } = options;
  const { poolerMode } = parseConnectionUrl(url);
  try {
    const startedMs = clock.monotonicMs();
    await database.query(PROBE);
    const latencyMs = clock.monotonicMs() - startedMs;
    const [figures] = await database.query<Figures>(FIGURES);
    const { used = 0, max = 0, has_ledger: hasLedger = false, is_read_only: isReadOnly = false } = figures ?? {};
    const applied = hasLedger ? await countApplied(database) : 0;
    const migrations = { applied, pending: Math.max(0, migrationCount - applied) };
    const recommendations = adviceOn({ latencyMs, used, max, isReadOnly, pending: migrations.pending });
    return {
      status: isReadOnly ? "critical" : recommendations.length > 0 ? "warning" : "healthy",
      isReachable: true,
      latencyMs: Math.round(latencyMs * 10) / 10,
      errorCode: null,
      poolerMode,
      connections: { used, max },
      migrations,
      recommendations,
    };
  } catch (thrown) {
    const { error_code: errorCode } = errorFields(thrown);
    const advice =
      'The database does not answer: check that it runs and that DATABASE_URL is right; "shoal doctor" examines both.';
    const unknown = { latencyMs: null, connections: null, migrations: null };
    return { status: "critical", isReachable: false, errorCode, poolerMode, ...unknown, recommendations: [advice] };
  }
}

const MIGRATIONS = statement("health_migrations", "select count(*)::int as count from shoal.schema_migrations");

async function countApplied(database: Pick<Database, "query">): Promise<number> {
  const [row] = await database.query<{ count: number }>(MIGRATIONS);
  return row?.count ?? 0;
}

interface Judged {
  readonly latencyMs: number;
  readonly used: number;
  readonly max: number;
  readonly isReadOnly: boolean;
  readonly pending: number;
}

function adviceOn({ latencyMs, used, max, isReadOnly, pending }: Judged): string[] {
  const advice: string[] = [];
  if (isReadOnly) {
    advice.push(
      'The database takes no writes (transaction_read_only): its disk is full, or it is a standby; "shoal doctor" says which.',
    );
  }
  if (latencyMs >= SLOW_MS)
    advice.push("A short query takes a second: check the load of the server and the network to it.");
  if (used >= CONNECTIONS_RATIO * max) {
    advice.push(`${used} of ${max} connections are taken: use a pooler, or allow the server more.`);
  }
  if (pending > 0)
    advice.push("Migrations are not applied yet: the daemon applies them when it starts; its log says why it did not.");
  return advice;
}
