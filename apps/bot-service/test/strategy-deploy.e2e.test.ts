import { checkStrategy, createCompiler, createStrategyRunner } from "@shoal/strategy-runner";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import type { InstrumentsResult } from "@shoal/trading";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, makeApp } from "../src/http/http.test-support.ts";
import { createStrategyDesk } from "../src/strategies/desk/strategy-desk.ts";
import { createMarkets } from "../src/strategies/markets.ts";

const GOOD = `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 5 }] };
export const config = { fast: 3 };
export async function run(ctx: Ctx<typeof config>) {
  ctx.log.info("fast", ctx.config.fast);
}
`;

let test: TestDatabase;
let runner: Awaited<ReturnType<typeof createStrategyRunner>>;
beforeAll(async () => {
  test = await testDatabase();
  runner = await createStrategyRunner({ runtime: test.runtime, childCount: 1 });
});
afterAll(async () => {
  await runner.close(0);
  await test[Symbol.asyncDispose]();
});

/** The app over a real check of sources, and an exchange that answers `found`. */
function open(found: InstrumentsResult = { kind: "later", retryAfterMs: 1, message: "maintenance" }) {
  const asked: string[] = [];
  const unused = () => Promise.reject(new Error("not asked for by a deploy"));
  const markets = createMarkets({
    ...{ data: { candles: unused }, defaultMarket: "synthetic", now: () => test.runtime.clock.now() },
    signal: new AbortController().signal,
    exchanges: {
      account: (exchangeId) => ({
        ...{ send: unused, read: unused, cancel: unused, balances: unused },
        async instruments(symbols) {
          asked.push(`${exchangeId}: ${symbols.join()}`);
          return found;
        },
      }),
    },
  });
  const compiler = createCompiler();
  const desk = createStrategyDesk({
    ...{
      database: test.database,
      clock: test.runtime.clock,
      markets,
      defaultMarket: "synthetic",
      perOwnerCount: 5,
      hasSecrets: false,
    },
    check: (source, language) => checkStrategy(source, { compiler, sandbox: runner, language }),
  });
  return { app: makeApp({ strategies: { desk, isOpenToOwners: true } }), asked };
}

const deploy = async (code: string, given: object = {}, { app } = open()) => {
  const answer = await ask(app, "POST", "/strategies/deploy", { name: "real", code, executionInterval: 60, ...given });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

it("deploys a source that passes the check, with the symbols that it needs", async () => {
  expect(await deploy(GOOD)).toMatchObject({ status: 201, body: { name: "real", version: 1, status: "running" } });
  const [row] = await test.database.query(
    `select book #>> '{instruments,0,symbol}' as symbol, checked -> 'config' as config
     from shoal.strategy_books, shoal.strategy_code`,
  );
  expect(row).toEqual({ symbol: "BTC/USDT", config: { fast: 3 } });
});

it.each([
  ["types", GOOD.replace("ctx.config.fast", "ctx.config.slow"), "STRATEGY_TYPES", 5],
  ["syntax", `${GOOD}}`, "STRATEGY_SYNTAX", 7],
  ["imports", `import fs from "node:fs";\n${GOOD}export const x = fs;`, "STRATEGY_IMPORTS", 1],
  ["no run", "export const needs = {};", "STRATEGY_RUN_MISSING", 1],
  ["needs of no candle", GOOD.replace('"1m"', '"7m"'), "STRATEGY_NEEDS_INVALID", 2],
  ["needs of too many candles", GOOD.replace("count: 5", "count: 5_000_000"), "STRATEGY_NEEDS_INVALID", 2],
  ["more than 256 kB", `${GOOD}// ${"x".repeat(256 * 1024)}`, "STRATEGY_TOO_LARGE", 1],
])("refuses a source for its %s, with line and column, and writes nothing", async (_what, code, expected, line) => {
  const count = "select count(*)::int as count from shoal.strategy_versions";
  const before = await test.database.query(count);
  const { status, body } = await deploy(code);
  expect([status, body["code"]]).toEqual([422, "STRATEGY_CODE_INVALID"]);
  expect(body["diagnostics"]).toContainEqual(
    expect.objectContaining({ code: expected, line, column: expect.any(Number), severity: "error" }),
  );
  expect(await test.database.query(count)).toEqual(before);
});

it("asks an exchange how it trades the symbols, and deploys nothing while it does not answer", async () => {
  const market = { market: "kraken", name: "on kraken" };
  const away = open();
  expect(await deploy(GOOD, market, away)).toMatchObject({
    status: 503,
    body: { code: "STRATEGY_MARKET_AWAY", detail: expect.stringMatching(/^The exchange .*nothing was deployed/) },
  });
  const instrument = {
    symbol: "BTC/USDT",
    base: "BTC",
    quote: "USDT",
    tick: "0.1",
    lot: "0.0001",
    smallestNotional: "5",
  };
  const there = open({ kind: "found", instruments: [instrument], unknownSymbols: [] });
  expect(await deploy(GOOD, market, there)).toMatchObject({ status: 201, body: { market: "kraken" } });
  expect([away.asked, there.asked]).toEqual([["kraken: BTC/USDT"], ["kraken: BTC/USDT"]]);
  const lacks = open({ kind: "found", instruments: [], unknownSymbols: ["BTC/USDT"] });
  expect(await deploy(GOOD, { ...market, name: "other" }, lacks)).toMatchObject({
    status: 422,
    body: { code: "STRATEGY_NEEDS_IMPOSSIBLE" },
  });
  expect(await deploy(GOOD, { market: "gemini", name: "elsewhere" })).toMatchObject({
    status: 422,
    body: { code: "STRATEGY_MARKET_UNKNOWN" },
  });
});
