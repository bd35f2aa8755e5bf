import { seededRng } from "@shoal/kernel";
import fc from "fast-check";
import type { RunPorts } from "../src/guest/run.ts";
import type { WireAnswer } from "../src/guest/wire.ts";
import type { HostCall } from "../src/run.types.ts";

/** Expressions of any kind; `x` is what the program has computed so far. */
const expression = fc.constantFrom(
  "1",
  "-0",
  "NaN",
  "'text'",
  "'\\ud83d'",
  "'\\u0000'",
  "null",
  "undefined",
  "[1, [2, x]]",
  "({ a: x, b: [] })",
  "Math.random()",
  "ctx.random()",
  "Date.now()",
  "new Date(5)",
  "close.last",
  "close.at(3)",
  "close.values.length",
  "ctx.ta.sma(close, 7).last",
  "ctx.ta.macd(close).signal.at(-2)",
  "ctx.ta.ema([1, 2, 3], 2).values",
  "ctx.state.get('a')",
  "ctx.state.keys()",
  "ctx.portfolio.cash",
  "2n ** 70n",
  "/(a+)+b/.exec('aaaaab')",
  "[3, 1, 2].sort(() => Math.random() - 0.5)",
  "new Map([[1, x]])",
  "Symbol('s')",
  "x",
);

const statement = fc.oneof(
  expression.map((value) => `x = ${value};`),
  expression.map((value) => `ctx.log.info(${value});`),
  fc.tuple(fc.constantFrom("a", "b", "c"), expression).map(([key, value]) => `ctx.state.set("${key}", ${value});`),
  fc.constantFrom(
    "ctx.state.delete('a');",
    "ctx.notify('told ' + typeof x);",
    "await null;",
    "x = (await ctx.market.fetchTicker('BTC/USDT')).last;",
    "x = (await ctx.market.fetchCandles({ symbol: 'A/B', timeframe: '1m', count: 3 })).close.last;",
    "later.push(ctx.market.fetchTicker('C/D'));",
    "x = await Promise.race(later);",
    "await Promise.allSettled(later);",
    "Promise.resolve().then(() => { x = 'then'; });",
    "ctx.orders.place({ symbol: 'BTC/USDT', side: 'buy', type: 'limit', quantity: 0.5, price: close.last });",
    "ctx.orders.place({ symbol: 'BTC/USDT', side: 'sell', type: 'market', quantity: x });",
    "for (let i = 0; i < 2000; i++) x = i;",
    "x = Array.from({ length: 300 }, () => ({ x: Math.random() }));",
    "x = String(x).repeat(50);",
    "x = new WeakRef({});",
    "throw new Error('thrown ' + typeof x);",
    "globalThis.left = x;",
    "for (;;);",
    "(function f() { f(); })();",
    "x = []; for (;;) x.push('y'.repeat(10000) + x.length);",
  ),
);

/** Statements that may fail are mostly caught, so that what comes behind them runs, too. */
const guarded = fc
  .tuple(statement, fc.integer({ min: 0, max: 9 }))
  .map(([text, chance]) => (chance === 0 ? text : `try { ${text} } catch (e) { ctx.log.warn(e); }`));

/** A source that uses what a strategy has, in any order, and does what strategies should not. */
export const randomProgram = fc.record({
  source: fc
    .array(guarded, { minLength: 1, maxLength: 12 })
    .map(
      (statements) =>
        `export async function run(ctx) {\n  const { close } = ctx.market.candles("BTC/USDT", "5m"); let x; const later = [];\n  ${statements.join("\n  ")}\n}`,
    ),
  seed: fc.string({ maxLength: 8 }),
});

/** Answers of any kind, in any order, some of them never; made anew by each call of what it gives. */
export const randomAnswers: fc.Arbitrary<() => RunPorts["exchange"]> = fc.nat().map((seed) => () => {
  const rng = seededRng(seed);
  const open: HostCall[] = [];
  return (calls) => {
    open.push(...calls);
    if (rng.next() < 0.05) return "stop";
    open.sort(() => rng.next() - 0.5);
    return open.splice(0, 1 + Math.floor(rng.next() * open.length)).map((call) => answerOf(call, rng.next()));
  };
});

function answerOf(call: HostCall, chance: number): WireAnswer {
  const { number } = call;
  if (chance < 0.2) return { number, kind: "failed", code: "STRATEGY_CALL_FAILED", message: `no luck ${chance}` };
  if (call.method === "fetchTicker") {
    return { number, kind: "ticker", ticker: { bid: chance, ask: chance + 1, last: chance * 100, timeMs: 1 } };
  }
  const column = [chance, chance * 2, chance * 3];
  const columns = { openMs: column, open: column, high: column, low: column, close: column, volume: column };
  return { number, kind: "candles", columns };
}
