import { join } from "node:path";
import { takeJoinsTurn } from "@shoal/bot-service/internals";
import { createSystemRuntime, percentile, sleep } from "@shoal/kernel";
import type { LedgerTurn } from "@shoal/realtime-pool";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { ownBackends, ownPostgres } from "@shoal/testkit";

const MIGRATIONS = join(import.meta.dirname, "../../supabase/migrations");
const LIMITS = { perSecond: 100, joinShare: 0.8, windowMs: 60_000 };
/** Below 80 % of 6,000, as the server trips at its limit, not above. */
export const WINDOW = 4799;
const ASKS_EVERY_MS = 100;

const runtime = createSystemRuntime();
const { clock } = runtime;

/** Every replica wants all of the window. */
const GREEDY: LedgerTurn = { urgent: 0, idle: 9000, news: [], spent: 0, back: [] };
/** What is kept of it goes to this. */
const URGENT: LedgerTurn = { ...GREEDY, urgent: 9000, idle: 0 };
const LOOK: LedgerTurn = { ...GREEDY, idle: 0 };

async function ask(database: Database, replicaId: string, turn: LedgerTurn): Promise<number> {
  const { urgent, idle } = await takeJoinsTurn(database, { replicaId, limits: LIMITS }, turn);
  return urgent + idle;
}

export interface Grants {
  readonly granted: number;
  readonly asks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly least: number;
  readonly most: number;
}

/** Lets a replica on each database ask ten times a second, for `forMs`. */
async function askAll(databases: readonly Database[], forMs: number): Promise<Grants> {
  const tookMs: number[] = [];
  const asker = async (database: Database, index: number) => {
    let granted = 0;
    const startedMs = clock.monotonicMs();
    await sleep(clock, (index * ASKS_EVERY_MS) / databases.length);
    while (clock.monotonicMs() - startedMs < forMs) {
      const askedMs = clock.monotonicMs();
      granted += await ask(database, replica(index), GREEDY);
      tookMs.push(clock.monotonicMs() - askedMs);
      await sleep(clock, Math.max(0, ASKS_EVERY_MS - (clock.monotonicMs() - askedMs)));
    }
    return granted;
  };
  const granted = await Promise.all(databases.map(asker));
  const sorted = tookMs.toSorted((left, right) => left - right);
  const tenths = (ms: number) => Math.round(ms * 10) / 10;
  return {
    granted: granted.reduce((sum, one) => sum + one, 0),
    asks: tookMs.length,
    p50Ms: tenths(percentile(sorted, 0.5)),
    p99Ms: tenths(percentile(sorted, 0.99)),
    least: Math.min(...granted),
    most: Math.max(...granted),
  };
}

const replica = (index: number) => `replica-${index}`;

/** Lets replicas ask for all that there is, and says what they were granted and how long that took. */
export async function measureGrants(count: number, forMs: number): Promise<Grants> {
  await using server = await ownPostgres({ backend: ownBackends().includes("server") ? "server" : "embedded" });
  const open = () => createDatabase({ url: server.url, runtime, maxConnections: 1, prepare: true });
  const databases = Array.from({ length: count }, open);
  const admin: Database<string> = createDatabase({ url: server.url, runtime, maxConnections: 1, prepare: true });
  try {
    await migrate({ database: admin, directory: MIGRATIONS, log: runtime.log });
    for (const [index] of databases.entries()) await admin.query(MEMBER, [replica(index)]);
    // Opens the connections, and has each compile the functions.
    for (const [index, database] of databases.entries()) await ask(database, replica(index), LOOK);
    const grants = await askAll(databases, forMs);
    const kept = await ask(admin as unknown as Database, replica(0), URGENT);
    return { ...grants, granted: grants.granted + kept };
  } finally {
    await Promise.all([...databases, admin].map((database) => database.close()));
  }
}

const MEMBER = `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, renewed_at, expires_at, bot_max)
  values ($1, 1, '0', 'all', false, now(), now() + interval '1 hour', 10)`;
