import { createHash } from "node:crypto";
import type { CheckResult, Language } from "@shoal/strategy-runner";
import type { TestDatabase } from "@shoal/testkit";
import { emptyTables } from "@shoal/testkit";
import { instrumentOf } from "../instrument-of.ts";
import type { DeployOptions } from "./deploy.ts";
import { createStrategyDesk } from "./strategy-desk.ts";
import type { Asker, DeployRequest } from "./strategy-desk.types.ts";

export const OWNER = "11111111-1111-4111-8111-111111111111";
export const SOMEBODY = "22222222-2222-4222-8222-222222222222";
export const NOBODY = "33333333-3333-4333-8333-333333333333";
export const owner: Asker = { userId: OWNER };
export const somebody: Asker = { userId: SOMEBODY };
export const operator: Asker = { userId: null };

/** What a test says that a source exports. */
export function sourceOf(exports: { readonly needs?: readonly string[]; readonly config?: object } = {}): string {
  return `// ${JSON.stringify(exports)}`;
}

/** Stands for the check of sources: reads what `sourceOf` wrote, and refuses what is called bad. */
export async function fakeCheck(source: string, language: Language): Promise<CheckResult> {
  if (source.startsWith("bad")) {
    const [line, column] = [2, 7];
    return {
      ok: false,
      diagnostics: [{ code: "STRATEGY_TYPES", message: "No such name.", line, column, severity: "error" }],
    };
  }
  const { needs = [], config = {} } = JSON.parse(source.slice(3));
  return {
    ok: true,
    code: {
      javascript: source,
      sha256: createHash("sha256").update(source).digest("hex"),
      fileName: language === "typescript" ? "strategy.ts" : "strategy.js",
      needs: { candles: needs.map((symbol: string) => ({ symbol, timeframe: "1m", count: 10 })) },
      config,
    },
  };
}

/** A desk that knows the synthetic market and an exchange that has Bitcoin and nothing else. */
export function makeDesk(test: TestDatabase, options: Partial<DeployOptions> = {}) {
  const checked: string[] = [];
  const desk = createStrategyDesk({
    ...{ database: test.database, clock: test.runtime.clock },
    check(source, language) {
      checked.push(source);
      return fakeCheck(source, language);
    },
    markets: {
      ids: new Set(["synthetic", "kraken"]),
      exchangeIds: new Set(["kraken"]),
      async instruments(market, symbols) {
        const known = market === "synthetic" ? symbols : symbols.filter((symbol) => symbol.startsWith("BTC/"));
        return known.flatMap((symbol) => instrumentOf(symbol) ?? []);
      },
    },
    defaultMarket: "synthetic",
    perOwnerCount: 50,
    hasSecrets: true,
    ...options,
  });
  return { desk, checked };
}

export const MINUTE = { kind: "interval", intervalMs: 60_000 } as const;

/** Deploys a strategy that runs each minute, unless something else is given; returns its id. */
export async function deployed(
  test: TestDatabase,
  given: Partial<DeployRequest> = {},
  asker: Asker = owner,
): Promise<string> {
  const request = { name: "first", source: sourceOf(), timing: MINUTE, ...given };
  const { strategy } = await makeDesk(test).desk.deploy(asker, request);
  return strategy.strategy_id;
}

const TABLES = ["strategies", "strategy_owners", "strategy_code", "strategy_secrets"].map((name) => `shoal.${name}`);

/** Empties the tables. */
export async function forgetStrategies({ database }: TestDatabase): Promise<void> {
  await emptyTables(database, TABLES);
}

/** Rows of all tables of strategies, to see that a refused request has changed none. */
export async function rowsOf({ database }: TestDatabase): Promise<string> {
  const [row] = await database.query<{ all: string }>(
    `select md5(jsonb_agg(x order by x::text)::text) as all from (
       select to_jsonb(s) as x from shoal.strategies s union all select to_jsonb(v) from shoal.strategy_versions v
       union all select to_jsonb(c) from shoal.strategy_clock c union all select to_jsonb(b) from shoal.strategy_books b
       union all select to_jsonb(k) from shoal.strategy_code k union all select to_jsonb(o) from shoal.strategy_orders o
     ) as rows`,
  );
  return row?.all ?? "";
}

/** Makes it look as if a daemon runs the strategy; returns the epoch of its claim. */
export async function claimOf({ database }: TestDatabase, id: string): Promise<number> {
  const [row] = await database.query<{ epoch: number }>(
    `update shoal.strategy_clock set epoch = epoch + 1, holder = 'daemon', claimed_at = clock_timestamp(), is_manual = false,
       due_at = clock_timestamp() + interval '1 minute'
     where strategy_id = $1::uuid returning epoch::float8 as epoch`,
    [id],
  );
  return row?.epoch ?? -1;
}
