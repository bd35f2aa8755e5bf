import { type AskKept, ExplainedSession, pagesOfKeptPlans, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStrategyReads } from "../src/strategies/desk/reads.ts";
import { CODE_ID, ownerId } from "./strategy-support.ts";

const MANY = 10_000;
/** Every hundredth is halted. Ids are at random, as they are made. */
const strategies = (first: number, last: number) => `
  set session_replication_role = replica;
  insert into shoal.strategy_code (id, language, source, checked) values ('${CODE_ID}', 'typescript', '', '{}') on conflict do nothing;
  insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, market, account, status)
    select md5(n::text)::uuid, ('00000000-0000-4000-8000-' || lpad((n % 200)::text, 12, '0'))::uuid, 'Strategy ' || n, '${CODE_ID}',
      60000, 'synthetic', '{}', case when n % 100 = 0 then 'quarantined' else 'running' end
    from generate_series(${first}, ${last}) n;
  insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at)
    select s.id, s.owner_id, now(), now() from shoal.strategies s on conflict do nothing;
  insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
    select md5('order ' || n)::uuid, md5('1')::uuid, '${ownerId(1)}', md5('run ' || n)::uuid, 1, 'paper', 'BTC/USDT', 'buy', 'limit', 1,
      case when n % 1000 = 1 then 'open' else 'filled' end, now() - n * interval '1 minute'
    from generate_series(${first}, ${last}) n;
  set session_replication_role = origin;`;

/** Of 8 kB: strategies, clocks and orders are 700 together, read once each where the plan is from when there were a few. */
const MOST_PAGES_OF_OLD_PLAN = 1000;
/** Along indexes, each row with its clock. A search looks at all names, one row after the other. */
const MOST_PAGES: Readonly<Record<string, number>> = {
  page: 700,
  ofOwner: 700,
  search: 11_000,
  halted: 900,
  live: 100,
};

describe(`of ${MANY} strategies of all owners`, () => {
  let test: Awaited<ReturnType<typeof testDatabase>>;
  const operator = { userId: null };
  const firstId = "c4ca4238-a0b9-2382-0dcc-509a6f75849b";
  const lists: Readonly<Record<string, AskKept>> = {
    page: (sql) => createStrategyReads(sql).list(operator, { limit: 100 }),
    ofOwner: (sql) => createStrategyReads(sql).list(operator, { limit: 100, ownerId: ownerId(7) }),
    search: (sql) => createStrategyReads(sql).list(operator, { limit: 100, search: "no such name" }),
    halted: (sql) => createStrategyReads(sql).list(operator, { limit: 100, status: "quarantined" }),
    live: (sql) => createStrategyReads(sql).orders(operator, firstId, { limit: 100, isLive: true }),
  };
  let pages: Readonly<Record<string, number>>;
  beforeAll(async () => {
    test = await testDatabase();
    pages = await pagesOfKeptPlans(test, { asks: lists, few: strategies(1, 6), many: strategies(7, MANY) });
    await test.database.query("analyze");
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it.each(Object.entries(lists))("reads few pages: %s", async (what, list) => {
    expect(pages[what]).toBeGreaterThan(0);
    expect(pages[what]).toBeLessThan(MOST_PAGES_OF_OLD_PLAN);
    await using session = await ExplainedSession.open(test.url);
    await list({ query: (text, params) => session.query(text, params), script: async () => {} }, true);
    const { scans, pageCount } = session.explained();
    expect(pageCount).toBeLessThan(MOST_PAGES[what] ?? 0);
    expect(scans.filter((scan) => scan["Node Type"] === "Seq Scan")).toEqual([]);
  });

  it("goes through all of them by the last one seen", async () => {
    const { list } = createStrategyReads(test.database);
    const seen: string[] = [];
    for (let before: string | undefined; ; before = seen.at(-1)) {
      const found = await list(operator, { limit: 1000, ...(before !== undefined && { before }) });
      if (found.length === 0) break;
      seen.push(...found.map((each) => each.strategy_id));
    }
    expect(new Set(seen).size).toBe(MANY);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  it("finds by a part of the name, as it stands and no pattern, by the beginning of its id, and by that of its owner's", async () => {
    const { list } = createStrategyReads(test.database);
    const found = async (search: string, more: object = {}) =>
      (await list(operator, { limit: 1000, search, ...more })).map(({ name }) => name).toSorted();
    expect(await found("STRATEGY 999")).toEqual(
      expect.arrayContaining(["Strategy 999", "Strategy 9990", "Strategy 9999"]),
    );
    expect(await found("egy 777")).toHaveLength(11);
    for (const none of ["Strategy%", "Strategy_1", "\\", "'; select 1", "strategy 10001"])
      expect(await found(none)).toEqual([]);
    expect(await found(firstId.slice(0, 9).toUpperCase())).toEqual(["Strategy 1"]);
    expect(await found(ownerId(7))).toHaveLength(50);
    expect(await found("egy 5", { status: "quarantined" })).toHaveLength(11);
    expect(await found("", { ownerId: ownerId(0), status: "quarantined" })).toHaveLength(50);
  });

  it("shows the orders that may still be filled among all", async () => {
    const { orders } = createStrategyReads(test.database);
    const live = await orders(operator, firstId, { limit: 4, isLive: true });
    expect(live.map(({ status }) => status)).toEqual(["open", "open", "open", "open"]);
    const rest = await orders(operator, firstId, { limit: 100, isLive: true, before: live[3]?.id ?? "" });
    expect([...live, ...rest].map(({ placed_at }) => placed_at)).toEqual(
      [...live, ...rest]
        .map(({ placed_at }) => placed_at)
        .toSorted()
        .toReversed(),
    );
    expect(rest).toHaveLength(6);
  });
});
