import { invariant } from "@shoal/kernel";
import type { Sql, SqlValue } from "@shoal/store";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPending, leaseOf, look } from "../src/control/statements.ts";

const BOTS = 2000;
const PENDING_OF_EACH = 100;
const APPLIED_COUNT = 100_000;
const BOTS_OF_A_ROUND = 500;
const LIMIT_MS = 120_000;
/** Each bot is found, and its commands are counted, read and locked. */
const MAX_ROWS = 4 * BOTS_OF_A_ROUND;

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly Plans?: readonly PlanNode[];
}

interface Statement {
  readonly text: string;
  readonly params: SqlValue[];
}

const KINDS = new Map([["echo", { names: ["Echo"] }]]);
const LEASES = Array.from({ length: BOTS_OF_A_ROUND }, (_, n) => {
  return { resource: leaseOf(`bot ${n + 1}`), holder: "r1", epoch: 1 };
});

/** The statement about commands that a function of ours asks the database for, taken down instead of asked. */
async function statementOf(ask: (sql: Sql) => Promise<unknown>): Promise<Statement> {
  const asked: Statement[] = [];
  await ask({
    async query<Row>(text: string, params: readonly SqlValue[] = []) {
      asked.push({ text, params: [...params] });
      return (text.includes("bot_") ? [] : LEASES) as Row[];
    },
    script: async () => {},
  });
  const found = asked.find(({ text }) => text.includes("public.bot_control"));
  invariant(found, "commands are asked for");
  return found;
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe.each(backends())("with 200,000 commands waiting for 2,000 bots, on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    await test.database.query(
      `insert into public.bot_control (bot_id, command, applied_at, outcome)
       select 'bot ' || n % $1::int, 'STOP_BOT', now(), 'rejected' from generate_series(1, $2::int) n`,
      [BOTS, APPLIED_COUNT],
    );
    await test.database.query(
      `insert into public.bot_control (bot_id, command)
       select 'bot ' || bot, 'STOP_BOT' from generate_series(1, $2::int), generate_series(1, $1::int) bot`,
      [BOTS, PENDING_OF_EACH],
    );
    await test.database.query(
      `insert into shoal.leases select 'bot:bot ' || n, 'r' || n % 2, 1, now() + interval '1 hour'
       from generate_series(1, $1::int) n`,
      [BOTS],
    );
  }, LIMIT_MS);
  afterAll(() => test?.[Symbol.asyncDispose]());

  describe.each(["before", "after"])("%s its tables are analyzed", (when) => {
    beforeAll(async () => {
      if (when === "after") await test.database.query("analyze public.bot_control, shoal.leases");
    });

    it.each([
      ["a look for bots that have some", (sql: Sql) => look(sql, "r1", KINDS, 100, "")],
      ["the read of what they are", (sql: Sql) => applyPending(sql, "r1", LEASES, KINDS)],
    ])("%s finds them by indexes, and reads a few", async (_what, ask) => {
      const { text, params } = await statementOf(ask);
      const [row] = await test.database.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
        `explain (analyze, format json) ${text}`,
        params,
      );
      const plan = row?.["QUERY PLAN"][0].Plan;
      invariant(plan, "the server explains itself");
      const scans = nodesOf(plan).filter((node) => node["Relation Name"] === "bot_control");
      expect(scans.length).toBeGreaterThan(0);
      expect(scans.map((node) => node["Node Type"]).filter((type) => !/^(Index|Bitmap Heap)/.test(type))).toEqual([]);
      const rows = scans.reduce((sum, node) => sum + node["Actual Rows"] * node["Actual Loops"], 0);
      expect(rows).toBeGreaterThan(0);
      expect(rows).toBeLessThanOrEqual(MAX_ROWS);
    });
  });
});
