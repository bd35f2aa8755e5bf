import { invariant } from "@shoal/kernel";
import type { SqlValue } from "@shoal/store";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCommands } from "../src/control/command-list.ts";
import { type DeploymentFilter, listDeployments } from "../src/control/deployment-list.ts";

const BOTS = 30_000;
/** A page of a search looks at so many. */
const LOOKED_AT = 10_000;
const COMMANDS_OF_EACH = 2;
/** As ids that are sorted as text. */
const NAMED = "lpad(n::text, 6, '0')";
const LIMIT_MS = 60_000;

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe("with 30,000 deployed bots", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await test.database.script(`
      alter table public.bot_control disable trigger user;
      insert into public.bot_deployments (bot_id, kind, name, desired, status)
      select 'bot ' || ${NAMED}, 'echo', case n when 7 then 'Ännchen' else 'Echo' end, 'running',
        case when n % 10000 = 5 then 'crashed' else 'running' end from generate_series(1, ${BOTS}) n;
      insert into public.bot_control (bot_id, command, applied_at, outcome)
      select 'bot ' || ${NAMED}, 'STOP_BOT', now(), 'applied'
      from generate_series(1, ${COMMANDS_OF_EACH}), generate_series(1, ${BOTS}) n;
      analyze public.bot_deployments, public.bot_control;`);
  }, LIMIT_MS);
  afterAll(() => test?.[Symbol.asyncDispose]());

  /** Sends what a function sends, counts the rows of a table that it read and threw away, and returns its answer. */
  async function reading<Answer>(
    table: string,
    ask: (database: Pick<TestDatabase["database"], "query">) => Promise<Answer>,
  ) {
    let rows = 0;
    const answer = await ask({
      async query<Row extends object>(text: string, params: readonly SqlValue[] = []) {
        const [row] = await test.database.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
          `explain (analyze, format json) ${text}`,
          params,
        );
        const plan = row?.["QUERY PLAN"][0].Plan;
        invariant(plan, "the server explains itself");
        const scans = nodesOf(plan).filter((node) => node["Relation Name"] === table);
        expect(scans.filter((node) => node["Node Type"] === "Seq Scan")).toEqual([]);
        for (const { "Actual Rows": found, "Actual Loops": loops, "Rows Removed by Filter": removed = 0 } of scans)
          rows += (found + removed) * loops;
        return test.database.query<Row>(text, params);
      },
    });
    return { answer, rows };
  }
  const listed = async (filter: DeploymentFilter) => {
    const { answer, rows } = await reading("bot_deployments", (database) => listDeployments(database, filter));
    return { ...answer, ids: answer.deployments.map(({ bot_id }) => bot_id), rows };
  };

  it.each<[string, DeploymentFilter, number]>([
    ["the first page", { limit: 100 }, 100],
    ["a page in the middle", { limit: 100, before: "bot 015000", only: "bots" }, 100],
    ["those of a rare status", { limit: 100, status: "crashed", only: "bots" }, 3],
    ["a page of a frequent one", { limit: 100, status: "running", before: "bot 015000", only: "bots" }, 100],
    ["some by their ids", { limit: 100, ids: ["bot 000001", "bot 030000", "nobody"], only: "bots" }, 2],
    ["a page of a search", { limit: 100, search: "ECHO", only: "bots" }, LOOKED_AT],
    ["a search for nobody", { limit: 100, search: "nobody", only: "bots" }, LOOKED_AT],
  ])("reads for %s only what it shows, or may show", async (_what, filter, most) => {
    const { rows } = await listed(filter);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(most);
  });

  it("finds who is far behind by following the pages of a search, which may be empty", async () => {
    const ids: string[] = [];
    let before: string | null | undefined;
    let pages = 0;
    while (before !== null) {
      const page = await listed({ limit: 100, search: "ännCHEN", only: "bots", ...(before && { before }) });
      ids.push(...page.ids);
      before = page.next;
      pages += 1;
    }
    expect(ids).toEqual(["bot 000007"]);
    expect(pages).toBe(1 + BOTS / LOOKED_AT);
  });

  it("takes a search for what it is, and not for a pattern", async () => {
    expect((await listed({ limit: 10, search: "%" })).ids).toEqual([]);
    expect((await listed({ limit: 10, search: "_" })).ids).toEqual([]);
    expect((await listed({ limit: 1, search: "T 02" })).ids).toEqual(["bot 029999"]);
  });

  it("reads of the commands to a bot only those it shows", async () => {
    const ofBot = (rest: object) =>
      reading("bot_control", (database) => listCommands(database, { botId: "bot 015000", limit: 1, ...rest }));
    const first = await ofBot({});
    const [latest] = first.answer;
    const next = await ofBot({ before: latest?.id });
    // The one before is found by its id.
    expect([first.rows, next.rows]).toEqual([1, 2]);
    expect(next.answer).toMatchObject([{ bot_id: "bot 015000", command: "STOP_BOT", outcome: "applied" }]);
    expect(next.answer[0]?.id).not.toBe(latest?.id);
    const both = await reading("bot_control", (database) =>
      listCommands(database, { ids: [...first.answer, ...next.answer].map(({ id }) => id) }),
    );
    expect(both.answer).toHaveLength(2);
    expect(both.rows).toBe(2);
  });
});
