import { every, type Runtime, sleep } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import { type Misbehaviour, standInExchange, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { OpenExchange } from "../src/strategies/orders/accounts.ts";
import { watchExchanges } from "../src/strategies/orders/exchange-watch.ts";
import { openVenue, type StoredOrder, type Venue } from "./dispatch-support.ts";
import { addStrategy, OTHER_OWNER, OWNER, orderId, STRATEGY } from "./strategy-rows.ts";

let test: TestDatabase;
let venue: Venue;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());
beforeEach(async () => {
  venue = await openVenue(test.database);
});
afterEach(async () => {
  await venue.close();
  // Keys and signatures: nowhere, whatever has gone wrong.
  const rows = await test.database.query(
    "select * from shoal.strategy_orders o left join shoal.strategy_fills f on f.order_id = o.id",
  );
  const said = `${venue.lines.join("\n")}${JSON.stringify(rows)}`;
  for (const hidden of [venue.exchange.apiKey, venue.exchange.secret, "signature"]) expect(said).not.toContain(hidden);
});

const ID = orderId(1);
const KEY_REFUSED: Misbehaviour = {
  works: "never",
  answer: { status: 401, body: '{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}' },
};
const isOver = (orders: readonly StoredOrder[]) => orders.every((each) => each.is_over);
const are =
  (...statuses: readonly string[]) =>
  (orders: readonly StoredOrder[]) =>
    orders.map(({ status }) => status).join() === statuses.join();
const shown = (orders: readonly StoredOrder[]) =>
  orders.map(({ status, filled, reason }) => [status, filled, reason?.split(":")[0]].filter(Boolean).join(" "));
const posts = () => venue.exchange.requests.filter(({ route }) => route === "POST /api/v3/order").length;
const one = async <Row extends object>(text: string): Promise<Row | undefined> =>
  (await test.database.query<Row>(text))[0];

describe("a dispatcher of orders", () => {
  it("brings an intent to the exchange under its own id, and its trades back", async () => {
    venue.exchange.market.tradesPerOrder = 2;
    await venue.order({ id: ID });
    venue.dispatcher().start();
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
    expect(venue.exchange.orders.map(({ clientId }) => clientId)).toEqual([ID]);
    const fills = await test.database.query("select * from shoal.strategy_fills order by id");
    expect(fills).toMatchObject([
      {
        id: `${ID}:1`,
        strategy_id: STRATEGY,
        order_id: ID,
        price: "100",
        quantity: "0.05",
        fee_currency: "BTC",
        booked_at: null,
      },
      { id: `${ID}:2` },
    ]);
    expect(await one("select revision from shoal.strategy_clock")).toEqual({ revision: "1" });
    expect(venue.lines.filter((line) => line.includes('"order:changed"'))).toMatchObject([
      expect.stringMatching(/"status":"filled","code":null,"answeredAfterMs":\d/),
    ]);
  });

  it("is woken by the announcement of an intent", async () => {
    // On this clock no poll is ever due.
    const { clock } = testRuntime();
    const options = { ownRuntime: { ...venue.runtime, clock }, openExchange: venue.openAt(venue.exchange, clock) };
    const [looked, filled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    venue.events.on("orders:turn", () => looked.resolve());
    venue.events.on("order:filled", () => filled.resolve());
    venue.dispatcher(options).start();
    await looked.promise;
    await venue.order({ id: ID });
    const announcing = every(
      venue.runtime.clock,
      10,
      async () => {
        await test.database.query("notify shoal_orders");
      },
      () => {},
    );
    await filled.promise;
    announcing.cancel();
  });

  it("follows an open order to its end, trade by trade", async () => {
    await venue.order({ id: ID, price: "90" });
    venue.dispatcher().start();
    await venue.until(are("open"));
    venue.exchange.fill(ID, "0.03");
    expect(shown(await venue.until(([order]) => order?.filled === "0.03"))).toEqual(["open 0.03"]);
    venue.exchange.fill(ID);
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
    expect(
      await one("select count(*)::int as count, sum(quantity)::text as sum from shoal.strategy_fills"),
    ).toMatchObject({
      ...{ count: 2, sum: "0.10" },
    });
    expect(posts()).toBe(1);
  });

  it("cancels what is wanted cancelled, and keeps what was traded before", async () => {
    await venue.order({ id: ID, price: "90" });
    await venue.order({ id: orderId(2), price: "80" });
    venue.dispatcher().start();
    await venue.until(are("open", "open"));
    venue.exchange.fill(ID, "0.04");
    await venue.cancel(ID);
    await venue.cancel(orderId(2));
    expect(shown(await venue.until(isOver))).toEqual([
      "cancelled 0.04 TRADING_CANCELLED",
      "cancelled 0 TRADING_CANCELLED",
    ]);
    expect(venue.exchange.orders.map(({ status }) => status)).toEqual(["CANCELED", "CANCELED"]);
  });

  it("takes an order for filled that was filled before its cancellation came", async () => {
    await venue.order({ id: ID, price: "90" });
    venue.dispatcher().start();
    await venue.until(are("open"));
    venue.exchange.misbehave("DELETE /api/v3/order", { works: "never", answer: "late" });
    await venue.cancel(ID);
    const cancelling = venue.until(isOver);
    await venue.exchange.held();
    venue.exchange.fill(ID);
    venue.exchange.release();
    expect(shown(await cancelling)).toEqual(["filled 0.1"]);
  });

  it("says why the exchange would not cancel an order, which stays open, and asks again", async () => {
    const refusal = { status: 400, body: '{"code":-2011,"msg":"Order cannot be cancelled now."}' };
    await venue.order({ id: ID, price: "90" });
    venue.dispatcher().start();
    await venue.until(are("open"));
    // The second one is held back until it has been seen what the first one left.
    venue.exchange.misbehave("DELETE /api/v3/order", { works: "never", answer: refusal }, { answer: "late" });
    await venue.cancel(ID);
    expect(shown(await venue.until(([order]) => (order?.reason ?? null) !== null))).toEqual([
      "open 0 TRADING_EXCHANGE_CANCEL_REFUSED",
    ]);
    await venue.exchange.held();
    venue.exchange.release();
    expect(shown(await venue.until(isOver))).toEqual(["cancelled 0 TRADING_CANCELLED"]);
  });

  it("never sends what was cancelled before", async () => {
    await venue.order({ id: ID });
    await venue.cancel(ID);
    venue.dispatcher().start();
    expect(shown(await venue.until(isOver))).toEqual(["cancelled 0 TRADING_CANCELLED"]);
    expect(posts()).toBe(0);
  });

  it("sends nothing, and says that it fails, while it cannot note that a send begins", async () => {
    await test.database.script(`
      create function public.refuse() returns trigger language plpgsql as $$ begin
        raise 'no space left on device' using errcode = '53100'; end $$;
      create trigger refuse before update on shoal.strategy_orders for each row when (new.status = 'sent')
        execute function public.refuse();`);
    onTestFinished(() => test.database.script("drop function if exists public.refuse cascade"));
    const health = createHealth({ clock: venue.runtime.clock });
    onTestFinished(() => health.close());
    const watch = watchExchanges(venue.events);
    const failing = () => health.readiness().loops.flatMap(({ name, state }) => (state === "failing" ? [name] : []));
    await venue.order({ id: ID });
    venue.dispatcher({ reportLoop: health.reportLoop }).start();
    await venue.until(() => failing().length > 0);
    expect([failing(), shown(await venue.stored()), posts()]).toEqual([["orders-sends"], ["intended 0"], 0]);
    expect(watch.trouble()).toBeUndefined();
    await test.database.script("drop function public.refuse cascade");
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
    expect(failing()).toEqual([]);
  });

  it("ends an order that the exchange rejects, with its reason", async () => {
    await venue.order({ id: ID, quantity: "999999" });
    venue.dispatcher().start();
    expect(shown(await venue.until(isOver))).toEqual(["rejected 0 TRADING_EXCHANGE_INSUFFICIENT_FUNDS"]);
    expect(await one("select revision from shoal.strategy_clock")).toEqual({ revision: "1" });
  });
});

describe("an exchange that misbehaves", () => {
  const cut = { answer: "hang up" } as const;
  const never = { works: "never", answer: "hang up" } as const;
  it.each<[string, readonly Misbehaviour[], number]>([
    ["takes it and hangs up", [cut], 1],
    ["hangs up before it takes it", [never], 2],
    ["hangs up three times before it takes it", [never, never, never], 4],
    ["takes it and answers half", [{ answer: "half and hang up" }], 1],
    ["takes it and answers twice", [{ answer: "twice" }], 1],
    ["takes it and answers garbage", [{ answer: "garbage" }], 1],
    ["takes it and answers without end", [{ answer: "huge" }], 1],
    ["takes it and says 500", [{ answer: { status: 500 } }], 1],
    ["says 500 and does not take it", [{ works: "never", answer: { status: 500 } }], 2],
    ["asks to come later", [{ works: "never", answer: { status: 429 } }], 2],
  ])("%s: one order there, known here", async (_what, misbehaviours, sends) => {
    venue.exchange.misbehave("POST /api/v3/order", ...misbehaviours);
    await venue.order({ id: ID });
    venue.dispatcher().start();
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
    expect([venue.exchange.orders.length, posts()]).toEqual([1, sends]);
    expect(await one("select sum(quantity)::float8 as sum from shoal.strategy_fills")).toEqual({ sum: 0.1 });
  });

  it("answers late: until then the order is sent, and no other dispatcher touches it", async () => {
    venue.exchange.misbehave("POST /api/v3/order", { answer: "late" });
    await venue.order({ id: ID });
    const looked = Promise.withResolvers<void>();
    venue.dispatcher({ replicaId: "one" }).start();
    await venue.exchange.held();
    venue.events.on("orders:turn", () => looked.resolve());
    venue.dispatcher({ replicaId: "two" }).start();
    await looked.promise;
    expect(shown(await venue.stored())).toEqual(["sent 0"]);
    venue.exchange.release();
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
    expect(venue.exchange.requests.filter(({ route }) => route.endsWith("/order")).length).toBe(1);
  });

  it("holds an order up on its way: it is looked for and not sent again while it may still arrive", async () => {
    venue.exchange.misbehave("POST /api/v3/order", { works: "on release", answer: "hang up" });
    await venue.order({ id: ID });
    venue.dispatcher().start();
    const looks = () => venue.exchange.requests.filter(({ route }) => route === "GET /api/v3/order").length;
    await venue.until(() => looks() >= 3, { sends: false });
    expect([shown(await venue.stored()), posts()]).toEqual([["unknown 0"], 1]);
    venue.exchange.release();
    expect(shown(await venue.until(isOver, { sends: false }))).toEqual(["filled 0.1"]);
    expect([venue.exchange.orders.length, posts()]).toEqual([1, 1]);
  });

  it("asks to be left alone: nobody else waits for that account", async () => {
    const busy = venue;
    const other = await openOtherAccount(busy);
    busy.exchange.misbehave("POST /api/v3/order", { works: "never", answer: { status: 429, retryAfterSeconds: 3600 } });
    await busy.order({ id: ID });
    busy.dispatcher({ openExchange: other.openExchange }).start();
    await busy.until(([order]) => order?.last_error?.startsWith("TRADING_EXCHANGE_LATER") ?? false);
    for (const number of [2, 3]) await busy.order({ id: orderId(number) });
    await busy.order({ id: orderId(4), strategyId: other.strategyId, ownerId: OTHER_OWNER });
    expect(shown(await busy.until((orders) => orders[3]?.is_over ?? false)).at(3)).toBe("filled 0.1");
    expect([posts(), busy.exchange.orders.length, other.exchange.orders.length]).toEqual([1, 0, 1]);
  });

  it("refuses the keys: nothing more is sent with them, and their strategies pause, until they are written anew", async () => {
    await venue.order({ id: ID, price: "90" });
    venue.dispatcher().start();
    await venue.until(are("open"));
    venue.exchange.misbehaveAlways(KEY_REFUSED);
    await venue.order({ id: orderId(2) });
    const orders = await venue.until((all) => all[1]?.is_over ?? false);
    expect(shown(orders)[1]).toMatch(/^rejected 0 (TRADING_EXCHANGE_KEY_REFUSED|STRATEGY_KEY_REFUSED)$/);
    expect(await one("select status, status_reason from shoal.strategies")).toMatchObject({
      ...{ status: "paused", status_reason: expect.stringMatching(/^STRATEGY_KEY_REFUSED: /) },
    });
    const before = venue.exchange.requests.length;
    await venue.order({ id: orderId(3) });
    expect(shown(await venue.until((all) => all[2]?.is_over ?? false)).slice(2)).toEqual([
      "rejected 0 STRATEGY_KEY_REFUSED",
    ]);
    await venue.until(([order]) => order?.last_error?.startsWith("STRATEGY_KEY_REFUSED") ?? false);
    expect([venue.exchange.requests.length, shown(await venue.stored())[0]]).toEqual([before, "open 0"]);
    expect(venue.lines.filter((line) => line.includes("secret:refused")).length).toBe(1);

    venue.exchange.misbehaveAlways(null);
    const { apiKey, secret } = venue.exchange;
    await venue.secrets.put(OWNER, "main", { apiKey, secret });
    venue.exchange.fill(ID);
    expect(shown(await venue.until(isOver))[0]).toBe("filled 0.1");
  });

  it("is out of reach while a key of ENCRYPTION_KEY is missing, and the order waits", async () => {
    await test.database.query("update shoal.strategy_secrets set key_id = 'gone'");
    await venue.order({ id: ID });
    venue.dispatcher().start();
    await venue.until(([order]) => order?.last_error?.startsWith("STRATEGY_SECRET_KEY_MISSING") ?? false);
    expect([shown(await venue.stored()), posts()]).toEqual([["intended 0"], 0]);
    expect(venue.lines.find((line) => line.includes('"error_code"'))).toContain("sealed with the key gone");
    await test.database.query("update shoal.strategy_secrets set key_id = 'k1'");
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
  });
});

describe("an intent that could not be sent for long", () => {
  const later = { works: "never", answer: { status: 503 } } as const;
  const age = (minutes: number) =>
    test.database.query("update shoal.strategy_orders set intended_at = clock_timestamp() - $1 * interval '1 minute'", [
      minutes,
    ]);
  const reasons = async () => (await venue.stored()).map(({ reason }) => reason);

  it.each<[string, string, () => Promise<unknown> | unknown]>([
    ["the exchange is away", "TRADING_EXCHANGE_", () => venue.exchange.misbehaveAlways(later)],
    [
      "the key that sealed its keys is missing",
      "STRATEGY_SECRET_KEY_MISSING: ",
      () => test.database.query("update shoal.strategy_secrets set key_id = 'gone'"),
    ],
  ])("ends with its reason, and never arrives, where %s", async (_what, why, spoil) => {
    await spoil();
    await venue.order({ id: ID });
    venue.dispatcher().start();
    await venue.until(([order]) => (order?.last_error ?? null) !== null);
    await age(6);
    await venue.until(isOver);
    expect(await reasons()).toEqual([expect.stringMatching(`^STRATEGY_ORDER_EXPIRED: .* ${why}`)]);
    const before = posts();
    venue.exchange.misbehaveAlways(null);
    await venue.order({ id: orderId(2) });
    await test.database.query("update shoal.strategy_secrets set key_id = 'k1'");
    expect(shown(await venue.until(isOver))).toEqual(["rejected 0 STRATEGY_ORDER_EXPIRED", "filled 0.1"]);
    expect([posts() - before, venue.exchange.orders.length]).toEqual([1, 1]);
  });

  it("has the age that the database knows, whatever the clock of the daemon that placed it says", async () => {
    await venue.order({ id: ID });
    await test.database.query("update shoal.strategy_orders set placed_at = placed_at - interval '1 hour'");
    venue.dispatcher().start();
    expect(shown(await venue.until(isOver))).toEqual(["filled 0.1"]);
  });
});

describe("the end of a dispatcher", () => {
  it("leaves an order that may be at the exchange to the next, who reads it and does not send it", async () => {
    venue.exchange.misbehave("POST /api/v3/order", { answer: "silence" });
    await venue.order({ id: ID, price: "90" });
    const first = venue.dispatcher();
    first.start();
    await venue.exchange.held();
    await first.drain(4_000);
    expect(first.stats()).toEqual({ runningCount: 0, accountCount: 0 });
    expect(await one("select status, claimed_at from shoal.strategy_orders")).toEqual({
      status: "unknown",
      claimed_at: null,
    });
    venue.dispatcher({ replicaId: "next" }).start();
    await venue.until(are("open"));
    expect([posts(), venue.exchange.orders.length]).toEqual([1, 1]);
  });

  it("may come at any moment, without a word: as many orders at the exchange as intents, each known", async () => {
    // Filled at once: the exchange would take a second one of that id. Claim, keys, the note, the send, and what became of it.
    expect(await dieAtEachStep((id) => venue.order({ id }))).toBeGreaterThanOrEqual(5);
    expect(shown(await venue.stored())).toEqual(venue.exchange.orders.map(() => "filled 0.1"));
  });

  it("may come at any moment of a cancellation, too", async () => {
    const steps = await dieAtEachStep(async (id) => {
      await venue.order({ id, price: "90" });
      await withDispatcher("before", () => venue.until((orders) => orders.at(-1)?.status === "open"));
      venue.exchange.fill(id, "0.04");
      await venue.cancel(id);
    });
    // Claim, keys, the cancellation, and what became of it.
    expect(steps).toBeGreaterThanOrEqual(4);
    expect(shown(await venue.stored())).toEqual(venue.exchange.orders.map(() => "cancelled 0.04 TRADING_CANCELLED"));
  });
});

/** Lets a dispatcher die at each step of what it does with an order, before and after it was done, and another go on; resolves with their number. */
async function dieAtEachStep(prepare: (id: string) => Promise<void>): Promise<number> {
  for (let step = 0; ; step += 1) {
    for (const isDone of [false, true]) {
      const id = orderId(2 * step + Number(isDone));
      await prepare(id);
      const mortal = mortalAt(step, isDone);
      const first = venue.dispatcher({ ...mortal, replicaId: `${step} ${isDone}` });
      first.start();
      const isDead = await Promise.race([mortal.died.then(() => true), orderEnds(id).then(() => false)]);
      mortal.die();
      await venue.kill(first);
      await withDispatcher(`after ${step} ${isDone}`, () => venue.until(isOver));
      const ids = (await venue.stored()).map((order) => order.id);
      expect(venue.exchange.orders.map(({ clientId }) => clientId)).toEqual(ids);
      if (!isDead) return step;
    }
  }
}

async function withDispatcher(replicaId: string, work: () => Promise<unknown>): Promise<void> {
  const dispatcher = venue.dispatcher({ replicaId });
  dispatcher.start();
  await work();
  await dispatcher.drain(10_000);
  venue.forget(dispatcher);
}

async function orderEnds(id: string): Promise<void> {
  while (!(await venue.stored()).some((order) => order.id === id && order.is_over)) {
    await sleep(venue.runtime.clock, 2);
  }
}

/** What a dispatcher is given who dies at that step of what it does outside of itself, before or after it was done. */
function mortalAt(step: number, isDone: boolean) {
  const { clock } = testRuntime();
  const died = Promise.withResolvers<void>();
  let steps = 0;
  let isDead = false;
  const never = new Promise<never>(() => {});
  const doStep = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (isDead) return never;
    const isLast = steps === step;
    steps += 1;
    isDead ||= isLast;
    if (isLast && isDone) await work();
    if (isLast) died.resolve();
    return isLast ? never : await work();
  };
  const { database } = test;
  const over: Database = {
    query: (...args) => doStep(() => database.query(...args)),
    script: () => never,
    transaction: () => never,
    listen: async () => ({ close: async () => {} }),
    close: () => never,
  };
  const openExchange: OpenExchange = (...args) => {
    const port = venue.openAt(venue.exchange, clock)(...args);
    return {
      ...port,
      send: (...given) => doStep(() => port.send(...given)),
      read: (...given) => doStep(() => port.read(...given)),
      cancel: (...given) => doStep(() => port.cancel(...given)),
    };
  };
  const ownRuntime: Runtime = { ...venue.runtime, clock };
  return { over, openExchange, ownRuntime, died: died.promise, die: () => (isDead = true) };
}

/** The account of another owner, at a server of its own. */
async function openOtherAccount(of: Venue) {
  const exchange = await standInExchange();
  onTestFinished(() => exchange[Symbol.asyncDispose]());
  const strategyId = "5c0a0000-0000-4000-8000-000000000002";
  const { apiKey, secret } = exchange;
  await of.secrets.put(OTHER_OWNER, "main", { apiKey, secret, password: "other" });
  await addStrategy(test.database, { id: strategyId, ownerId: OTHER_OWNER, venue: "binance", secretName: "main" });
  const openExchange: OpenExchange = (name, { password, ...keys }) =>
    of.openAt(password === undefined ? of.exchange : exchange)(name, keys);
  return { exchange, strategyId, openExchange };
}
