import { applyTurn, joinLedger, type LedgerFleet, type LedgerTurn, type ServerNews } from "@shoal/realtime-pool";
import type { Database, Sql } from "@shoal/store";
import { backends, soakRuns, type TestDatabase, testDatabase } from "@shoal/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerOf, type TurnRow, takeJoinsTurn } from "./statements.ts";

const NOW = Date.UTC(2026, 10, 30);
const IDS = ["a", "b", "c"];

interface Step {
  readonly waitMs: number;
  readonly id: string;
  readonly live: readonly string[];
  readonly turn: LedgerTurn;
  /** What of the grants is given back at the next turn. */
  readonly backRatio: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.oneof(
    fc.constantFrom(0, 250, 500),
    fc.integer({ min: 900, max: 2500 }),
    fc.constantFrom(5000, 10_000, 12_000),
    fc.integer({ min: -3000, max: 100_000 }),
  ),
  id: fc.constantFrom("a", ...IDS),
  live: fc.subarray(IDS),
  turn: fc.record({
    urgent: fc.oneof(fc.constant(0), fc.nat({ max: 30 })),
    idle: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.constant(90), fc.constant(9000)),
    news: fc.oneof(
      { weight: 12, arbitrary: fc.constant([]) },
      {
        weight: 2,
        arbitrary: fc.array(fc.constantFrom<ServerNews>("limited", "let-in", "restarted", "maybe-restarted"), {
          minLength: 1,
          maxLength: 2,
        }),
      },
    ),
    spent: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 50 }) }),
    back: fc.constant([]),
  }),
  backRatio: fc.constantFrom(0, 0, 0.5, 1),
});

const limits = fc.constantFrom(
  { perSecond: 5, joinShare: 0.8, windowMs: 60_000 },
  { perSecond: 100, joinShare: 0.8, windowMs: 60_000 },
  { perSecond: 0.2, joinShare: 0.55, windowMs: 30_000 },
);

async function stepInDatabase(sql: Pick<Sql<string>, "query">, fleet: LedgerFleet, turn: LedgerTurn, nowMs: number) {
  const { perSecond, joinShare, windowMs } = fleet.limits;
  const params = [fleet.replicaId, [...fleet.live], perSecond, joinShare, windowMs, nowMs, JSON.stringify(turn)];
  const [row] = await sql.query<{ answer: TurnRow }>(
    "select shoal.budget_step('test', $1, $2, $3, $4, $5, $6, ($7::text)::jsonb) as answer",
    params,
  );
  return answerOf((row as { answer: TurnRow }).answer);
}

const LIMITS = { perSecond: 100, joinShare: 0.8, windowMs: 60_000 };
const ASKED: LedgerTurn = { urgent: 0, idle: 9000, news: [], spent: 0, back: [] };

describe.each(backends())("the ledger in %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("grants what the ledger of the pool grants, whatever it is told and asked", async () => {
    const { database } = test;
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { minLength: 1, maxLength: 30 }), async (limits, steps) => {
        await database.query("delete from shoal.budgets");
        await database.query("insert into shoal.budgets (name) values ('test')");
        let ledger = joinLedger(limits);
        let nowMs = NOW;
        const back = new Map<string, [number, number]>();
        await database.transaction(async (tx) => {
          for (const { waitMs, id, live, turn: asked, backRatio } of steps) {
            nowMs += waitMs;
            const returned = back.get(id);
            const turn = { ...asked, back: returned ? [returned] : [] };
            const fleet = { replicaId: id, live, limits };
            const own = applyTurn(ledger, fleet, turn, nowMs);
            ledger = own.ledger;
            const answer = await stepInDatabase(tx, fleet, turn, nowMs);
            expect(comparable(answer)).toEqual(comparable(own.answer));
            back.set(id, [answer.sliceAtMs, Math.floor((answer.urgent + answer.idle) * backRatio)]);
          }
        });
      }),
      { numRuns: soakRuns(40, 2000) },
    );
  });

  describe("turns of many replicas at once", () => {
    const enlist = (id: string) =>
      test.database.query(
        `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, renewed_at, expires_at, bot_max)
         values ($1, 1, '0', 'fleet', false, now(), now() + interval '1 hour', 10)`,
        [id],
      );
    const turnsOf = (count: number) => {
      const database = test.connect(count);
      const take = (replicaId: string, turn: Partial<LedgerTurn>) =>
        takeJoinsTurn(database as unknown as Database, { replicaId, limits: LIMITS }, { ...ASKED, ...turn });
      return take;
    };

    it.each([3, 20])("grant %i of them exactly the window, each the same", async (count) => {
      await test.database.query("delete from shoal.budgets");
      await test.database.query("delete from shoal.replicas");
      const ids = Array.from({ length: count }, (_, index) => `replica-${index}`);
      for (const id of ids) await enlist(id);
      const take = turnsOf(count);
      const first = await Promise.all(ids.map((id) => take(id, {})));
      expect(first.map(({ idle }) => idle)).toEqual(ids.map(() => 4320 / count));
      const again = await Promise.all(ids.flatMap((id) => [take(id, {}), take(id, { urgent: 40 })]));
      expect(again.map(({ idle }) => idle)).toEqual(again.map(() => 0));
      const rest = await take("replica-0", { urgent: 9000 });
      const urgent = again.reduce((sum, answer) => sum + answer.urgent, rest.urgent);
      expect(4320 + urgent).toBe(4799);
    });

    it("tell the others what one has seen of the server, and stop them", async () => {
      await test.database.query("delete from shoal.budgets");
      await using stack = new AsyncDisposableStack();
      const heard = Promise.withResolvers<string>();
      const ready = Promise.withResolvers<void>();
      const listener = await test.database.listen("shoal_budget", heard.resolve, ready.resolve);
      stack.defer(() => listener.close());
      await ready.promise;
      const take = turnsOf(2);
      await take("a", { idle: 5 });
      await take("a", { idle: 0, news: ["limited"] });
      expect(await heard.promise).toBe("a");
      expect(await take("b", { urgent: 5 })).toMatchObject({ urgent: 0, idle: 0 });
    });

    it.each(["a", "new"])("count nothing for longer after the clock was set back, whoever asks (%s)", async (id) => {
      await test.database.query("delete from shoal.budgets");
      await test.database.query("delete from shoal.replicas");
      for (const each of ["a", "gone", "new"]) await enlist(each);
      const take = turnsOf(1);
      await take("gone", { urgent: 4799, news: ["maybe-restarted"] });
      await take("gone", { idle: 9000, urgent: 9000 });
      const move = async (ms: number) => {
        await test.database.query(
          `update shoal.budgets set throttle_at = throttle_at + $1::bigint,
           (slice_at, start_first, start_last) = (select array(select t + $1::bigint from unnest(slice_at) t),
             array(select t + $1::bigint from unnest(start_first) t), array(select t + $1::bigint from unnest(start_last) t))`,
          [ms],
        );
        await test.database.query(
          `update shoal.budget_askers set asked_at = asked_at + $1::bigint, since_at = since_at + $1::bigint,
           had_at = had_at + $1::bigint, granted_at = granted_at + $1::bigint`,
          [ms],
        );
      };
      await move(3_600_000);
      expect(await take(id, { urgent: 9000 })).toMatchObject({ urgent: 0 });
      await move(-66_000);
      expect(await take(id, { urgent: 9000 })).toMatchObject({ urgent: 4799 });
      const waiting = await test.database.query("select from shoal.budget_askers where asked_at > $1::bigint", [
        Date.now() + 60_000,
      ]);
      expect(waiting).toEqual([]);
    });

    it("leave out who drains, is dead, or has no bots", async () => {
      await test.database.query("delete from shoal.budgets");
      await test.database.query("delete from shoal.replicas");
      for (const id of ["a", "drains", "dead", "worker"]) await enlist(id);
      await test.database.query("update shoal.replicas set is_draining = true where replica_id = 'drains'");
      await test.database.query("update shoal.replicas set expires_at = now() where replica_id = 'dead'");
      await test.database.query("update shoal.replicas set role = 'worker' where replica_id = 'worker'");
      const take = turnsOf(1);
      expect(await take("a", {})).toMatchObject({ idle: 4320, othersCount: 0 });
    });
  });
});

/** What is out of the window may be forgotten sooner or later, and the last digits of a ratio are nobody's. */
function comparable({ budget, ...answer }: ReturnType<typeof answerOf>) {
  const { earlier, newest, starts, throttle } = budget;
  const slices = [...earlier, ...(newest ? [newest] : [])].filter(({ atMs }) => atMs > answer.nowMs - 33_000);
  const digits = throttle && Object.values(throttle).map((value: number) => Number(value.toPrecision(12)));
  return { ...answer, sliceAtMs: newest ? answer.sliceAtMs : null, slices, starts, throttle: digits };
}
