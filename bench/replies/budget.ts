import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { ownBackends, ownPostgres } from "@shoal/testkit";
import { type Child, openChild } from "../child.ts";
import type { Spending, Spent } from "./spender.ts";

const MIGRATIONS = join(import.meta.dirname, "../../supabase/migrations");
const SPENDER = join(import.meta.dirname, "spender.ts");
const REPLICA_COUNT = 3;
/** A limit that no run reaches. */
const ROOMY = 1e12;
/** A limit that three replicas reach within a second. */
const TIGHT = 100_000;

export interface BudgetFigures {
  readonly replicaCount: number;
  /** Replies reserved and settled, by all replicas together. */
  readonly repliesPerSecond: number;
  readonly reserveAndSettleP50Ms: number;
  readonly reserveAndSettleP99Ms: number;
  /** The floor: as many processes that do nothing but add 1 to the one row. */
  readonly counterUpdatesPerSecond: number;
  readonly ratio: number;
  /** Where the limit was reached. */
  readonly tight: {
    readonly limitMicros: number;
    readonly spentMicros: number;
    readonly takenMicros: number;
    readonly refused: number;
  };
}

/** Lets three processes spend at once out of one budget, on a Postgres of its own. */
export async function measureBudget(forMs: number): Promise<BudgetFigures> {
  await using server = await ownPostgres({ backend: ownBackends().includes("server") ? "server" : "embedded" });
  const runtime = createSystemRuntime();
  const admin: Database<string> = createDatabase({ url: server.url, runtime, maxConnections: 1, prepare: true });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => admin.close());
  await migrate({ database: admin, directory: MIGRATIONS, log: runtime.log });
  await admin.script("create table counter (n bigint) with (fillfactor = 50); insert into counter values (0)");
  const children: Child[] = [];
  for (let nth = 0; nth < REPLICA_COUNT; nth += 1) {
    const child = await openChild(SPENDER, [server.url, `replica-${nth}`]);
    stack.defer(() => child.close());
    children.push(child);
  }
  const spend = async (spending: Spending) =>
    (await Promise.all(children.map((child) => child.ask(spending)))) as Spent[];
  const sum = (spent: readonly Spent[], of: "count" | "refused" | "spentMicros") =>
    spent.reduce((total, one) => total + one[of], 0);
  const counted = await spend({ what: "counter", forMs, limitMicros: ROOMY });
  const replied = await spend({ what: "replies", forMs, limitMicros: ROOMY });
  await admin.script("delete from shoal.reply_budgets; delete from shoal.reply_reservations");
  const tight = await spend({ what: "replies", forMs: Math.min(forMs, 2000), limitMicros: TIGHT });
  const [day] = await admin.query<{ taken: string }>(
    "select taken_micros as taken from shoal.reply_budgets where name like 'month:%'",
  );
  const rounded = (ms: number) => Math.round(ms * 10) / 10;
  const perSecond = (spent: readonly Spent[]) => Math.round(sum(spent, "count") / (forMs / 1000));
  return {
    replicaCount: REPLICA_COUNT,
    repliesPerSecond: perSecond(replied),
    reserveAndSettleP50Ms: rounded(Math.max(...replied.map(({ p50Ms }) => p50Ms))),
    reserveAndSettleP99Ms: rounded(Math.max(...replied.map(({ p99Ms }) => p99Ms))),
    counterUpdatesPerSecond: perSecond(counted),
    ratio: Math.round((sum(replied, "count") / sum(counted, "count")) * 100) / 100,
    tight: {
      limitMicros: TIGHT,
      spentMicros: sum(tight, "spentMicros"),
      takenMicros: Number(day?.taken),
      refused: sum(tight, "refused"),
    },
  };
}
