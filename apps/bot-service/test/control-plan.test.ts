import { invariant } from "@shoal/kernel";
import type { Sql, SqlValue } from "@shoal/store";
import { type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPending, leaseOf } from "../src/control/statements.ts";
import { OWNER } from "./control-support.ts";

const BOTS = 2000;
const PENDING_OF_EACH = 20;
/** Commands by the operator, and as many by users. */
const APPLIED_COUNT = 30_000;
const BOTS_OF_A_ROUND = 500;
const OWN_BOTS = 5;
const OWN_COMMANDS = 100;
const LIMIT_MS = 120_000;
/** Each bot is found, and its commands are counted, read and locked. */
const MAX_ROWS = 4 * BOTS_OF_A_ROUND;

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
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

/** Returns the statement about commands that a function would send, without sending it. */
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

/** The owner's list as PostgREST queries it: row security adds the rest. */
const OWNERS_LIST: Statement = {
  text: "select id, bot_id, command, outcome from public.bot_control order by seq desc limit 50",
  params: [],
};

const BACKENDS = usualBackends();

describe.each(BACKENDS)("with 40,000 commands waiting for 2,000 bots, on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    // Only the test analyzes the tables, and no trigger notifies of its rows.
    await test.database.script(`
      select shoal.open_control('owners');
      alter table public.bot_control set (autovacuum_enabled = off);
      alter table public.bot_control disable trigger user;
      alter table shoal.leases set (autovacuum_enabled = off);`);
    await test.database.query(
      `insert into public.bot_deployments (bot_id, owner_id, kind, name, desired, status)
       select 'bot ' || n, $1::uuid, 'echo', 'Echo', 'running', 'running' from generate_series(1, $2::int) n`,
      [OWNER, OWN_BOTS],
    );
    await test.database.query(
      `insert into public.bot_control (bot_id, command, issued_by, applied_at, outcome)
       select 'bot ' || n % $1::int, 'STOP_BOT', gen_random_uuid(), now(), 'rejected' from generate_series(1, $2::int) n`,
      [BOTS, APPLIED_COUNT],
    );
    await test.database.query(
      `insert into public.bot_control (bot_id, command, issued_by, applied_at, outcome)
       select 'bot 1', 'STOP_BOT', $1::uuid, now(), 'applied' from generate_series(1, $2::int)`,
      [OWNER, OWN_COMMANDS],
    );
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
      if (when === "after")
        await test.database.query("analyze public.bot_control, public.bot_deployments, shoal.leases");
    });

    /** Runs a statement in the role that sends it, and rolls it back. */
    const explain = ({ text, params }: Statement, setup?: string): Promise<PlanNode> =>
      test.database.transaction(async (tx) => {
        if (setup) await tx.script(setup);
        const [row] = await tx.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
          `explain (analyze, format json) ${text}`,
          params,
        );
        const plan = row?.["QUERY PLAN"][0].Plan;
        invariant(plan, "the server explains itself");
        return plan;
      });

    function expectFewRows(plan: PlanNode, maxRows: number): void {
      const scans = nodesOf(plan).filter((node) => node["Relation Name"] === "bot_control");
      expect(scans.length).toBeGreaterThan(0);
      expect(scans.map((node) => node["Node Type"]).filter((type) => !/^(Index|Bitmap Heap)/.test(type))).toEqual([]);
      const rows = scans.reduce((sum, node) => sum + node["Actual Rows"] * node["Actual Loops"], 0);
      expect(rows).toBeGreaterThan(0);
      expect(rows).toBeLessThanOrEqual(maxRows);
    }

    it.each([
      ["the read of what they are", (sql: Sql) => applyPending(sql, "r1", LEASES, { kinds: KINDS, perOwnerCount: 5 })],
    ])("%s finds them by indexes, and reads a few", async (_what, ask) => {
      expectFewRows(await explain(await statementOf(ask)), MAX_ROWS);
    });

    it("an owner's list finds own commands, and the operator's for own bots, by indexes", async () => {
      const claims = JSON.stringify({ role: "authenticated", sub: OWNER });
      const asOwner = `select set_config('request.jwt.claims', '${claims}', true); set local role authenticated;`;
      const plan = await explain(OWNERS_LIST, asOwner);
      expectFewRows(plan, OWN_COMMANDS + OWN_BOTS * (PENDING_OF_EACH + APPLIED_COUNT / BOTS));
      const [scan] = nodesOf(plan).filter((node) => node["Relation Name"] === "bot_control");
      expect(scan?.["Rows Removed by Filter"]).toBe(0);
    });
  });
});
