import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  forgetStrategies,
  makeDesk,
  OWNER,
  operator,
  owner,
  SOMEBODY,
  somebody,
  sourceOf,
} from "../src/strategies/desk/desk.test-support.ts";
import { OPERATOR_ID } from "../src/strategies/desk/sql.ts";

const MIGRATION = readFileSync(
  join(import.meta.dirname, "../../../supabase/migrations/20261130003000_strategy_views.sql"),
  "utf8",
);
const VIEWS = [
  "strategies",
  ...["runs", "orders", "fills", "positions", "balances", "equity"].map((name) => `strategy_${name}`),
];
const ALL = [...VIEWS, "strategy_commands"];
const refused = expect.objectContaining({ code: "STORE_ACCESS_DENIED" });
/** A view of two tables takes no write, whoever asks. */
const unwritable = expect.objectContaining({ code: expect.stringMatching(/^STORE_(ACCESS_DENIED|QUERY)$/) });

describe.each(backends())("the views of strategies on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(async () => {
    await forgetStrategies(test);
    for (const asker of [owner, somebody, operator]) {
      const timing = { kind: "interval", intervalMs: 90_000 } as const;
      await makeDesk(test).desk.deploy(asker, { name: "first", source: sourceOf({ needs: ["BTC/USDT"] }), timing });
    }
    await test.database.script(`
      insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms, outcome, fuel, image_hash)
      select gen_random_uuid(), id, 1, 1, 1, code_id, 'b', now(), now(), 1, 'ok', 1, '' from shoal.strategies;
      insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
      select gen_random_uuid(), id, owner_id, gen_random_uuid(), 1, venue, 'BTC/USDT', 'buy', 'market', 1, 'filled', now() from shoal.strategies;
      insert into shoal.strategy_fills (id, strategy_id, symbol, side, price, quantity, fee, fee_currency, filled_at)
      select 'f', id, 'BTC/USDT', 'buy', 1, 1, 0, 'USDT', now() from shoal.strategies;
      insert into shoal.strategy_positions (strategy_id, symbol, quantity, cost, realised_profit, paid_fees)
      select id, 'BTC/USDT', 1, 1, 0, 0 from shoal.strategies;
      insert into shoal.strategy_equity (strategy_id, at, equity) select id, now(), 1 from shoal.strategies;
      update shoal.strategy_clock set total_executions = 4, successful_executions = 3, failed_executions = 1, sum_ms = 10,
        last_execution_at = now(), last_execution_duration_ms = 2.5, last_error = 'STRATEGY_THREW: boom';
    `);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** Runs a statement as PostgREST does it for that user. */
  const as = (sub: string | null, statement: string, role = "authenticated") =>
    test.database.transaction(async (tx) => {
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ role, sub })]);
      await tx.query(`set local role ${role}`);
      return tx.query<Record<string, unknown>>(statement);
    });

  it("show users what is theirs, whoever may command", async () => {
    await test.database.query("select shoal.open_control('nobody')");
    for (const asker of [owner, somebody]) {
      const [own] = await makeDesk(test).desk.list(asker, { limit: 10 });
      const user = asker.userId;
      expect(await as(user, "select id, name from public.strategies")).toEqual([
        { id: own?.strategy_id, name: "first" },
      ]);
      for (const view of VIEWS.slice(1)) {
        expect(await as(user, `select strategy_id from public.${view}`), view).toEqual([
          { strategy_id: own?.strategy_id },
        ]);
      }
    }
  });

  it("show users what was asked of their strategies, by themselves and by the operator, and what became of it", async () => {
    await test.database.query("truncate public.bot_control");
    const [own, other] = await Promise.all([owner, somebody].map((who) => makeDesk(test).desk.list(who, { limit: 1 })));
    const [id, theirs] = [own?.[0]?.strategy_id ?? "", other?.[0]?.strategy_id ?? ""];
    await test.database.query(
      `insert into public.bot_control (bot_id, command, issued_by, payload, applied_at, outcome, error)
       values ($1, 'STOP_BOT', null, '{"graceful": true}', now(), 'applied', null), ($1::text, 'START_BOT', $2, '{}', null, null, null),
         ($1, 'PAUSE_BOT', $3, '{}', now(), 'rejected', 'CONTROL_NOT_OWNER: no'), (upper($1), 'RESUME_BOT', null, '{}', null, null, null),
         ($4, 'STOP_BOT', null, '{}', null, null, null)`,
      [id, OWNER, SOMEBODY, theirs],
    );
    const shown =
      "select strategy_id, command, issued_by, payload, outcome, error from public.strategy_commands order by command";
    const unknown = { strategy_id: id, payload: {}, outcome: null, error: null };
    expect(await as(OWNER, shown)).toEqual([
      { ...unknown, command: "RESUME_BOT", issued_by: null },
      { ...unknown, command: "START_BOT", issued_by: OWNER },
      { ...unknown, command: "STOP_BOT", issued_by: null, payload: { graceful: true }, outcome: "applied" },
    ]);
    expect(await as(SOMEBODY, "select strategy_id, command from public.strategy_commands")).toEqual([
      { strategy_id: theirs, command: "STOP_BOT" },
    ]);
  });

  it("have the columns that dashboards ask for by name", async () => {
    const columns = `"executionInterval", "executionCount", "successCount", "failureCount", "avgExecutionTime", "lastExecutionDuration", "lastError",
      total_executions, successful_executions, failed_executions, avg_execution_time, last_execution_duration, last_error,
      "nextExecutionAt" = next_execution_at and "lastExecutionAt" = last_execution_at as are_same`;
    expect(await as(OWNER, `select ${columns} from public.strategies`)).toEqual([
      {
        ...{ executionInterval: 90, executionCount: "4", successCount: "3", failureCount: "1", avgExecutionTime: 2.5 },
        ...{ lastExecutionDuration: 2.5, lastError: "STRATEGY_THREW: boom", total_executions: "4" },
        ...{
          successful_executions: "3",
          failed_executions: "1",
          avg_execution_time: 2.5,
          last_execution_duration: 2.5,
        },
        ...{ last_error: "STRATEGY_THREW: boom", are_same: true },
      },
    ]);
  });

  it.each([null, "not a uuid", OPERATOR_ID, "44444444-4444-4444-8444-444444444444"])(
    "show nothing to %s",
    async (user) => {
      for (const view of ALL) expect(await as(user, `select from public.${view}`), view).toEqual([]);
    },
  );

  it("are closed to strangers, and nobody writes through them", async () => {
    for (const view of ALL) {
      await expect(as(OWNER, `select from public.${view}`, "anon"), view).rejects.toEqual(refused);
      await expect(as(OWNER, `delete from public.${view}`), view).rejects.toEqual(unwritable);
      const [row] = await test.database.query(
        `select has_table_privilege('authenticated', 'public.${view}', 'insert, update, delete, truncate, trigger') as can_write`,
      );
      expect(row, view).toEqual({ can_write: false });
    }
    await expect(as(OWNER, "select from shoal.own_strategies")).rejects.toEqual(refused);
    await expect(as(OWNER, "select from shoal.strategy_secrets")).rejects.toEqual(refused);
  });

  it("stay the only way for a project that opens the schema: row security shows nothing", async () => {
    await test.database.transaction(async (tx) => {
      await tx.script(
        "grant usage on schema shoal to authenticated; grant select on all tables in schema shoal to authenticated",
      );
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: OWNER })]);
      await tx.query("set local role authenticated");
      for (const table of ["strategies", "strategy_secrets", "strategy_books", "strategy_runs", "strategy_code"]) {
        expect(await tx.query(`select from shoal.${table}`), table).toEqual([]);
      }
      await tx.script(
        "reset role; revoke all on all tables in schema shoal from authenticated; revoke usage on schema shoal from authenticated",
      );
    });
  });

  it("leave a table of the project's own with the name of a view as it is", async () => {
    await test.database.script(
      "drop view public.strategy_fills; create table public.strategy_fills (mine int); insert into public.strategy_fills values (1)",
    );
    await test.database.script(MIGRATION);
    expect(await test.database.query("select mine from public.strategy_fills")).toEqual([{ mine: 1 }]);
    await test.database.script("drop table public.strategy_fills");
    await test.database.script(MIGRATION);
    expect(await as(SOMEBODY, "select id from public.strategy_fills")).toEqual([{ id: "f" }]);
  });

  it("keep users from asking anything of strategies of others by bot_control", async () => {
    await test.database.query("select shoal.open_control('owners')");
    const [own] = await makeDesk(test).desk.list(owner, { limit: 1 });
    const command = `insert into public.bot_control (bot_id, command) values ('${own?.strategy_id.toUpperCase()}', 'STOP_BOT')`;
    await as(OWNER, command);
    await expect(as(SOMEBODY, command)).rejects.toEqual(refused);
  });
});
