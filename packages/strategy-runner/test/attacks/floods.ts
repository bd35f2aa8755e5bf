import { LIMITS } from "../../src/limits.ts";
import type { Attack } from "./attack.types.ts";

const refused = (
  name: string,
  tries: string,
  sees: string,
  body: string,
  overrides: Attack["overrides"] = {},
): Attack => ({
  name,
  tries,
  wall: "host check",
  sees,
  body,
  overrides,
});

/** Programs that give too much, or what nobody can bear. */
export const floods: readonly Attack[] = [
  {
    name: "log lines",
    tries: "thousands of log lines",
    wall: "host check",
    sees: "ok",
    body: "for (let i = 0; i < 3000; i++) ctx.log.info('line', i);",
    holds: ({ logs }) => logs.length <= LIMITS.logLines && (logs.at(-1)?.text.includes("dropped") ?? false),
  },
  {
    name: "log text",
    tries: "one log line of a megabyte",
    wall: "host check",
    sees: "ok",
    body: "ctx.log.info('x'.repeat(1e6)); ctx.log.info('more');",
    holds: ({ logs }) => logs.reduce((sum, { text }) => sum + text.length, 0) <= LIMITS.logCharacters + 200,
  },
  {
    name: "log of everything",
    tries: "values that cannot be written",
    wall: "host check",
    sees: "ok",
    body: "const a = {}; a.a = a; ctx.log.info(a, 1n, Symbol('s'), () => 1, undefined, new Proxy({}, { get() { throw 1; } }), { toJSON() { throw 1; } });",
    holds: ({ logs }) => logs.length === 1,
  },
  {
    name: "notifications",
    tries: "a hundred notifications",
    wall: "host check",
    sees: "ok",
    body: "for (let i = 0; i < 100; i++) ctx.notify('y'.repeat(5000));",
    holds: ({ notifications }) =>
      notifications.length === LIMITS.notificationCount &&
      notifications.every((text) => text.length <= LIMITS.notificationCharacters),
  },
  {
    name: "what a terminal obeys",
    tries: "control characters, U+0000, half surrogates and marks of reading order in texts",
    wall: "host check",
    sees: "ok",
    body: "const t = '\\u001b[2J\\u0000\\ud800\\u202egnp.exe\\n\\r\\u009b31m'; ctx.log.info(t); ctx.notify(t); ctx.state.set('a', { ['k' + t]: t });",
    holds: ({ logs, notifications, statePatch }) =>
      /^[\u0020-\u007e\ufffd]+$/.test(`${logs[0]?.text}${notifications[0]}`) &&
      !/\\u0000|\\ud800/.test(JSON.stringify(statePatch)),
  },
  {
    name: "what a terminal obeys, in an error",
    tries: "control characters in the text and the functions of an error",
    wall: "host check",
    sees: "STRATEGY_THREW",
    body: "const f = { ['\\u001b[2J\\u202e']: () => { throw new Error('\\u001b[2J\\u0000\\ud800\\n' + 'x'.repeat(1e5)); } }; f['\\u001b[2J\\u202e']();",
    holds: ({ error }) =>
      /^[\u0020-\u007e\ufffd\u2026]{1,1000}$/.test(error?.message ?? "") && !error?.stack?.includes("\u001b"),
  },
  refused(
    "state keys",
    "more keys than a state has",
    "STRATEGY_STATE_TOO_LARGE",
    "for (let i = 0; i < 300; i++) ctx.state.set('k' + i, i);",
  ),
  refused("state value", "a value of a megabyte", "STRATEGY_STATE_TOO_LARGE", "ctx.state.set('a', 'x'.repeat(1e6));"),
  refused(
    "state in all",
    "many values, too large together",
    "STRATEGY_STATE_TOO_LARGE",
    "for (let i = 0; i < 100; i++) ctx.state.set('k' + i, 'x'.repeat(2000));",
  ),
  refused("state key", "a key without end", "STRATEGY_STATE_INVALID", "ctx.state.set('k'.repeat(1e6), 1);"),
  refused(
    "key __proto__",
    "a key that changes prototypes",
    "STRATEGY_STATE_INVALID",
    "ctx.state.set('__proto__', { admin: true });",
  ),
  refused("key with U+0000", "a key that Postgres cannot hold", "STRATEGY_STATE_INVALID", "ctx.state.set('a\\0', 1);"),
  refused(
    "nested state",
    "a value nested deeper than anybody reads",
    "STRATEGY_STATE_INVALID",
    "let a = 1; for (let i = 0; i < 500; i++) a = [a]; ctx.state.set('a', a);",
  ),
  refused("state of no JSON", "a function as a value", "STRATEGY_STATE_INVALID", "ctx.state.set('a', () => 1);"),
  refused(
    "cyclic state",
    "a value that contains itself",
    "STRATEGY_THREW",
    "const a = {}; a.a = a; ctx.state.set('a', a);",
  ),
  refused(
    "throwing state",
    "a getter that throws while state becomes JSON",
    "STRATEGY_THREW",
    "ctx.state.set('a', { get b() { throw new Error('mine'); } });",
  ),
  {
    name: "prototype in state",
    tries: "__proto__ inside of a value",
    wall: "harmless",
    sees: "ok",
    body: 'ctx.state.set(\'a\', JSON.parse(\'{"__proto__": { "admin": true }, "constructor": 1 }\'));',
    holds: () => !("admin" in {}),
  },
  refused(
    "orders",
    "more orders than a run has",
    "STRATEGY_ORDERS_TOO_MANY",
    "for (;;) ctx.orders.place({ symbol: 'BTC/USDT', side: 'buy', type: 'market', quantity: 1 });",
  ),
  refused("cancellations", "cancelling the orders of others", "STRATEGY_ORDER_INVALID", "ctx.orders.cancel('7');"),
  ...[
    "-1",
    "0",
    "NaN",
    "Infinity",
    "'1e3'",
    "'0x10'",
    "' 1'",
    "1n",
    "{ valueOf: () => 1 }",
    "'9'.repeat(1e5)",
    "undefined",
  ].map((quantity) =>
    refused(
      `quantity ${quantity}`,
      `an order of ${quantity}`,
      (quantity.includes("n") && quantity !== "undefined" && quantity !== "Infinity") || quantity.startsWith("{")
        ? "STRATEGY_THREW"
        : "STRATEGY_ORDER_INVALID",
      `ctx.orders.place({ symbol: 'BTC/USDT', side: 'buy', type: 'market', quantity: ${quantity} });`,
    ),
  ),
  refused(
    "symbol",
    "a market that is a path",
    "STRATEGY_ORDER_INVALID",
    "ctx.orders.place({ symbol: '../../etc/passwd\\0', side: 'buy', type: 'market', quantity: 1 });",
  ),
  {
    name: "orders of a failed run",
    tries: "orders and state of a run that fails in the end",
    wall: "host check",
    sees: "STRATEGY_THREW",
    body: "ctx.orders.place({ symbol: 'BTC/USDT', side: 'buy', type: 'market', quantity: 1 }); ctx.state.set('a', 1); throw new Error('late');",
    holds: ({ intents, statePatch }) => intents.length === 0 && Object.keys(statePatch).length === 0,
  },
  refused(
    "calls",
    "more calls than a run has",
    "STRATEGY_CALLS_TOO_MANY",
    "for (let i = 0; i < 2000; i++) ctx.market.fetchTicker('A/B').catch((e) => { throw e; }); await ctx.market.fetchTicker('A/B');",
    { canAsk: true },
  ),
  refused(
    "fetching everything",
    "all candles there are",
    "STRATEGY_CALLS_TOO_MANY",
    "for (let i = 0; ; i++) await Promise.race([ctx.market.fetchCandles({ symbol: 'A' + i, timeframe: '1m', count: 5000 }), 0]);",
    { canAsk: true },
  ),
  refused(
    "calls refused",
    "waiting where nobody answers",
    "STRATEGY_CALL_REFUSED",
    "await ctx.market.fetchTicker('A/B');",
  ),
  refused(
    "large argument",
    "a call with an argument of a megabyte",
    "STRATEGY_CALL_FAILED",
    "await ctx.market.fetchTicker('A'.repeat(1e6));",
    { canAsk: true },
  ),
  refused(
    "series",
    "more series than a run has",
    "STRATEGY_TA_TOO_MANY",
    "for (let i = 0; i < 600; i++) ctx.ta.ema(c.close, 2);",
  ),
  refused(
    "long series",
    "numbers of its own without end",
    "STRATEGY_TA_TOO_MANY",
    "const a = new Float64Array(1e5); for (;;) ctx.ta.macd(a);",
  ),
  refused("period", "a period without end", "STRATEGY_TA_INVALID", "ctx.ta.sma(c.close, 1e9);"),
  refused(
    "unknown candles",
    "candles of a market that was not asked for",
    "STRATEGY_CANDLES_UNKNOWN",
    "ctx.market.candles('x'.repeat(1e5), '5m');",
  ),
];
