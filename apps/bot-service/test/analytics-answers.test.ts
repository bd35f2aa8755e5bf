import { createSystemRuntime, sleep } from "@shoal/kernel";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AnswerTable, createAnswerTable, forgetAnswers } from "../src/analytics/answer-table.ts";
import { createDatabaseTime } from "../src/analytics/database-time.ts";
import { ANALYTICS_QUERIES, type AnalyticsQuery } from "../src/analytics/queries.ts";
import { ANALYTICS_LIMIT_MS, addFill, addStrategies, fold, owner, strategy } from "./analytics-support.ts";

const queryOf = (name: string): AnalyticsQuery => {
  const query = ANALYTICS_QUERIES.find((each) => each.name === name);
  if (!query) throw new Error(`there is no query ${name}`);
  return query;
};
const [revenue, growth] = [queryOf("revenue"), queryOf("user_growth")];
const of = (query: AnalyticsQuery, version = "1") => ({ query, version, key: query.name });
const { clock } = createSystemRuntime();

describe.each(backends())(
  "answers that daemons share on the %s backend",
  { timeout: ANALYTICS_LIMIT_MS },
  (backend) => {
    let test: TestDatabase;
    let database: TestDatabase["database"];
    let [first, second]: AnswerTable[] = [];
    let fillCount = 0;

    const tableOf = (holder: string) => createAnswerTable({ database, holder, time: createDatabaseTime(clock) });
    const [a, b] = [() => first as AnswerTable, () => second as AnswerTable];
    const trade = (tx: Pick<TestDatabase["database"], "query"> = database) => {
      fillCount += 1;
      return addFill(tx, { id: `f${fillCount}`, strategyId: strategy(0), at: "2026-11-01T00:00:00Z" });
    };
    const asOf = async () => (await fold(database)).as_of?.getTime() ?? 0;

    /** Makes an answer as a daemon does, and returns when. */
    async function make(table: AnswerTable, query = revenue, data: unknown = [{ n: 1 }], version = "1") {
      const taken = await table.take(of(query, version), null);
      expect(taken.kind).toBe("refresh");
      await table.put(of(query, version), { data, madeMs: taken.nowMs, asOfMs: await asOf() }, taken.seen ?? "");
      return taken.nowMs;
    }
    /** Lets answers grow older. */
    const age = (ms: number) =>
      database.query("update shoal.analytics_answers set made_at = made_at - $1 * interval '1 millisecond'", [ms]);

    beforeAll(async () => {
      test = await testDatabase({ backend });
      database = test.database;
      await addStrategies(database, 1);
      [first, second] = [tableOf("a"), tableOf("b")];
    }, ANALYTICS_LIMIT_MS);
    afterAll(() => test?.[Symbol.asyncDispose]());
    beforeEach(() => database.script("truncate shoal.analytics_answers, shoal.analytics_changes"));

    it("gives one daemon the right to ask, and the others what it has made", async () => {
      const taken = await a().take(of(revenue), null);
      expect(taken).toMatchObject({ kind: "refresh", value: null, madeMs: null });
      expect(await b().take(of(revenue), null)).toMatchObject({ kind: "wait", value: null });
      const { waitMs } = await b().take(of(revenue), null);
      expect(waitMs).toBeGreaterThan(1000);
      await a().put(of(revenue), { data: [{ n: 1 }], madeMs: taken.nowMs, asOfMs: await asOf() }, taken.seen ?? "");
      const found = await b().take(of(revenue), null);
      expect(found).toMatchObject({ kind: "answer", value: '[{"n":1}]', madeMs: taken.nowMs, waitMs: 0 });
      expect(await b().take(of(revenue), found.madeMs)).toMatchObject({ kind: "answer", value: null });
    });

    it("gives a daemon the right that it has, because it did not hear of it", async () => {
      expect(await a().take(of(revenue), null)).toMatchObject({ kind: "refresh" });
      expect(await a().take(of(revenue), null)).toMatchObject({ kind: "refresh" });
      expect(await b().take(of(revenue), null)).toMatchObject({ kind: "wait" });
    });

    it("gives one of many that ask at once the right to ask", async () => {
      const pools = Array.from({ length: 4 }, () => test.connect(4));
      const tables = pools.flatMap((pool, n) =>
        Array.from({ length: 4 }, (_, m) =>
          createAnswerTable({
            ...{ database: pool, holder: `${n}-${m}`, time: createDatabaseTime(clock) },
          }),
        ),
      );
      const taken = await Promise.all(tables.map((table) => table.take(of(revenue), null)));
      expect(taken.filter(({ kind }) => kind === "refresh")).toHaveLength(1);
      expect(taken.filter(({ kind }) => kind === "wait")).toHaveLength(15);
    });

    it("keeps an answer until its floor, also after a trade", async () => {
      await make(a());
      await trade();
      await age(revenue.floorMs - 10_000);
      expect((await b().take(of(revenue), null)).kind).toBe("answer");
      await age(10_000);
      expect((await b().take(of(revenue), null)).kind).toBe("refresh");
    });

    it("keeps an answer until its time to live where nothing has changed, as of now", async () => {
      await trade();
      await make(a());
      await age(revenue.floorMs);
      const taken = await b().take(of(revenue), null);
      expect(taken).toMatchObject({ kind: "answer", asOfMs: taken.nowMs });
      await age(revenue.ttlMs);
      expect((await b().take(of(revenue), null)).kind).toBe("refresh");
    });

    it("sees a trade that was being written while an answer was made, once it is committed", async () => {
      const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const other = test.connect(1);
      const writing = other.transaction(async (tx) => {
        await trade(tx as Pick<TestDatabase["database"], "query">);
        started.resolve();
        await ended.promise;
      });
      await started.promise;
      await make(a());
      await age(revenue.floorMs);
      expect((await b().take(of(revenue), null)).kind).toBe("answer");
      ended.resolve();
      await writing;
      expect((await b().take(of(revenue), null)).kind).toBe("refresh");
    });

    it("takes the profit of a trade that becomes known later for a change", async () => {
      await trade();
      await make(a());
      await age(revenue.floorMs);
      expect((await b().take(of(revenue), null)).kind).toBe("answer");
      await database.query(
        "update shoal.strategy_fills set realised_profit = 3, profit_in = pg_current_xact_id()::text::bigint where id = $1",
        [`f${fillCount}`],
      );
      expect((await b().take(of(revenue), null)).kind).toBe("refresh");
    });

    it("takes a trade that was counted while an answer was made for no change", async () => {
      const taken = await a().take(of(revenue), null);
      await trade();
      await a().put(of(revenue), { data: [], madeMs: taken.nowMs, asOfMs: await asOf() }, taken.seen ?? "");
      await age(revenue.floorMs);
      expect((await b().take(of(revenue), null)).kind).toBe("answer");
    });

    it("sees a trade that was counted for another answer since", async () => {
      const taken = await a().take(of(revenue), null);
      const atFirst = await asOf();
      await trade();
      await asOf();
      await a().put(of(revenue), { data: [], madeMs: taken.nowMs, asOfMs: atFirst }, taken.seen ?? "");
      await age(revenue.floorMs);
      expect((await b().take(of(revenue), null)).kind).toBe("refresh");
    });

    it("has answers about users change with users, and not with trades or runs", async () => {
      await make(a(), growth);
      await age(growth.floorMs);
      await trade();
      await database.query("select shoal.strategy_owner_lock(array[$1::uuid])", [owner(0)]);
      await database.query("update shoal.strategy_owners set next_due_at = now() where owner_id = $1", [owner(0)]);
      expect((await b().take(of(growth), null)).kind).toBe("answer");
      await database.query("select shoal.strategy_owner_lock(array[$1::uuid])", [owner(7)]);
      expect((await b().take(of(growth), null)).kind).toBe("refresh");
      await database.query("truncate shoal.analytics_answers");
      await make(a(), growth);
      await age(growth.floorMs);
      await database.query("update shoal.strategy_owners set gone_at = now() where owner_id = $1", [owner(7)]);
      expect((await b().take(of(growth), null)).kind).toBe("refresh");
    });

    it("is told of tables of an app by a call or a trigger, once the transaction is committed", async () => {
      await database.script(`create table if not exists public.own_trades (n integer); truncate public.own_trades;
      create or replace trigger note after insert or update or delete on public.own_trades
      for each statement execute function shoal.analytics_note_change('trades');
      grant insert on public.own_trades to authenticated;`);
      for (const change of [
        "select shoal.analytics_changed('trades')",
        "insert into public.own_trades values (1)",
        "set local role authenticated; insert into public.own_trades values (1)",
      ]) {
        await database.query("truncate shoal.analytics_answers");
        await make(a());
        await age(revenue.floorMs);
        const undone = database.transaction(async (tx) => {
          await tx.script(change);
          throw new Error("undone");
        });
        await expect(undone).rejects.toThrow("undone");
        expect((await b().take(of(revenue), null)).kind).toBe("answer");
        await database.transaction((tx) => tx.script(change));
        expect((await b().take(of(revenue), null)).kind).toBe("refresh");
      }
      for (const tag of ["'orders'", "null"]) {
        const told = database.query(`select shoal.analytics_changed(${tag})`);
        await expect(told).rejects.toMatchObject({ details: { sqlstate: "22023" } });
      }
    });

    it("remembers few of the changes it is told of, and makes nobody wait for another", async () => {
      const other = test.connect(1);
      const [told, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const waiting = other.transaction(async (tx) => {
        await tx.script("select shoal.analytics_changed('trades'); select shoal.analytics_changed('trades');");
        told.resolve();
        await ended.promise;
      });
      await told.promise;
      for (let count = 0; count < 20; count += 1) await database.query("select shoal.analytics_changed('trades')");
      ended.resolve();
      await waiting;
      const countOf = async () => {
        await database.query("select shoal.analytics_changed('trades')");
        const [row] = await database.query<{ n: number }>("select count(*)::int as n from shoal.analytics_changes");
        return row?.n;
      };
      // Transactions of other databases of the server, while they last, keep those that are older.
      while ((await countOf()) !== 1) await sleep(clock, 5);
    });

    it("does not give one version the answer of another", async () => {
      await make(a(), revenue, ["old"], "1");
      expect(await b().take(of(revenue, "2"), null)).toMatchObject({ kind: "refresh", value: null });
      await database.query("delete from shoal.analytics_answers where version = '2'");
      await make(b(), revenue, ["new"], "2");
      expect((await a().take(of(revenue, "1"), null)).value).toBe('["old"]');
    });

    it("lets another daemon ask where one has died, or given up", async () => {
      await a().take(of(revenue), null);
      await b().giveUp(of(revenue));
      expect((await b().take(of(revenue), null)).kind).toBe("wait");
      await database.query("update shoal.analytics_answers set held_until = now()");
      expect((await b().take(of(revenue), null)).kind).toBe("refresh");
      await b().giveUp(of(revenue));
      const { kind, waitMs } = await a().take(of(revenue), null);
      expect([kind, waitMs <= 2000]).toEqual(["wait", true]);
    });

    it("keeps the newer of two answers, and the right of who asks now", async () => {
      const lost = await a().take(of(revenue), null);
      await database.query("update shoal.analytics_answers set held_until = now()");
      const taken = await b().take(of(revenue), null);
      await a().put(of(revenue), { data: ["late"], madeMs: lost.nowMs, asOfMs: await asOf() }, lost.seen ?? "");
      await age(revenue.ttlMs);
      expect((await a().take(of(revenue), null)).kind).toBe("wait");
      await b().put(of(revenue), { data: ["new"], madeMs: taken.nowMs, asOfMs: await asOf() }, taken.seen ?? "");
      await a().put(of(revenue), { data: ["late"], madeMs: lost.nowMs, asOfMs: await asOf() }, lost.seen ?? "");
      expect((await a().take(of(revenue), null)).value).toBe('["new"]');
    });

    it("tells all daemons of a new answer, and of nothing else", async () => {
      const heard: string[] = [];
      const ready = Promise.withResolvers<void>();
      const listener = await database.listen("shoal_analytics", (text) => void heard.push(text), ready.resolve);
      await ready.promise;
      await trade();
      await database.query("select shoal.analytics_changed('trades')");
      const madeMs = await make(a());
      while (heard.length === 0) await database.query("select pg_sleep(0.01)");
      expect(heard).toEqual([`${madeMs} revenue`]);
      await listener.close();
    });

    it("forgets answers that nobody has asked for in an hour", async () => {
      await make(a(), growth);
      await database.query(
        "update shoal.analytics_answers set made_at = made_at - interval '61 minutes', held_until = null",
      );
      await make(a());
      expect(await database.query("select key from shoal.analytics_answers")).toEqual([{ key: "revenue" }]);
    });

    it("forgets an answer with the user whom it names, and in time all others", async () => {
      await make(a(), revenue, [{ user_id: owner(7) }]);
      await make(a(), growth);
      await database.query("update shoal.strategy_owners set gone_at = now() where owner_id = $1", [owner(0)]);
      const keys = async () =>
        (await database.query<{ key: string }>("select key from shoal.analytics_answers")).map(({ key }) => key);
      expect((await keys()).toSorted()).toEqual(["revenue", "user_growth"]);
      await database.query("insert into shoal.strategy_owners (owner_id) values ($1) on conflict do nothing", [
        owner(7),
      ]);
      await database.query("update shoal.strategy_owners set gone_at = now() where owner_id = $1", [owner(7)]);
      expect(await keys()).toEqual(["user_growth"]);
      expect(await forgetAnswers(database)).toBe(0);
      await age(3_601_000);
      expect(await forgetAnswers(database)).toBe(1);
    });

    it("keeps the newest answers where there are more questions than it may hold within the hour", async () => {
      await database.query(
        `insert into shoal.analytics_answers (key, version, value, made_at)
         select 'asked ' || n, '1', '[]', clock_timestamp() - n * interval '1 millisecond' from generate_series(1, 10000) n`,
      );
      await make(a());
      const [kept] = await database.query(
        `select count(*)::int as count, bool_or(key = 'revenue') as has_new, max(split_part(key, ' ', 2)::int) filter (where key <> 'revenue') as oldest
         from shoal.analytics_answers`,
      );
      expect(kept).toEqual({ count: 9000, has_new: true, oldest: 8999 });
    });

    it("keeps the newest answers where they are larger together than it may hold", async () => {
      await database.query(
        `insert into shoal.analytics_answers (key, version, value, made_at)
         select 'asked ' || n, '1', (select jsonb_agg(md5(n || 'x' || m)) from generate_series(1, 100) m)::text,
           clock_timestamp() - n * interval '1 second' from generate_series(1, 10) n`,
      );
      const bound = async (bytes: number) =>
        (
          await database.query<{ deleted: number }>("select shoal.analytics_bound_answers(100, $1) as deleted", [bytes])
        )[0];
      expect(await bound(100_000)).toEqual({ deleted: 0 });
      expect(await bound(20_000)).toEqual({ deleted: 5 });
      const left = await database.query<{ key: string }>(
        "select key from shoal.analytics_answers order by made_at desc",
      );
      expect(left.map(({ key }) => key)).toEqual([1, 2, 3, 4, 5].map((n) => `asked ${n}`));
    });

    it("names each database differently", async () => {
      const [row] = await database.query<{ name: string }>("select shoal.database_identity() as name");
      expect(row?.name).toMatch(/^[0-9a-f]{16}$/);
      await using other = await testDatabase({ backend });
      const [elsewhere] = await other.database.query<{ name: string }>("select shoal.database_identity() as name");
      expect(elsewhere?.name).not.toBe(row?.name);
    });
  },
);
