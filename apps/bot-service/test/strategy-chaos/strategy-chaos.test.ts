import { join } from "node:path";
import { createSystemRuntime, type Runtime, silentLog, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { CheckedCode } from "@shoal/strategy-runner";
import {
  type Misbehaviour,
  type StandInExchange,
  soakRuns,
  spawnProgram,
  standInExchange,
  testDatabase,
} from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { createStrategyDesk } from "../../src/strategies/desk/strategy-desk.ts";
import { parseKeyring } from "../../src/strategies/secrets/keyring.ts";
import { createSecretStore } from "../../src/strategies/secrets/secret-store.ts";
import type { DaemonSettings } from "../programs/strategies-daemon.ts";
import { brokenInvariants, type InvariantName } from "./invariants.ts";

const PROGRAM = join(import.meta.dirname, "../programs/strategies-daemon.ts");
/** Of the daemon, with kill -9; and of connections to the exchange, in the middle of an order. */
const KILLS = soakRuns(2, 50);
const CUTS = soakRuns(2, 50);
const DAEMONS = 2;
const OWNERS = ["0c0a0000-0000-4000-8000-000000000001", "0c0a0000-0000-4000-8000-000000000002"] as const;
const ENCRYPTION_KEY = `k1:${"A".repeat(43)}`;
const MARKETS = new Set(["synthetic", "binance"]);
const BTC = { symbol: "BTC/USDT", base: "BTC", quote: "USDT", tick: "0.01", lot: "0.00001", smallestNotional: "5" };

/** Buys, sells, and counts its runs: a run that counted twice, or not, shows in its state. */
const JAVASCRIPT = `
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 5 }] };
export function run(ctx) {
  ctx.state.set("runs", ctx.state.get("runs", 0) + 1);
  if (ctx.orders.open().length > 0) return;
  const { quantity, exactQuantity } = ctx.portfolio.position("BTC/USDT");
  ctx.orders.place({ symbol: "BTC/USDT", type: "market", ...(quantity > 0 ? { side: "sell", quantity: exactQuantity } : { side: "buy", quantity: 0.1 }) });
}`;
const CODE: CheckedCode = {
  ...{ javascript: JAVASCRIPT, sha256: "a".repeat(64), fileName: "strategy.js", config: {} },
  needs: { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 5 }] },
};

/** Each in turn: the order is there and nobody is told, or by half; the last one never came, which is certain after half a minute. */
const CUT_SENDS: readonly Misbehaviour[] = [
  { answer: "hang up" },
  { answer: "half and hang up" },
  { answer: "hang up" },
  { answer: "hang up", works: "never" },
];

interface World {
  readonly runtime: Runtime;
  readonly database: Database<string>;
  readonly exchange: StandInExchange;
  readonly settings: DaemonSettings;
}

async function makeWorld(): Promise<World> {
  const test = await testDatabase();
  onTestFinished(() => test[Symbol.asyncDispose]());
  const exchange = await standInExchange({ balances: { USDT: "100000000", BTC: "1000" } });
  onTestFinished(() => exchange[Symbol.asyncDispose]());
  exchange.market.commissionAsset = "USDT";
  exchange.market.tradesPerOrder = 2;
  const { apiKey: _, secret: __, ...binance } = exchange.ccxtSettings;
  const runtime = createSystemRuntime(silentLog);
  const settings: DaemonSettings = {
    ...{ databaseUrl: test.url, encryptionKey: ENCRYPTION_KEY, binance },
    ...{ leaseMs: 5000, marketSpeed: 60, marketSinceMs: runtime.clock.now() },
  };
  return { runtime, database: test.database, exchange, settings };
}

/** For each owner three strategies on paper and eight at the exchange, each due once a second. */
async function deployAll({ runtime, database, exchange }: World): Promise<void> {
  const keyring = parseKeyring(ENCRYPTION_KEY);
  if (!keyring.ok) throw new Error(keyring.problem);
  const secrets = createSecretStore({ database, runtime, keyring: keyring.keyring });
  const desk = createStrategyDesk({
    ...{ database, clock: runtime.clock },
    check: async () => ({ ok: true, code: CODE }),
    markets: { ids: MARKETS, exchangeIds: MARKETS, instruments: async () => [BTC] },
    ...{ defaultMarket: "synthetic", perOwnerCount: 50, hasSecrets: true },
  });
  for (const ownerId of OWNERS) {
    await secrets.put(ownerId, "main", { apiKey: exchange.apiKey, secret: exchange.secret });
    const deploy = (name: string, at: object) =>
      desk.deploy(
        { userId: null },
        {
          ...{ ownerId, name, source: JAVASCRIPT, language: "javascript" },
          timing: { kind: "interval", intervalMs: 1000 },
          ...at,
        },
      );
    for (const n of [1, 2, 3]) await deploy(`paper ${n}`, { venue: "paper" });
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8])
      await deploy(`exchange ${n}`, { venue: "binance", market: "binance", secretName: "main" });
  }
}

function startDaemon({ settings }: World) {
  return spawnProgram([PROGRAM, JSON.stringify(settings)], { env: process.env, stdout: "inherit", stderr: "inherit" });
}
type Daemon = ReturnType<typeof startDaemon>;

async function killed(daemon: Daemon): Promise<void> {
  daemon.kill("SIGKILL");
  await daemon.exited;
}

const until = async ({ runtime }: World, isSo: () => Promise<boolean>) => {
  while (!(await isSo())) await sleep(runtime.clock, 10);
};

const has = async ({ database }: World, sql: string) => (await database.query(`${sql} limit 1`)).length > 0;

async function countOf({ database }: World, what: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(`select count(*)::int as count from ${what}`);
  return row?.count ?? 0;
}

const sendsOf = ({ exchange }: World) => exchange.requests.filter(({ route }) => route === "POST /api/v3/order").length;

/** Kills one daemon after another while it holds something, and cuts connections in the middle of orders. */
async function play(world: World): Promise<void> {
  const daemons = Array.from({ length: DAEMONS }, () => startDaemon(world));
  for (let round = 0; round < Math.max(KILLS, CUTS); round += 1) {
    const cut = CUT_SENDS[round % CUT_SENDS.length];
    if (round < CUTS && cut) {
      world.exchange.misbehave("POST /api/v3/order", cut);
      if (round % 2 === 1) world.exchange.misbehave("GET /api/v3/order", { answer: "hang up" });
    }
    const ran = await countOf(world, "shoal.strategy_runs");
    await until(world, async () => (await countOf(world, "shoal.strategy_runs")) >= ran + 10);
    // Each cut has hit an order.
    await until(world, async () => sendsOf(world) > Math.min(round, CUTS - 1));
    if (round >= KILLS) continue;
    await until(world, () => has(world, "select from shoal.strategy_clock where claimed_at is not null"));
    const [victim] = daemons.splice(round % DAEMONS, 1, startDaemon(world));
    if (victim) await killed(victim);
  }
  for (const daemon of daemons) await killed(daemon);
}

/** Lets a daemon find out about each order, once nothing new is wanted, and drains it. */
async function settleOrders(world: World): Promise<void> {
  await world.database.script(`
    update shoal.strategies set status = 'stopped';
    update shoal.strategy_clock set due_at = null, claimed_at = null, epoch = epoch + 1;`);
  await world.database.query("select shoal.strategy_owner_refresh($1::uuid[])", [OWNERS]);
  const last = startDaemon(world);
  const isOpen =
    "select from shoal.strategy_orders where venue <> 'paper' and status in ('intended', 'sent', 'unknown')";
  await until(world, async () => !(await has(world, isOpen)));
  last.kill("SIGTERM");
  expect(await last.exited).toBe(0);
}

/** What each of them is there for: done to a history that keeps all of them. */
const BREAKS: Readonly<Record<InvariantName, string>> = {
  "two runs of one tick": `
    insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms,
      outcome, fuel, image_hash)
    select gen_random_uuid(), strategy_id, 1000000, 1000000, version, code_id, build_id, planned_at, started_at, 1, 'ok', 1, ''
    from shoal.strategy_runs limit 1`,
  "two runs of one claim": `
    insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms,
      outcome, fuel, image_hash)
    select gen_random_uuid(), strategy_id, 1000000, epoch, version, code_id, build_id, now(), started_at, 1, 'ok', 1, ''
    from shoal.strategy_runs limit 1`,
  "a run that was not counted, or counted twice":
    "delete from shoal.strategy_runs where id = (select id from shoal.strategy_runs order by number desc limit 1)",
  "a run that left no state, or twice": "update shoal.strategy_state set value = to_jsonb((value::text)::int + 1)",
  "a tick that nobody ran and nobody missed":
    "update shoal.strategy_clock set next_execution_at = next_execution_at + interval '1 second'",
  "an order without its run": `
    insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
    select gen_random_uuid(), strategy_id, owner_id, gen_random_uuid(), 1, venue, symbol, side, type, 1, 'cancelled', placed_at
    from shoal.strategy_orders limit 1`,
  "a run without its orders":
    "delete from shoal.strategy_orders where id = (select id from shoal.strategy_orders limit 1)",
  "an order of a run that did not end well": "update shoal.strategy_runs set outcome = 'failed'",
  "an order that is filled otherwise than its fills": "update shoal.strategy_orders set filled = filled + 0.00001",
  "a fill without its order": "update shoal.strategy_fills set order_id = gen_random_uuid()",
  "a position that is not the sum of its fills": "update shoal.strategy_positions set quantity = quantity + 0.00001",
  "money that no fill explains": "update shoal.strategy_balances set amount = amount - 0.01",
  "an order that nobody knows about": "update shoal.strategy_orders set status = 'unknown'",
};

/** Breaks each invariant in a transaction of its own, which is taken back. */
async function provenBlind({ database }: World): Promise<string[]> {
  const blind: string[] = [];
  for (const [name, script] of Object.entries(BREAKS)) {
    const undone = new Error("taken back");
    const tried = database.transaction(async (tx) => {
      await tx.script(script);
      const broken = await brokenInvariants(tx);
      if (!broken.some((each) => each.startsWith(`${name}:`))) blind.push(name);
      throw undone;
    });
    await tried.catch((thrown) => {
      if (thrown !== undone) throw thrown;
    });
  }
  return blind;
}

interface OrderAtExchange {
  readonly id: string;
  readonly status: string;
  readonly filled: string;
}

const ORDERS_SQL = `
select id::text, status, trim_scale(filled)::text as filled from shoal.strategy_orders
where venue <> 'paper' and not (status = 'rejected' or status = 'cancelled' and exchange_id is null) order by id`;

describe("strategies on paper and at an exchange", () => {
  it(`do each tick once and send each order once, whatever is killed (${KILLS} times) and cut off (${CUTS} times)`, {
    timeout: 240_000 + 60_000 * KILLS,
  }, async () => {
    const world = await makeWorld();
    await deployAll(world);
    await play(world);
    // As the last kill left them; only orders may still be on their way.
    const onTheirWay = (broken: string) => broken.startsWith("an order that nobody knows about");
    expect((await brokenInvariants(world.database)).filter((each) => !onTheirWay(each))).toEqual([]);

    await settleOrders(world);
    expect(await brokenInvariants(world.database)).toEqual([]);
    const known = await world.database.query<OrderAtExchange>(ORDERS_SQL);
    const there = world.exchange.orders.map(({ clientId, status, quantity }) => ({
      id: clientId,
      status: status.toLowerCase(),
      filled: String(Number(quantity) / 1e8),
    }));
    expect(known).toEqual(there.toSorted((left, right) => (left.id < right.id ? -1 : 1)));
    expect(sendsOf(world)).toBeGreaterThanOrEqual(CUTS);
    expect(known.length).toBeGreaterThan(CUTS / 2);
    expect(await countOf(world, "shoal.strategy_fills where id not like '%:%'")).toBeGreaterThan(0);
    expect(await provenBlind(world)).toEqual([]);
  });
});
