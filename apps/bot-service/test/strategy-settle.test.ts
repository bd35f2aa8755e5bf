import { isAboutTheValues } from "@shoal/store";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RanRun, SettledFill, SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import { extendLeases, loadStrategies, pruneStrategies } from "../src/strategies/executor/statements.ts";
import {
  addStrategies,
  addStrategy,
  CODE_ID,
  claim,
  claimOne,
  clock,
  emptyStrategies,
  everything,
  LEASE_MS,
  MINUTE,
  ORDER_ID,
  order,
  ownerId,
  passTime,
  ran,
  refreshOwners,
  turn,
  wrongOwners,
} from "./strategy-support.ts";

const OTHER_ORDER_ID = "11111111-0000-4000-8000-000000000002";
const THIRD_ORDER_ID = "11111111-0000-4000-8000-000000000003";
const FOURTH_ORDER_ID = "11111111-0000-4000-8000-000000000004";

const fill = (id: string, more: Partial<SettledFill> = {}): SettledFill => ({
  ...{ id, orderId: ORDER_ID, symbol: "BTC/USDT", side: "buy", price: "100.25", quantity: "0.5", fee: "0.050125" },
  ...{ feeCurrency: "USDT", liquidity: "maker", realisedProfit: "-1.5", filledAtMs: 2_000, ...more },
});

/** All that a run may bring. */
const FULL = {
  statePatch: { seen: 1, deep: { a: [null, "x"] } },
  book: { version: 1 },
  settledUntilMs: 1_700_000_000_000,
  positions: [{ symbol: "BTC/USDT", quantity: "0.5", cost: "50.125", realisedProfit: "0", paidFees: "0.05" }],
  balances: [{ currency: "USDT", amount: "949.824875" }],
  orders: [
    order(ORDER_ID, { status: "filled", filled: "0.5", average: "100.25", fee: "0.050125" }),
    order(OTHER_ORDER_ID),
  ],
  fills: [fill("1")],
  equity: "1000.00",
} as const satisfies Partial<RanRun>;

describe.each(backends())("what became of strategies on the %s Postgres", (backend) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyStrategies(test));

  const settle = (...done: readonly SettledRun[]) => turn(test.database, { limit: 0, done });
  const rows = (what: string) => test.database.query(`select ${what}`);
  /** Claims and settles the strategy that is due, a tick later than the time before. */
  const run = async (more: Partial<RanRun>) => {
    const held = await claimOne(test.database);
    const settled = await settle(ran(held, more));
    await passTime(test.database, MINUTE);
    return settled;
  };

  it("writes state, book, positions, balances, orders, fills and equity in one piece", async () => {
    const id = await addStrategy(test.database);
    expect((await run(FULL)).hasOrdered).toBe(false);
    expect(await rows("key, value from shoal.strategy_state order by key")).toEqual([
      { key: "deep", value: { a: [null, "x"] } },
      { key: "seen", value: 1 },
    ]);
    expect(await rows("book, settled_until from shoal.strategy_books")).toEqual([
      { book: { version: 1 }, settled_until: new Date(1_700_000_000_000) },
    ]);
    expect(
      await rows("symbol, quantity, cost, realised_profit as profit, paid_fees as fees from shoal.strategy_positions"),
    ).toEqual([{ symbol: "BTC/USDT", quantity: "0.5", cost: "50.125", profit: "0", fees: "0.05" }]);
    expect(await rows("currency, amount from shoal.strategy_balances")).toEqual([
      { currency: "USDT", amount: "949.824875" },
    ]);
    const orders =
      "id, strategy_id, owner_id, number, venue, type, price, status, filled, average, fee, check_at, placed_at";
    expect(await rows(`${orders} from shoal.strategy_orders order by id`)).toMatchObject([
      {
        id: ORDER_ID,
        strategy_id: id,
        owner_id: ownerId(1),
        number: 1,
        venue: "paper",
        status: "filled",
        average: "100.25",
      },
      { id: OTHER_ORDER_ID, status: "open", filled: "0", average: null, check_at: null, placed_at: new Date(1000) },
    ]);
    expect(
      await rows("id, order_id, fee, realised_profit, booked_at is not null as is_booked from shoal.strategy_fills"),
    ).toEqual([{ id: "1", order_id: ORDER_ID, fee: "0.050125", realised_profit: "-1.5", is_booked: true }]);
    expect(await rows("equity from shoal.strategy_equity")).toEqual([{ equity: "1000.00" }]);
    expect(await clock(test.database, id)).toMatchObject({ revision: 1, successful: 1 });
  });

  it("changes what a later run changed, and leaves the rest", async () => {
    const id = await addStrategy(test.database);
    await run(FULL);
    await run({
      ...{ statePatch: { seen: null, deep: 2, "new": false }, book: { version: 2 }, settledUntilMs: 1_700_000_060_000 },
      ...{ positions: [{ ...FULL.positions[0], symbol: "ETH/USDT" }], balances: [{ currency: "USDT", amount: "1" }] },
      ...{
        orders: [order(OTHER_ORDER_ID, { status: "cancelled", reason: "ASKED: by the strategy" })],
        fills: [fill("1", { price: "9" })],
      },
      ...{ equity: "999.5", outcome: "failed" },
    });
    expect(await rows("key, value from shoal.strategy_state order by key")).toEqual([
      { key: "deep", value: 2 },
      { key: "new", value: false },
    ]);
    expect(await rows("book from shoal.strategy_books")).toEqual([{ book: { version: 2 } }]);
    expect(await rows("symbol from shoal.strategy_positions")).toEqual([{ symbol: "ETH/USDT" }]);
    expect(await rows("amount from shoal.strategy_balances")).toEqual([{ amount: "1" }]);
    expect(await rows("status, reason from shoal.strategy_orders order by id")).toEqual([
      { status: "filled", reason: null },
      { status: "cancelled", reason: "ASKED: by the strategy" },
    ]);
    expect(await rows("price from shoal.strategy_fills")).toEqual([{ price: "100.25" }]);
    expect(await rows("equity from shoal.strategy_equity")).toEqual([{ equity: "999.5" }]);
    expect(await clock(test.database, id)).toMatchObject({ revision: 2 });
    // Nothing but the state: the rest is as it was.
    await run({ statePatch: { deep: 3 } });
    expect(await rows("symbol from shoal.strategy_positions")).toEqual([{ symbol: "ETH/USDT" }]);
    expect(await clock(test.database, id)).toMatchObject({ revision: 3 });
  });

  it("touches nothing but clock, owner and runs for a run that changes nothing", async () => {
    await addStrategy(test.database);
    await run(FULL);
    const others =
      "strategies strategy_state strategy_books strategy_orders strategy_fills strategy_positions strategy_equity".split(
        " ",
      );
    // A row that is rewritten or locked has another xmin or xmax.
    const rest = `jsonb_build_array(${others.map((name) => `(select jsonb_agg(jsonb_build_array(t.xmin, t.xmax, t.ctid)) from shoal.${name} t)`)}) as all`;
    const before = await rows(rest);
    await run({});
    expect(await rows(rest)).toEqual(before);
    expect(await rows("count(*)::int as count from shoal.strategy_runs")).toEqual([{ count: 2 }]);
  });

  it("counts failures and kills in a row, keeps the last error, and pauses with the reason", async () => {
    const id = await addStrategy(test.database);
    const error = { code: "RUN_THREW", message: "x is not defined" };
    await run({ outcome: "failed", error });
    await run({ outcome: "killed", error: { code: "RUN_KILLED", message: "took too long" } });
    await run({ outcome: "killed", error });
    const counts = { failed: 3, successful: 0, total: 3, consecutive_failures: 3, consecutive_kills: 2 };
    expect(await clock(test.database, id)).toMatchObject({ ...counts, last_error: "RUN_THREW: x is not defined" });
    await run({ outcome: "failed", error });
    expect(await clock(test.database, id)).toMatchObject({ consecutive_failures: 4, consecutive_kills: 0 });
    await run({});
    expect(await clock(test.database, id)).toMatchObject({
      ...{
        failed: 4,
        successful: 1,
        consecutive_failures: 0,
        consecutive_kills: 0,
        last_error: "RUN_THREW: x is not defined",
      },
    });
    const reason = "STRATEGY_TOO_MANY_FAILURES: 10 in a row";
    // Beside another one, which goes on.
    const other = await addStrategy(test.database, { dueInMs: -MINUTE });
    const both = await claim(test.database);
    const pause = { status: "paused", reason } as const;
    await settle(...both.map((each) => (each.id === id ? ran(each, { outcome: "failed", error, pause }) : ran(each))));
    expect(await clock(test.database, other)).toMatchObject({ status: "running", status_reason: null });
    await test.database.query("delete from shoal.strategies where id = $1", [other]);
    await refreshOwners(test.database, [ownerId(1)]);
    expect(await clock(test.database, id)).toMatchObject({ status: "paused", status_reason: reason, due_ms: null });
    expect(await claim(test.database)).toEqual([]);
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it("pauses none that its owner has stopped while it ran by hand, but quarantines it", async () => {
    const id = await addStrategy(test.database, { status: "stopped", isManual: true });
    await run({ outcome: "failed", pause: { status: "paused", reason: "A" } });
    expect(await clock(test.database, id)).toMatchObject({ status: "stopped", status_reason: null });
    await test.database.query("update shoal.strategy_clock set is_manual = true, due_at = now()");
    await refreshOwners(test.database, [ownerId(1)]);
    await run({ outcome: "killed", pause: { status: "quarantined", reason: "B" } });
    expect(await clock(test.database, id)).toMatchObject({ status: "quarantined", status_reason: "B", due_ms: null });
  });

  it("hands orders at an exchange to the dispatcher, and changes none that it has", async () => {
    const id = await addStrategy(test.database, { venue: "binance" });
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const listener = await test.database.listen(
      "shoal_orders",
      () => resolve(),
      () => {},
    );
    try {
      const placed = {
        orders: [order(ORDER_ID, { status: "intended" }), order(OTHER_ORDER_ID, { status: "intended" })],
      };
      expect((await run(placed)).hasOrdered).toBe(true);
      await woken;
    } finally {
      await listener.close();
    }
    const states =
      "status, is_cancel_wanted as wanted, check_at <= clock_timestamp() as is_due from shoal.strategy_orders order by id";
    expect(await rows(states)).toEqual([
      { status: "intended", wanted: false, is_due: true },
      { status: "intended", wanted: false, is_due: true },
    ]);
    await test.database.query(
      `update shoal.strategy_orders set status = 'sent', check_at = now() + interval '1 hour',
         claimed_at = case when id = $1 then now() end`,
      [ORDER_ID],
    );
    // The first is with a dispatcher until its lease ends; it looks at what is wanted then.
    const again = { cancels: [ORDER_ID, OTHER_ORDER_ID], orders: [order(ORDER_ID, { status: "intended" })] };
    expect((await run(again)).hasOrdered).toBe(true);
    expect(await rows(states)).toEqual([
      { status: "sent", wanted: true, is_due: false },
      { status: "sent", wanted: true, is_due: true },
    ]);
    await test.database.query(
      `insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
       select 'binance:' || n, $1, 'BTC/USDT', 'buy', 100.10, 0.5, 0, 'USDT', to_timestamp(n) from generate_series(1, 3) n`,
      [id],
    );
    await test.database.query("update shoal.strategy_orders set status = 'filled'");
    expect(await run({ ...again, orders: [], bookedFillIds: ["binance:1", "binance:3"] })).toMatchObject({
      hasOrdered: false,
    });
    const [loaded] = await loadStrategies(test.database, [id]);
    expect(loaded?.unbookedFills).toEqual([
      {
        ...{
          id: "binance:2",
          orderId: null,
          symbol: "BTC/USDT",
          side: "buy",
          price: "100.10",
          quantity: "0.5",
          fee: "0",
        },
        ...{ feeCurrency: "USDT", liquidity: null, realisedProfit: null, filledAtMs: 2000 },
      },
    ]);
  });

  const NUL = "\u0000";
  it.each<[string, object]>([
    ["the character 0 in the state", { statePatch: { a: NUL } }],
    ["the character 0 in a log line", { logs: [{ level: "info", text: NUL }] }],
    ["half of a surrogate pair", { notifications: ["\ud800"] }],
    ["a key that is too long", { statePatch: { ["k".repeat(3000)]: 1 } }],
    [
      "a symbol that is too long",
      { book: {}, settledUntilMs: 1, positions: [{ ...FULL.positions[0], symbol: "S".repeat(3000) }] },
    ],
    ["a fill id that is too long", { fills: [fill("f".repeat(3000))] }],
    ["a book that is a text", { book: "x", settledUntilMs: 1 }],
    ["a book without its time", { book: {} }],
    ["a state that is a list", { statePatch: [1] }],
    ["orders that are an object", { orders: {} }],
    ["logs that are a text", { logs: "x" }],
    ["an order of no side", { orders: [order(THIRD_ORDER_ID, { side: "up" as "buy" })] }],
    ["an order of nothing", { orders: [order(THIRD_ORDER_ID, { quantity: "0" })] }],
    ["an amount that is no number", { orders: [order(THIRD_ORDER_ID, { quantity: "NaN" })] }],
    ["an amount without end", { balances: [{ currency: "USDT", amount: "Infinity" }], book: {}, settledUntilMs: 1 }],
    ["equity that is no number", { equity: "NaN" }],
    ["equity that is a word", { equity: "much" }],
    [
      "an order twice under two ids",
      { orders: [order(THIRD_ORDER_ID), order(FOURTH_ORDER_ID, { runId: THIRD_ORDER_ID })] },
    ],
    ["an order twice", { orders: [order(THIRD_ORDER_ID), order(THIRD_ORDER_ID)] }],
    ["a position twice", { book: {}, settledUntilMs: 1, positions: [FULL.positions[0], FULL.positions[0]] }],
    ["a balance twice", { book: {}, settledUntilMs: 1, balances: [FULL.balances[0], FULL.balances[0]] }],
    ["no run id", { runId: null }],
    ["a run id that is none", { runId: "x" }],
    ["no outcome", { outcome: null }],
    ["an outcome that is none", { outcome: "fine" }],
    ["less than no time", { durationMs: -1 }],
    ["a time that no calendar has", { startedAtMs: 1e18 }],
    ["a duration that no column holds", { durationMs: 1e300 }],
    ["fuel with a fraction", { fuel: 1.5 }],
    ["less than no fuel", { fuel: -1 }],
    ["a journal that is no base64", { journal: "*" }],
    ["a kind that is none", { kind: "walk" }],
    ["no id", { id: null }],
    ["no epoch", { epoch: null }],
    ["an epoch beyond all", { epoch: 1e30 }],
    ["less than no misses", { missedCount: -1 }],
    ["a pause that would let it run", { pause: { status: "running", reason: "" } }],
    ["a pause without a status", { pause: {} }],
    ["a retry in less than no time", { kind: "unable", retryInMs: -1 }],
    ["a retry without its time", { kind: "unable" }],
  ])("refuses a turn with %s as a whole, for its values", async (_what, bad) => {
    await addStrategies(test.database, [{}, {}, { dueInMs: 0 }]);
    const [one, other] = await claim(test.database, "w1", 2);
    if (!one || !other) throw new Error("both are due");
    const before = await everything(test.database);
    const done = [ran(one, FULL), { ...ran(other), ...bad } as SettledRun];
    const refused = await turn(test.database, { done }).catch((error: unknown) => error);
    expect(refused).toSatisfy(isAboutTheValues);
    expect(await everything(test.database)).toEqual(before);
    // One by one, as the engine tries it then.
    expect((await settle(ran(one, FULL))).lostIds).toEqual(new Set());
    expect(await settle(done[1] as SettledRun).catch((error: unknown) => error)).toSatisfy(isAboutTheValues);
    expect(await rows("count(*)::int as count from shoal.strategy_runs")).toEqual([{ count: 1 }]);
  });

  it.each([
    ["an object", "{}"],
    ["a list of numbers", "[1]"],
    ["a text", '"x"'],
  ])("refuses %s as what is done", async (_what, text) => {
    const asked = test.database.query("select * from shoal.strategy_turn('w1', 1000, 1, ($1::text)::jsonb, 1)", [text]);
    expect(await asked.catch((error: unknown) => error)).toSatisfy(isAboutTheValues);
  });

  it("refuses what is settled twice in one turn", async () => {
    await addStrategy(test.database);
    const held = await claimOne(test.database);
    expect(await settle(ran(held), ran(held)).catch((error: unknown) => error)).toSatisfy(isAboutTheValues);
  });

  it("extends leases that are still held, and keeps those of locked rows", async () => {
    const ids = await addStrategies(test.database, [{ owner: 1 }, { owner: 2 }, { owner: 3 }]);
    const held = await claim(test.database);
    const [settled, locked, free] = held;
    if (!settled || !locked || !free) throw new Error("three are due");
    await settle(ran(settled));
    const request = { holder: "w1", leaseMs: 10 * LEASE_MS };
    await test.database.transaction(async (tx) => {
      await tx.query("select from shoal.strategy_owners where owner_id = $1 for update", [free.ownerId]);
      await tx.query("select from shoal.strategy_clock where strategy_id = $1 for update", [locked.id]);
      expect(await extendLeases(test.database, request, held)).toEqual(new Set([locked.id, free.id]));
    });
    expect(await extendLeases(test.database, { ...request, holder: "w2" }, held)).toEqual(new Set());
    expect(
      await extendLeases(
        test.database,
        request,
        held.map((each) => ({ ...each, epoch: 9 })),
      ),
    ).toEqual(new Set());
    const leases = await Promise.all(
      [locked, free].map(async ({ id, nowMs }) => ((await clock(test.database, id)).due_ms ?? 0) - nowMs),
    );
    expect(leases[0]).toBeLessThan(2 * LEASE_MS);
    expect(leases[1]).toBeGreaterThan(9 * LEASE_MS);
    // Of an owner that was locked the next claim sees that nothing is due.
    await extendLeases(test.database, request, held);
    expect(await wrongOwners(test.database)).toEqual([]);
    expect(ids).toHaveLength(3);
  });

  it("loads strategies with state, book and revision", async () => {
    const [id = "", fresh = ""] = await addStrategies(test.database, [{}, { intervalMs: null, dueInMs: null }]);
    await run(FULL);
    const loaded = await loadStrategies(test.database, [id, fresh, "99999999-0000-4000-8000-000000000000"]);
    const common = {
      ownerId: ownerId(1),
      version: 1,
      codeId: CODE_ID,
      config: {},
      account: {},
      filter: {},
      zone: "UTC",
    };
    const paper = { ...common, venue: "paper", market: "synthetic", unbookedFills: [] };
    expect(loaded.toSorted((one) => (one.id === id ? -1 : 1))).toEqual([
      {
        ...{ ...paper, id, name: `strategy ${id}`, intervalMs: MINUTE, cron: null, revision: 1, lastOrderAtMs: 1000 },
        ...{ state: FULL.statePatch, book: FULL.book, settledUntilMs: FULL.settledUntilMs },
      },
      {
        ...{ ...paper, id: fresh, name: `strategy ${fresh}`, intervalMs: null, cron: "0 * * * *", revision: 0 },
        ...{ state: {}, book: null, settledUntilMs: null, lastOrderAtMs: null },
      },
    ]);
  });

  it("prunes what is too old, and nothing else", async () => {
    const [id = "", live = ""] = await addStrategies(test.database, [
      { dueInMs: -2000 },
      { venue: "binance", owner: 2 },
    ]);
    await run(FULL);
    await test.database.script(`
      update shoal.strategy_orders set placed_at = now() - interval '401 days';
      update shoal.strategy_fills set filled_at = now() - interval '401 days';
      insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
        select gen_random_uuid(), '${live}', '${ownerId(2)}', gen_random_uuid(), 1, 'binance', 'X', 'buy', 'market', 1, 'filled', now() - interval '401 days';
      insert into shoal.strategy_equity select '${id}', now() - d * interval '1 day', 1 from unnest(array[399, 401, 500]) d;
      insert into shoal.market_candles select m, s, '1m', now() - d * interval '1 day', 1, 1, 1, 1, 1
        from unnest(array['a', 'b']) m, unnest(array['X', 'Y']) s, unnest(array[1, 34, 36, 99]) d;
      insert into shoal.strategy_code (id, language, source, checked, created_at) values
        ('${"b".repeat(64)}', 'typescript', '', '{}', now() - interval '2 days'), ('${"c".repeat(64)}', 'typescript', '', '{}', now());
      update shoal.strategy_code set created_at = now() - interval '2 days' where id = '${CODE_ID}';
      update shoal.strategy_clock set due_at = now() - interval '9 days' where strategy_id = '${live}';`);
    const request = { candleDays: 35, keptCandleCount: 1, historyDays: 400, limit: 6 };
    const counts = { candles: 4, equity: 2, fills: 1, orders: 1, code: 1 };
    expect(await pruneStrategies(test.database, { ...request, keptCandleCount: 3 })).toEqual(counts);
    expect(await pruneStrategies(test.database, { ...request, limit: 3 })).toMatchObject({ candles: 3 });
    const nothing = { candles: 0, equity: 0, fills: 0, orders: 0, code: 0 };
    expect(await pruneStrategies(test.database, request)).toEqual({ ...nothing, candles: 1 });
    expect(await pruneStrategies(test.database, request)).toEqual(nothing);
    expect(
      await rows("count(*)::int as count from shoal.market_candles where open_at > now() - interval '35 days'"),
    ).toEqual([{ count: 8 }]);
    expect(await rows("status from shoal.strategy_orders order by status")).toEqual([
      { status: "filled" },
      { status: "open" },
    ]);
    expect(await rows("left(id, 1) as id from shoal.strategy_code order by id")).toEqual([{ id: "a" }, { id: "c" }]);
    // Somebody had changed a clock by hand.
    expect(await wrongOwners(test.database)).toEqual([]);
    expect(await claimOne(test.database)).toMatchObject({ id: live });
  });

  it("deletes the runs of a strategy with it", async () => {
    const [id = "", other = ""] = await addStrategies(test.database, [{ dueInMs: -2000 }, { dueInMs: -1500 }]);
    await settle(...(await claim(test.database)).map((each) => ran(each)));
    await test.database.query("delete from shoal.strategies where id = $1", [id]);
    expect(await rows("strategy_id from shoal.strategy_runs")).toEqual([{ strategy_id: other }]);
  });
});
