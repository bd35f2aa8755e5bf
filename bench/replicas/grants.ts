import { join } from "node:path";
import { percentile, SECOND_MS, sleep } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { ownPostgres } from "@shoal/testkit";
import { ROOT } from "./replica.ts";
import { runtime } from "./world.ts";

const MIGRATIONS = join(ROOT, "supabase/migrations");
const ASK_EVERY_MS = 100;
/** Far more than there is, so that all that is there is dealt. */
const WANTED = { urgent: 2, idle: 20 } as const;
const PER_SECOND = 100;
const SHARE = 0.8;
const WINDOW_MS = 60 * SECOND_MS;
const { clock } = runtime;

/** How joins of one project are dealt to many replicas that all ask for more than there is. */
export interface Grants {
  readonly replicas: number;
  readonly asked: number;
  readonly granted: number;
  /** What the share allows in that time, to the join. */
  readonly allowed: number;
  /** Of the replica that got fewest and the one that got most. */
  readonly least: number;
  readonly most: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Has replicas ask ten times a second for a window, each over a connection of its own, as each pool does while joins stand in line. */
export async function measureGrants(replicas: number): Promise<Grants> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await ownPostgres({ backend: "server" }));
  const open = () => {
    const database = createDatabase<string>({ url: postgres.url, runtime, maxConnections: 1 });
    stack.defer(() => database.close());
    return database;
  };
  const database = open();
  await migrate({ database, directory: MIGRATIONS, log: runtime.log });
  const ids = Array.from({ length: replicas }, (_, n) => `replica-${n}`);
  await showAsLive(database, ids);
  const untilMs = clock.monotonicMs() + WINDOW_MS;
  const all = await Promise.all(ids.map((id, n) => askUntil(open(), id, untilMs, (n * ASK_EVERY_MS) / replicas)));
  const tookMs = all.flatMap(({ tookMs }) => tookMs).toSorted((left, right) => left - right);
  const granted = all.map((one) => one.granted);
  return {
    ...{ replicas, asked: tookMs.length, granted: granted.reduce((sum, one) => sum + one, 0) },
    allowed: PER_SECOND * SHARE * (WINDOW_MS / SECOND_MS) - 1,
    ...{ least: Math.min(...granted), most: Math.max(...granted) },
    ...{ p50Ms: round(percentile(tookMs, 0.5)), p99Ms: round(percentile(tookMs, 0.99)) },
  };
}

const round = (ms: number) => Math.round(ms * 10) / 10;

/** They need no daemon: their terms end long after the measurement. */
async function showAsLive(database: Database<string>, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await database.query(
      `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, renewed_at, expires_at, bot_max)
       values ($1, 1, 'bench', 'all', false, now(), now() + interval '1 hour', 100)`,
      [id],
    );
  }
}

async function askUntil(database: Database<string>, id: string, untilMs: number, beginAfterMs: number) {
  const tookMs: number[] = [];
  let granted = 0;
  await sleep(clock, beginAfterMs);
  while (clock.monotonicMs() < untilMs) {
    const sentAtMs = clock.monotonicMs();
    const [row] = await database.query<{ answer: { urgent: number; idle: number } }>(
      "select shoal.budget_turn('joins', $1::text, $2::float8, $3::float8, $4::bigint, ($5::text)::jsonb) as answer",
      [id, PER_SECOND, SHARE, WINDOW_MS, JSON.stringify({ ...WANTED, news: [], spent: 0, back: [] })],
    );
    const answeredAtMs = clock.monotonicMs();
    tookMs.push(answeredAtMs - sentAtMs);
    granted += (row?.answer.urgent ?? 0) + (row?.answer.idle ?? 0);
    await sleep(clock, Math.max(0, sentAtMs + ASK_EVERY_MS - answeredAtMs));
  }
  return { tookMs, granted };
}
