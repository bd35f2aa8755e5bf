import { type Clock, errorFields, SECOND_MS } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { DatabaseHealth } from "../http/health-bodies.ts";

export interface DatabaseHealthOptions {
  readonly database: Pick<Database, "query">;
  /** The connection string; only how it leads there is told. */
  readonly url: string;
  readonly clock: Clock;
  /** How many migrations there are to be applied. */
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

const FIGURES = `
select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
  current_setting('max_connections')::int as max,
  to_regclass('shoal.schema_migrations') is not null as has_ledger,
  current_setting('transaction_read_only') = 'on' as is_read_only`;

/** How the database is, by asking it. Never rejects: one that is away is an answer, too. */
export async function readDatabaseHealth(options: DatabaseHealthOptions): Promise<DatabaseHealth> {
  const { database, clock, url, migrationCount } = options;
  const poolerMode = poolerModeOf(url);
  try {
    const startedMs = clock.monotonicMs();
    await database.query("select 1");
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
    const advice = 'The database does not answer: see its state and DATABASE_URL; "shoal doctor" examines both.';
    const unknown = { latencyMs: null, connections: null, migrations: null };
    return { status: "critical", isReachable: false, errorCode, poolerMode, ...unknown, recommendations: [advice] };
  }
}

async function countApplied(database: Pick<Database, "query">): Promise<number> {
  const [row] = await database.query<{ count: number }>("select count(*)::int as count from shoal.schema_migrations");
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
  if (latencyMs >= SLOW_MS) advice.push("One short question takes a second: see the server's load and the way to it.");
  if (used >= CONNECTIONS_RATIO * max) {
    advice.push(`${used} of ${max} connections are taken: use a pooler, or allow the server more.`);
  }
  if (pending > 0)
    advice.push("Migrations are not applied yet: the daemon does so when it starts; its log says why not.");
  return advice;
}

/** Which way the address leads. @source https://supabase.com/docs/guides/database/connecting-to-postgres */
export function poolerModeOf(url: string): DatabaseHealth["poolerMode"] {
  if (!URL.canParse(url)) return "direct";
  const { port, hostname, searchParams } = new URL(url);
  if (port === "6543" || searchParams.get("pgbouncer") === "true") return "transaction";
  return hostname.endsWith(".pooler.supabase.com") ? "session" : "direct";
}
