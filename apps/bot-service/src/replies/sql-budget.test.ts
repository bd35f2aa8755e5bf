import { createHash } from "node:crypto";
import { DAY_MS, type LogFields, type Runtime } from "@shoal/kernel";
import type { Database, Sql } from "@shoal/store";
import { backends, leakCheck, soakRuns, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SqlReplyBudget } from "./sql-budget.ts";

const leaks = leakCheck();
const NOW = Date.UTC(2026, 11, 31, 23, 50);
const SCOPES = ["conversation", "person", "day", "month"] as const;
const ROOMY = { conversationMicros: 1e9, personDayMicros: 1e9, dayMicros: 1e9, monthMicros: 1e9 };

interface Ask {
  readonly conversation: string;
  readonly person: string;
  readonly worst: number;
}

/** What the budgets are to hold, in a few lines: the statement is compared with it. */
function modelOf(limits: readonly number[]) {
  const taken = new Map<string, number>();
  const open = new Map<string, { names: readonly string[]; worst: number }>();
  const of = (name: string) => taken.get(name) ?? 0;
  return {
    taken,
    reserve(id: string, { conversation, person, worst }: Ask, atMs: number): string | null {
      const day = new Date(atMs).toISOString().slice(0, 10);
      const hash = createHash("sha256").update(`${day}:${person}`).digest("hex");
      const names = [`conversation:${conversation}`, `person:${hash}`, `day:${day}`, `month:${day.slice(0, 7)}`];
      const refused = names.findIndex((name, nth) => of(name) + worst > (limits[nth] ?? 0));
      if (refused >= 0) return SCOPES[refused] ?? null;
      for (const name of names) taken.set(name, of(name) + worst);
      open.set(id, { names, worst });
      return null;
    },
    settle(id: string, used: number): void {
      const held = open.get(id);
      if (!open.delete(id) || !held) return;
      for (const name of held.names) taken.set(name, of(name) + used - held.worst);
    },
  };
}

const ask: fc.Arbitrary<Ask> = fc.record({
  conversation: fc.constantFrom("c1", "c2", "c3"),
  person: fc.constantFrom("ann", "bob"),
  worst: fc.oneof(fc.nat({ max: 6 }), fc.constant(0), fc.constant(40)),
});
const step = fc.record({
  waitMs: fc.oneof(fc.nat({ max: 60_000 }), fc.constant(10 * 60_000), fc.constant(DAY_MS)),
  asks: fc.array(ask, { maxLength: 4 }),
  // Of the reservations made so far, some twice and some that were refused.
  settles: fc.array(fc.record({ nth: fc.nat({ max: 20 }), used: fc.nat({ max: 9 }) }), { maxLength: 3 }),
});

describe.each(backends())("the budgets of replies in %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await test.database.script("delete from shoal.reply_budgets; delete from shoal.reply_reservations");
  });
  const taken = async (sql: Pick<Sql<string>, "query">) => {
    const rows = await sql.query<{ name: string; taken: string }>(
      "select name, taken_micros as taken from shoal.reply_budgets",
    );
    return new Map(rows.map(({ name, taken }) => [name, Number(taken)] as const).filter(([, micros]) => micros !== 0));
  };

  it("hold what they are to, whatever is reserved and settled, and pass no limit", async () => {
    const limits = fc.tuple(...[20, 25, 30, 40].map((max) => fc.nat({ max })));
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { minLength: 1, maxLength: 12 }), async (limits, steps) => {
        await test.database.script("delete from shoal.reply_budgets; delete from shoal.reply_reservations");
        const model = modelOf(limits);
        const given = JSON.stringify(Object.fromEntries(SCOPES.map((scope, nth) => [scope, limits[nth]])));
        const ids: string[] = [];
        let nowMs = NOW;
        await test.database.transaction(async (tx) => {
          for (const { waitMs, asks, settles } of steps) {
            nowMs += waitMs;
            const named = asks.map((each) => ({ id: test.runtime.ids.uuid(), ...each }));
            ids.push(...named.map(({ id }) => id));
            const answers = await tx.query<{ id: string; refused_by: string | null }>(
              "select id, refused_by from shoal.reply_reserve_at($1, ($2::text)::jsonb, ($3::text)::jsonb)",
              [new Date(nowMs), given, JSON.stringify(named)],
            );
            const expected = named.map(({ id, ...each }) => ({ id, refused_by: model.reserve(id, each, nowMs) }));
            expect(answers).toEqual(expected);
            for (const { nth, used } of settles) {
              const id = ids[nth] ?? test.runtime.ids.uuid();
              model.settle(id, used);
              await tx.query("select shoal.reply_settle(($1::text)::jsonb)", [JSON.stringify([{ id, used }])]);
            }
            expect(await taken(tx)).toEqual(new Map([...model.taken].filter(([, micros]) => micros !== 0)));
          }
        });
      }),
      { numRuns: soakRuns(15, 500) },
    );
  });

  it("pass no limit by one micro where three daemons reserve and settle at once", async () => {
    const limits = { conversationMicros: 400, personDayMicros: 1000, dayMicros: 2003, monthMicros: 5000 };
    // Whoever passes a limit for a moment fails here.
    await test.database.script(`alter table shoal.reply_budgets add constraint within check (taken_micros between 0 and
      case split_part(name, ':', 1) when 'conversation' then 400 when 'person' then 1000 when 'day' then 2003 else 5000 end)`);
    const runtime = { ...test.runtime };
    const rng = testRuntime(7).rng;
    const replicas = [0, 1, 2].map(
      () => new SqlReplyBudget({ database: test.connect(2) as unknown as Database, runtime, limits }),
    );
    let spent = 0;
    const refusals = new Set<string>();
    const talk = async (budget: SqlReplyBudget, person: number) => {
      for (let nth = 0; nth < 25; nth += 1) {
        const worstMicros = 1 + Math.floor(rng.next() * 60);
        // Half of the people talk to bots of two replicas.
        const reserved = await budget.reserve({
          conversationId: `c${person % 6}`,
          personId: `p${person % 4}`,
          worstMicros,
        });
        if (!reserved.ok) refusals.add(reserved.scope);
        else if (nth % 5 === 0) spent += worstMicros;
        else {
          const used = Math.floor(rng.next() * worstMicros);
          spent += used;
          await budget.settle(reserved.id, used);
        }
      }
    };
    await Promise.all(
      replicas.flatMap((budget, nth) => Array.from({ length: 6 }, (_, person) => talk(budget, nth * 5 + person))),
    );
    const days = [...(await taken(test.database))].filter(([name]) => name.startsWith("day:"));
    expect(days.reduce((sum, [, micros]) => sum + micros, 0)).toBe(spent);
    expect(spent).toBeGreaterThan(2003 - 60);
    expect(refusals).not.toContain("away");
    expect(refusals).toContain("day");
    await Promise.all(replicas.map((budget) => budget.close(0)));
    await test.database.script("alter table shoal.reply_budgets drop constraint within");
  });

  it("count a reply that nobody settles at its worst, and correct it late, once, upwards too", async () => {
    const { database, runtime } = test;
    const budget = new SqlReplyBudget({ database: database as unknown as Database, runtime, limits: ROOMY });
    const reserve = async () => {
      const reserved = await budget.reserve({ conversationId: "c", personId: "p", worstMicros: 100 });
      return reserved.ok ? reserved.id : "";
    };
    const [dead, late] = [await reserve(), await reserve()];
    expect((await budget.left()).day).toEqual({ takenMicros: 200, heldMicros: 200, leftMicros: 1e9 - 200 });
    await database.query("update shoal.reply_reservations set reserved_at = reserved_at - interval '61 seconds'");
    expect((await budget.left()).month).toEqual({ takenMicros: 200, heldMicros: 0, leftMicros: 1e9 - 200 });
    await budget.settle(late, 130);
    await budget.settle(late, 7);
    expect((await budget.left()).day.takenMicros).toBe(230);
    // Housekeeping forgets the reservation, and what it has taken stays taken.
    await database.query("update shoal.reply_reservations set reserved_at = reserved_at - interval '1 day'");
    await database.query("select shoal.reply_forget(100)");
    await budget.settle(dead, 0);
    expect((await budget.left()).day.takenMicros).toBe(230);
    await database.query(
      "update shoal.reply_budgets set ends_at = now() - interval '1 second' where name like 'day:%'",
    );
    expect(await database.query("select shoal.reply_forget(100) as count")).toEqual([{ count: 1 }]);
    await budget.close(0);
  });

  it("keep no id of a person, and refuse a limit that is missing", async () => {
    const { database, runtime } = test;
    const budget = new SqlReplyBudget({ database: database as unknown as Database, runtime, limits: ROOMY });
    await budget.reserve({ conversationId: "c", personId: "sentinel-person", worstMicros: 1 });
    const [{ kept }] = (await database.query<{ kept: string }>(
      "select string_agg(b::text, '') || (select string_agg(r::text, '') from shoal.reply_reservations r) as kept from shoal.reply_budgets b",
    )) as [{ kept: string }];
    expect(kept).toContain("conversation:c");
    expect(kept).not.toContain("sentinel");
    await expect(database.query("select * from shoal.reply_reserve('{\"day\": 5}', '[]')")).rejects.toThrow(/22023/);
    await budget.close(0);
  });
});

/** A database whose answers the test gives. */
function fakeDatabase() {
  const runtime = testRuntime();
  leaks.clock(runtime.clock);
  const lines: string[] = [];
  const line = (_fields: LogFields, message: string) => void lines.push(message);
  const log = { ...runtime.log, warn: line, info: line, child: () => log } as Runtime["log"];
  const calls: {
    readonly what: string;
    readonly items: readonly { id: string; used?: number }[];
    answer: (isOk: boolean) => void;
  }[] = [];
  const database: Pick<Sql, "query"> = {
    query<Row extends object>(text: string, params: readonly unknown[] = []) {
      const answered = Promise.withResolvers<Row[]>();
      const items = JSON.parse(params.at(-1) as string) as { id: string }[];
      const rows = items.map(({ id }) => ({ id, refused_by: null }) as unknown as Row);
      const answer = (isOk: boolean) => (isOk ? answered.resolve(rows) : answered.reject(new Error("gone")));
      calls.push({ what: /reply_\w+/.exec(text)?.[0] ?? text, items, answer });
      return answered.promise;
    },
  };
  const budget = new SqlReplyBudget({ database, runtime: { ...runtime, log }, limits: ROOMY });
  const reserve = () => budget.reserve({ conversationId: "c", personId: "p", worstMicros: 5 });
  return { budget, reserve, calls, lines, clock: runtime.clock };
}

describe("a reply's reservation", () => {
  it("goes with all that came while a statement was under way", async () => {
    const { budget, reserve, calls } = fakeDatabase();
    const asked = [reserve(), reserve(), reserve()];
    calls[0]?.answer(true);
    expect((await asked[0])?.ok).toBe(true);
    expect(calls.map(({ items }) => items.length)).toEqual([1, 2]);
    calls[1]?.answer(true);
    expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
    await budget.close(0);
  });

  it("is refused after 500 ms where the database hangs, at once for those who come later, and given back when granted too late", async () => {
    const { budget, reserve, calls, lines, clock } = fakeDatabase();
    const [sent, gathered] = [reserve(), reserve()];
    await clock.advance(500);
    expect([await sent, await gathered, await reserve()]).toEqual(Array(3).fill({ ok: false, scope: "away" }));
    expect(lines).toEqual([expect.stringContaining("the rule engine speaks")]);
    calls[0]?.answer(true);
    await clock.advance(0);
    const [asked] = calls[0]?.items ?? [];
    expect(calls.map(({ what, items }) => [what, ...items])).toEqual([
      ["reply_reserve", asked],
      ["reply_settle", { id: asked?.id, used: 0 }],
    ]);
    calls[1]?.answer(true);
    const next = reserve();
    calls[2]?.answer(true);
    expect((await next).ok).toBe(true);
    expect(lines).toHaveLength(2);
    await budget.close(0);
  });

  it("is refused at once where the database fails, and given back in case that it was written", async () => {
    const { budget, reserve, calls, clock } = fakeDatabase();
    const asked = reserve();
    calls[0]?.answer(false);
    expect(await asked).toEqual({ ok: false, scope: "away" });
    expect(calls[1]).toMatchObject({ what: "reply_settle", items: [{ used: 0 }] });
    const closed = budget.close(100);
    await clock.advance(100);
    await closed;
    expect(await reserve()).toEqual({ ok: false, scope: "away" });
    calls[1]?.answer(true);
  });

  it("is settled at a number that fits, whatever an endpoint says was used", async () => {
    const { budget, calls } = fakeDatabase();
    const settled = [budget.settle("a", 1.2), budget.settle("b", 1e300)];
    calls[0]?.answer(true);
    await settled[0];
    expect([...(calls[0]?.items ?? []), ...(calls[1]?.items ?? [])]).toEqual([
      { id: "a", used: 2 },
      { id: "b", used: 1e12 },
    ]);
    calls[1]?.answer(true);
    await budget.close(100);
  });
});
