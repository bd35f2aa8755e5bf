import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { extendLeases, loadStrategies, pruneStrategies } from "../src/strategies/executor/statements.ts";
import {
  addStrategies,
  CODE_ID,
  claim,
  claimOne,
  clock,
  FULL,
  LEASE_MS,
  MINUTE,
  ownerId,
  ran,
  strategyTests,
  wrongOwners,
} from "./strategy-support.ts";

describe.each(backends())("care of strategies on the %s Postgres", (backend) => {
  const { test, settle, rows, run } = strategyTests(backend);

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
      insert into shoal.market_candles select 'b', s, '1m', now() - d * interval '1 day', 1, 1, 1, 1, 1
        from (values ('IN USE', 48), ('IN USE', 60), ('UNUSED', 50), ('UNUSED', 60)) as c (s, d);
      insert into shoal.strategy_code (id, language, source, checked, created_at) values
        ('${"b".repeat(64)}', 'typescript', '', '{}', now() - interval '2 days'), ('${"c".repeat(64)}', 'typescript', '', '{}', now());
      update shoal.strategy_code set created_at = now() - interval '2 days' where id = '${CODE_ID}';
      update shoal.strategy_clock set due_at = now() - interval '9 days' where strategy_id = '${live}';`);
    const request = { candleDays: 35, keptCandleCount: 1, historyDays: 400, limit: 6 };
    // Of those that are used one of four each, and all of the one that is not.
    const counts = { candles: 6, equity: 2, fills: 1, orders: 1, code: 1 };
    expect(await pruneStrategies(test.database, { ...request, keptCandleCount: 3 })).toEqual(counts);
    expect(await pruneStrategies(test.database, { ...request, limit: 3 })).toMatchObject({ candles: 3 });
    const nothing = { candles: 0, equity: 0, fills: 0, orders: 0, code: 0 };
    expect(await pruneStrategies(test.database, request)).toEqual({ ...nothing, candles: 2 });
    expect(await pruneStrategies(test.database, request)).toEqual(nothing);
    const left = "symbol, count(*)::int as count from shoal.market_candles where symbol like '%USE%' group by 1";
    expect(await rows(left)).toEqual([{ symbol: "IN USE", count: 1 }]);
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
