import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStrategyFigures } from "./read-figures.ts";

const MINUTE_MS = 60_000;
const owner = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const CODE_ID = "a".repeat(64);

const CODE_SQL = `
insert into shoal.strategy_code (id, language, source, checked) values ('${CODE_ID}', 'javascript', '', '{}')
on conflict do nothing`;

/** One strategy of an owner; `dueInMs` null: it does not run. */
async function addStrategy(
  { database }: TestDatabase,
  ownerId: string,
  name: string,
  clock: { status?: string; dueInMs?: number | null; failures?: number },
): Promise<string> {
  const { status = "running", dueInMs = MINUTE_MS, failures = 0 } = clock;
  const [row] = await database.query<{ id: string }>(
    `with added as (
       insert into shoal.strategies (owner_id, name, code_id, interval_ms, market, account, status)
       values ($1, $2, $3, 60000, 'synthetic', '{}', $4) returning id
     )
     insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at, consecutive_failures)
     select id, $1, clock_timestamp(), clock_timestamp() + $5 * interval '1 millisecond', $6 from added
     returning strategy_id as id`,
    [ownerId, name, CODE_ID, status, dueInMs, failures],
  );
  await database.query("select shoal.strategy_owner_refresh($1::uuid[])", [[ownerId]]);
  return row?.id ?? "";
}

async function addOrder(
  { database }: TestDatabase,
  strategyId: string,
  number: number,
  status: string,
  at: { checkInMs: number | null; sentAgoMs?: number | null },
): Promise<void> {
  await database.query(
    `insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity,
       status, placed_at, check_at, sent_at)
     values (gen_random_uuid(), $1, $2, $1, $3, 'binance', 'BTC/USDT', 'buy', 'market', 1, $4, clock_timestamp() - interval '1 hour',
       clock_timestamp() + $5 * interval '1 millisecond', clock_timestamp() - $6 * interval '1 millisecond')`,
    [strategyId, owner(1), number, status, at.checkInMs, at.sentAgoMs ?? null],
  );
}

describe.each(backends())("figures of strategies on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    await test.database.query(CODE_SQL);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("are 0 of an empty database", async () => {
    const figures = await readStrategyFigures(test.database);
    expect(figures).toEqual({
      ...{ running: 0, paused: 0, stopped: 0, quarantined: 0 },
      ...{ dueCount: 0, oldestDueMs: 0, ownerCount: 0, failingOwnerCount: 0 },
      orders: { intended: 0, sent: 0, unknown: 0, open: 0 },
      ...{ oldestUnknownMs: 0, oldestIntendedMs: 0, refusedSecretCount: 0 },
    });
  });

  it("are those of all owners, by the clock of the database", async () => {
    const id = await addStrategy(test, owner(1), "late", { dueInMs: -7 * MINUTE_MS });
    await addStrategy(test, owner(4), "waiting", { dueInMs: -2 * MINUTE_MS });
    await test.database.query("update shoal.strategy_owners set is_waiting = true where owner_id = $1", [owner(4)]);
    await addStrategy(test, owner(1), "due", { dueInMs: -1000, failures: 2 });
    await addStrategy(test, owner(2), "failing", { failures: 3 });
    await addStrategy(test, owner(2), "failing too", { failures: 9 });
    await addStrategy(test, owner(3), "paused", { status: "paused", dueInMs: null, failures: 10 });
    await addStrategy(test, owner(3), "quarantined", { status: "quarantined", dueInMs: null });
    await addStrategy(test, owner(3), "stopped", { status: "stopped", dueInMs: null });
    await addOrder(test, id, 1, "unknown", { checkInMs: 1000, sentAgoMs: 5 * MINUTE_MS });
    await addOrder(test, id, 2, "unknown", { checkInMs: 1000, sentAgoMs: MINUTE_MS });
    await addOrder(test, id, 3, "intended", { checkInMs: 0 });
    await addOrder(test, id, 4, "filled", { checkInMs: null, sentAgoMs: MINUTE_MS });
    await test.database.query(
      `insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext, refused_at)
       select $1, name, 'k', decode(repeat('00', 12), 'hex'), decode(repeat('00', 17), 'hex'), refused_at
       from (values ('good', null), ('refused', clock_timestamp())) as secrets (name, refused_at)`,
      [owner(1)],
    );

    const { oldestDueMs, oldestUnknownMs, oldestIntendedMs, ...counts } = await readStrategyFigures(test.database);
    expect(counts).toEqual({
      ...{ running: 5, paused: 1, stopped: 1, quarantined: 1 },
      ...{ dueCount: 3, ownerCount: 3, failingOwnerCount: 1 },
      orders: { intended: 1, sent: 0, unknown: 2, open: 0 },
      refusedSecretCount: 1,
    });
    // Nothing but the test's own slowness lies between these and what was written.
    for (const [ageMs, atLeastMs] of [
      [oldestDueMs, 7 * MINUTE_MS],
      [oldestUnknownMs, 5 * MINUTE_MS],
      [oldestIntendedMs, 60 * MINUTE_MS],
    ] as const) {
      expect(ageMs).toBeGreaterThanOrEqual(atLeastMs);
      expect(ageMs).toBeLessThan(atLeastMs + 60 * MINUTE_MS);
    }
  });

  it("are read along indexes, without a look at each strategy", async () => {
    // One owner with many strategies, of which few are due.
    await test.database.query(
      `with added as (
         insert into shoal.strategies (owner_id, name, code_id, interval_ms, market, account, status)
         select $1, 'many ' || n, $2, 60000, 'synthetic', '{}', 'running' from generate_series(1, 2000) n returning id
       )
       insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at)
       select id, $1, clock_timestamp(), clock_timestamp() + interval '1 day' from added`,
      [owner(1), CODE_ID],
    );
    await test.database.script("analyze shoal.strategies; analyze shoal.strategy_clock");
    const plans: string[] = [];
    await readStrategyFigures({
      query: async (text, params) => {
        await test.database.transaction(async (tx) => {
          await tx.query("set local enable_seqscan = off");
          const rows = await tx.query<{ "QUERY PLAN": string }>(`explain ${text}`, params);
          plans.push(...rows.map((row) => row["QUERY PLAN"]));
        });
        return [];
      },
    });
    const plan = plans.join("\n");
    for (const index of [
      "strategies_status_idx",
      "strategy_owners_due_idx",
      "strategy_owners_waiting_idx",
      "strategy_clock_due_idx",
      "strategy_clock_failing_idx",
      "strategy_orders_check_idx",
      "strategy_secrets_refused_idx",
    ]) {
      expect(plan).toContain(index);
    }
    expect(plan).not.toContain("Seq Scan");
  });
});
