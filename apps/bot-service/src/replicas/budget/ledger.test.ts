import { applyTurn, joinLedger, type LedgerFleet, type LedgerTurn, type ServerNews } from "@shoal/realtime-pool";
import type { Sql } from "@shoal/store";
import { backends, soakRuns, type TestDatabase, testDatabase } from "@shoal/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerOf, type TurnRow } from "./statements.ts";

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
});

/** What is out of the window may be forgotten sooner or later, and the last digits of a ratio are nobody's. */
function comparable({ budget, ...answer }: ReturnType<typeof answerOf>) {
  const { earlier, newest, starts, throttle } = budget;
  const slices = [...earlier, ...(newest ? [newest] : [])].filter(({ atMs }) => atMs > answer.nowMs - 33_000);
  const digits = throttle && Object.values(throttle).map((value: number) => Number(value.toPrecision(12)));
  return { ...answer, sliceAtMs: newest ? answer.sliceAtMs : null, slices, starts, throttle: digits };
}
