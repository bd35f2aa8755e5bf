import { integer, pick, type Rng, seededRng } from "@shoal/kernel";
import { type Database, StoreError } from "@shoal/store";
import { type Misbehaviour, soakRuns, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openVenue, type Venue } from "./dispatch-support.ts";
import { orderId } from "./strategy-rows.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());

const ORDERS = 60;
const SEEDS = Array.from({ length: soakRuns(1, 100) }, (_, at) => at + 1);

const CUTS: readonly Misbehaviour[] = [
  { answer: "hang up" },
  { works: "never", answer: "hang up" },
  { answer: "half and hang up" },
];
const OTHER_FAULTS: readonly Misbehaviour[] = [
  { answer: "garbage" },
  { answer: "twice" },
  { answer: { status: 500 } },
  { works: "never", answer: { status: 502 } },
];

it.each(SEEDS)(
  "50 cut connections to the exchange, and some to the database: every intent is there once and known here (seed %i)",
  async (seed) => {
    const venue = await openVenue(test.database);
    onTestFinished(() => venue.close());
    const rng = seededRng(seed);
    await addIntents(venue, rng);
    // Of the first sends most are cut; the rest of the faults comes to looks and cancels.
    const sends = Array.from({ length: ORDERS }, (_, at) => pick(rng, at < 50 ? CUTS : OTHER_FAULTS));
    venue.exchange.misbehave("POST /api/v3/order", ...sends);
    const over = lossy(test.database, rng);
    for (const replicaId of ["one", "two"]) venue.dispatcher({ replicaId, over }).start();
    await venue.until((orders) => {
      disturb(
        venue,
        rng,
        orders.filter(({ status }) => status === "open").map(({ id }) => id),
      );
      return orders.every((order) => order.is_over);
    });
    // Each intent met a fault at its first send, and some were sent again.
    const sendCount = venue.exchange.requests.filter(({ route }) => route === "POST /api/v3/order").length;
    expect(sendCount).toBeGreaterThan(ORDERS);
    await expectSameOnBothSides(venue);
  },
);

/**
 * The database over a connection that is cut now and then, before a statement is done or before it is answered. The answer to a claim
 * always comes: what was claimed and not heard of is another's only after its lease, for which no test waits.
 */
function lossy(database: Database, rng: Rng): Database {
  const cut = () => new StoreError("STORE_UNAVAILABLE", "cut", { retryable: true });
  return {
    ...database,
    async query<Row extends object>(...args: Parameters<Database["query"]>) {
      const chance = rng.next();
      if (chance < 0.02) throw cut();
      const rows = await database.query<Row>(...args);
      if (chance < 0.04 && !rows.some((row) => "kind" in row && row.kind === "claimed")) throw cut();
      return rows;
    },
  };
}

async function addIntents(venue: Venue, rng: Rng): Promise<void> {
  for (let number = 1; number <= ORDERS; number += 1) {
    const isMarket = rng.next() < 0.5;
    const quantity = `${integer(rng, 1, 9)}.${integer(rng, 0, 99_999)}`;
    await venue.order({ id: orderId(number), quantity, price: isMarket ? null : `${integer(rng, 50, 99)}.5` });
  }
}

/** What others do meanwhile: the exchange trades, cuts connections, and owners cancel. */
function disturb({ exchange, cancel }: Venue, rng: Rng, openIds: readonly string[]): void {
  for (const route of ["GET /api/v3/order", "GET /api/v3/myTrades", "DELETE /api/v3/order"] as const) {
    if (rng.next() < 0.2) exchange.misbehave(route, pick(rng, [...CUTS, ...OTHER_FAULTS]));
  }
  const live = exchange.orders.filter(({ status }) => status === "NEW" || status === "PARTIALLY_FILLED");
  const order = live.length > 0 ? pick(rng, live) : undefined;
  if (order) exchange.fill(order.clientId, rng.next() < 0.5 ? "0.00001" : undefined);
  if (openIds.length > 0 && rng.next() < 0.1) void cancel(pick(rng, openIds));
}

async function expectSameOnBothSides({ exchange, stored }: Venue): Promise<void> {
  const orders = await stored();
  const there = exchange.orders.map(({ clientId, status, trades }) => ({
    id: clientId,
    status: status === "CANCELED" ? "cancelled" : status.toLowerCase(),
    filled: trades.reduce((sum, { quantity }) => sum + quantity, 0n),
    trades: trades.length,
  }));
  const fills = await test.database.query<{ order_id: string; count: number; units: string }>(
    `select order_id::text, count(*)::int as count, round(sum(quantity) * 1e8)::text as units
     from shoal.strategy_fills group by order_id`,
  );
  const known = orders.map(({ id, status, filled }) => {
    const own = fills.find(({ order_id }) => order_id === id);
    expect(Number(filled) * 1e8).toBeCloseTo(Number(own?.units ?? 0), 0);
    return { id, status, filled: BigInt(own?.units ?? "0"), trades: own?.count ?? 0 };
  });
  const byId = (left: { id: string }, right: { id: string }) => left.id.localeCompare(right.id);
  expect(known).toEqual(there.toSorted(byId));

  // The money that left the account is what our fills cost, to the last unit.
  const [spent] = await test.database.query<{ usdt: string; btc: string }>(
    `select round((1000000 - sum(trunc(price * quantity, 8))) * 1e8)::text as usdt,
       round((1000 + sum(quantity - fee)) * 1e8)::text as btc from shoal.strategy_fills`,
  );
  const { balances } = exchange.market;
  expect([spent?.usdt, spent?.btc]).toEqual([`${balances.get("USDT")}`, `${balances.get("BTC")}`]);
}
