import type { Sql } from "@shoal/store";
import { ExplainedSession } from "./explained-session.ts";
import type { TestDatabase } from "./postgres-test-database.ts";

/** Asks for one statement. */
export type AskKept = (sql: Sql<string>, isFull: boolean) => Promise<unknown>;

/** After so many executions a session has a plan for all parameters, if it ever makes one. */
const WARM_UP_COUNT = 7;

/**
 * Asks for each statement while the tables have a few rows and are known to, until the session keeps its plan; then has them filled
 * and asks once more. What a statement did is taken back. Returns the pages of 8 kB that each looked at.
 */
export async function pagesOfKeptPlans(
  { database, url }: Pick<TestDatabase, "database" | "url">,
  {
    asks,
    few,
    many,
  }: { readonly asks: Readonly<Record<string, AskKept>>; readonly few: string; readonly many: string },
): Promise<Readonly<Record<string, number>>> {
  // The daemon that analyzes tables would have plans made anew.
  const tables = await database.query<{ name: string }>(
    "select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace in ('shoal'::regnamespace, 'public'::regnamespace)",
  );
  await database.script(tables.map(({ name }) => `alter table ${name} set (autovacuum_enabled = off);`).join(""));
  await database.script(few);
  await database.query("analyze");
  await using session = await ExplainedSession.open(url);
  const sql: Sql<string> = { query: (text, params) => session.query(text, params), script: async () => {} };
  for (const ask of Object.values(asks))
    for (let n = 0; n < WARM_UP_COUNT; n += 1) await session.rolledBack(() => ask(sql, false));
  await database.script(many);
  const pages: Record<string, number> = {};
  for (const [what, ask] of Object.entries(asks)) {
    const { pageCount, scans } = await session.rolledBack(() => ask(sql, true));
    pages[what] = pageCount;
    const indexes = new Set(scans.map((scan) => scan["Index Name"] ?? scan["Relation Name"]));
    process.stderr.write(`  ${what}: ${pageCount} pages, ${[...indexes].join(" ")}\n`);
  }
  return pages;
}
