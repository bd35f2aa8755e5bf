import { createEmitter, createSystemRuntime, type EventSource, type Runtime, unreported } from "@shoal/kernel";
import type { CandleSource } from "@shoal/market";
import type { Database } from "@shoal/store";
import type { CandlesNeed, CheckedCode, JsonObject } from "@shoal/strategy-runner";
import type { TestDatabase } from "@shoal/testkit";
import { bookToJson, createInstrument, createPaperBook, type PaperBook } from "@shoal/trading";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type Config, parseConfig } from "../src/config.ts";
import type { StrategyEvents } from "../src/strategies/executor/events.ts";
import { createExecutor, type Executor } from "../src/strategies/executor/executor.ts";
import { createMarketData } from "../src/strategies/executor/market-data.ts";
import { createSandbox, type Sandbox } from "../src/strategies/executor/sandbox.ts";
import { sharedDatabase } from "./strategy-support.ts";

export const SYMBOL = "BTC/USDT";
const STEP = "0.00000001";

function testConfig(env: Readonly<Record<string, string>> = {}): Config {
  return parseConfig({ MAX_CONCURRENT_STRATEGIES: "2", ...env }).config;
}

/** Makes the code of a strategy whose `run` has this body. */
export function codeOf(body: string, candles: readonly CandlesNeed[] = []): CheckedCode {
  const javascript = `export async function run(ctx) { ${body} }`;
  const sha256 = new Bun.CryptoHasher("sha256").update(javascript).digest("hex");
  return { javascript, sha256, fileName: "strategy.js", needs: { candles }, config: {} };
}

export function paperBook(cash = "10000"): PaperBook {
  const instrument = { symbol: SYMBOL, base: "BTC", quote: "USDT", tick: STEP, lot: STEP, smallestNotional: "0" };
  return createPaperBook({ instruments: [createInstrument(instrument)], cash: { USDT: cash } });
}

export interface Deployed {
  readonly code: CheckedCode;
  readonly ownerId?: string;
  readonly status?: "running" | "stopped";
  readonly intervalMs?: number;
  readonly cron?: { readonly cron: string; readonly zone: string };
  /** Default: now. */
  readonly dueInMs?: number;
  readonly config?: JsonObject;
  readonly filter?: JsonObject;
  readonly market?: string;
  /** Default: paper. */
  readonly venue?: string;
  readonly book?: PaperBook;
  readonly settledUntilMs?: number;
}

const DEPLOY_SQL = `
with code as (
  insert into shoal.strategy_code (id, language, source, checked) values ($1, 'javascript', 'x', ($2::text)::jsonb)
  on conflict do nothing
), strategy as (
  insert into shoal.strategies (owner_id, name, code_id, config, interval_ms, cron, zone, market, account, filter, status,
    venue, secret_name)
  values ($3::uuid, gen_random_uuid()::text, $1, ($4::text)::jsonb, $5::bigint, $6, $7, $8, '{"currency":"USDT"}', ($9::text)::jsonb, $10,
    $14, case when $14 <> 'paper' then 'key' end)
  returning id
), clock as (
  insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at)
  select id, $3::uuid, clock_timestamp() + $11 * interval '1 ms',
    case when $10 = 'running' then clock_timestamp() + $11 * interval '1 ms' end from strategy
), book as (
  insert into shoal.strategy_books (strategy_id, book, settled_until)
  select id, ($12::text)::jsonb, coalesce(to_timestamp($13::float8 / 1000), clock_timestamp()) from strategy
)
select id from strategy`;

/** Writes a strategy as a deploy does; resolves with its id. */
export async function deploy(database: Database<string>, options: Deployed): Promise<string> {
  const { code, ownerId = "00000000-0000-4000-8000-000000000001", cron, dueInMs = 0, status = "running" } = options;
  const codeId = new Bun.CryptoHasher("sha256").update(JSON.stringify(code)).digest("hex");
  return database.transaction(async (tx) => {
    await tx.query("select shoal.strategy_owner_lock(array[$1::uuid])", [ownerId]);
    const [row] = await tx.query<{ id: string }>(DEPLOY_SQL, [
      ...[codeId, JSON.stringify(code), ownerId, JSON.stringify(options.config ?? {})],
      ...[cron ? null : String(options.intervalMs ?? 1000), cron?.cron ?? null, cron?.zone ?? "UTC"],
      ...[options.market ?? "synthetic", JSON.stringify(options.filter ?? {}), status, dueInMs],
      ...[JSON.stringify(bookToJson(options.book ?? paperBook())), options.settledUntilMs ?? null],
      options.venue ?? "paper",
    ]);
    await tx.query("select shoal.strategy_owner_refresh(array[$1::uuid])", [ownerId]);
    return row?.id ?? "";
  });
}

const EXECUTE_SQL = `
create or replace function public.test_execute(id uuid) returns void language plpgsql as $$
declare
  owners constant uuid[] := array(select c.owner_id from shoal.strategy_clock c where c.strategy_id = id);
begin
  perform shoal.strategy_owner_lock(owners);
  update shoal.strategy_clock set is_manual = true,
    due_at = case when claimed_at is null then clock_timestamp() else due_at end where strategy_id = id;
  perform shoal.strategy_owner_refresh(owners);
  perform pg_notify('shoal_strategies', '');
end
$$`;

/** Asks for a run now, as the desk does. */
export async function execute(database: Database<string>, id: string): Promise<void> {
  await database.query("select public.test_execute($1::uuid)", [id]);
}

/** A database and a sandbox for the tests of a file. */
export function executorTests() {
  const test = sharedDatabase();
  const sandbox = openSandbox();
  beforeAll(() => test.database.query(EXECUTE_SQL));
  afterAll(() => sandbox.close(1_000));
  return { test, sandbox };
}

/** Another sandbox, closed by its caller. */
export function openSandbox(env: Readonly<Record<string, string>> = {}): Sandbox {
  return createSandbox({ config: testConfig(env), runtime: createSystemRuntime() });
}

export interface TestExecutor {
  readonly executor: Executor;
  readonly events: EventSource<StrategyEvents>;
  /** Resolves with the next run of the strategy. */
  ran(id: string): Promise<StrategyEvents["strategy:ran"]>;
}

/** Makes an executor as a daemon has it, which ends with the test. */
export function makeExecutor(
  test: Pick<TestDatabase, "database">,
  options: {
    readonly sandbox: Sandbox;
    readonly env?: Readonly<Record<string, string>>;
    readonly runtime?: Runtime;
    readonly replicaId?: string;
    readonly source?: CandleSource;
    readonly leaseMs?: number;
    readonly isWatched?: () => boolean;
  },
): TestExecutor {
  const { sandbox, env, source, runtime = createSystemRuntime() } = options;
  const events = createEmitter<StrategyEvents>();
  const { database } = test;
  const market = createMarketData({ database, runtime, events, ...(source && { sourceOf: () => source }) });
  const executor = createExecutor({
    ...{ config: testConfig(env), database, runtime, events, market, sandbox, reportLoop: unreported },
    ...{ replicaId: options.replicaId ?? runtime.ids.uuid(), onOrdered() {} },
    ...(options.leaseMs && { leaseMs: options.leaseMs }),
    ...(options.isWatched && { isWatched: options.isWatched }),
  });
  onTestFinished(async () => {
    await executor.drain(5_000);
    await market.close();
  });
  const ran = (id: string) => events.next("strategy:ran", ({ strategyId }) => strategyId === id);
  return { executor, events, ran };
}
