import { INDICATORS, runIndicator } from "@shoal/market";
import { describe, expect, test } from "vitest";
import { candles, makeGuest, makeMessage, NOW_MS, noPorts, runBody } from "../../test/make-run.ts";
import { readRunReply } from "../parent/run-reply.ts";
import { isJson } from "./json-text.ts";
import { runInEngine } from "./run.ts";
import { decimalText } from "./run-orders.ts";
import type { RunMessage, RunReply } from "./wire.ts";

const guest = makeGuest();

const CANDLES = 'const c = ctx.market.candles("BTC/USDT", "5m");';

/** What the body logs, as one text; an error as its code. */
function shown(body: string, overrides: Partial<RunMessage> = {}): string {
  return shownReply(runBody(guest, `${CANDLES} ${body}`, overrides));
}

function shownReply({ error, logs }: RunReply): string {
  return [...logs.map(({ text }) => text), ...(error === undefined ? [] : [error.code])].join(" | ");
}

describe("candles", () => {
  test("are columns with a newest value, values from either end, and all values", () => {
    const { close } = candles;
    expect(shown("ctx.log.info(c.symbol, c.timeframe, c.length, c.close.length)")).toBe("BTC/USDT 5m 100 100");
    expect(shown("ctx.log.info(c.close.last === c.close.at(-1), c.close.at(0), c.close.at(-2))")).toBe(
      `true ${close[0]} ${close[98]}`,
    );
    expect(shown("ctx.log.info(c.close.at(100), c.close.at(-101), c.close.at(0.5))")).toBe("NaN NaN NaN");
    expect(shown("ctx.log.info([...c.close].join() === c.close.values.join(), c.close.values.length)")).toBe(
      "true 100",
    );
    expect(shown("ctx.log.info(c.openMs.last + 300000 === ctx.now)")).toBe("true");
  });

  test("are none where none were given: NaN, and no failure", () => {
    const body =
      'const { close } = ctx.market.candles("BTC/USDT", "5m"); ctx.log.info(close.length, close.last, ctx.ta.sma(close).last);';
    const message = makeMessage(`export function run(ctx) { ${body} }`);
    const empty = Array.from({ length: 6 }, () => new Float64Array(0));
    expect(shownReply(runInEngine(guest, message, empty, noPorts))).toBe("0 NaN NaN");
  });
});

describe("ctx.ta", () => {
  test.each(INDICATORS.map((definition) => [definition.name, definition] as const))(
    "computes %s as the market does",
    (name, definition) => {
      const parameters = definition.parameters.map((parameter) => parameter.default);
      const isOfValues = definition.inputs[0] === "values";
      const inputs = definition.inputs.map((input) => (input === "values" ? candles.close : candles[input]));
      const expected = runIndicator(definition, inputs, parameters);
      const call = `ctx.ta.${name}(${[isOfValues ? "c.close" : "c", ...parameters].join(", ")})`;
      for (const [index, output] of definition.outputs.entries()) {
        const series = definition.outputs.length === 1 ? call : `${call}.${output}`;
        const values = Object.values(expected)[index] as Float64Array;
        expect(shown(`ctx.log.info(JSON.stringify([...${series}]))`)).toBe(JSON.stringify([...values]));
        expect(shown(`ctx.log.info(${series}.last)`)).toBe(String(values.at(-1)));
      }
      expect(shown(`ctx.log.info(${isOfValues ? `ctx.ta.${name}(c.close)` : `ctx.ta.${name}(c)`} !== undefined)`)).toBe(
        "true",
      );
    },
  );

  test("computes indicators of indicators and of numbers of the strategy's own", () => {
    expect(shown("ctx.log.info(ctx.ta.sma(ctx.ta.sma(c.close, 3), 3).length, ctx.ta.sma([1, 2, 3, 6], 2).last)")).toBe(
      "100 4.5",
    );
    expect(shown("ctx.log.info([...ctx.ta.sma(new Float64Array([1, 3]), 2)].join())")).toBe("NaN,2");
  });
});

describe("ctx", () => {
  test("is frozen, settings in it too", () => {
    const config = { deep: { list: [1] } };
    for (const change of [
      "ctx.a = 1",
      "ctx.config.deep.list.push(2)",
      "ctx.config.deep.x = 1",
      "ctx.ta.sma = 1",
      "c.close.x = 1",
      "ctx.portfolio.positions.push(1)",
      "ctx.orders.open().push(1)",
    ]) {
      expect(shown(change, { config }), change).toBe("STRATEGY_THREW");
    }
  });

  test("has one clock and one sequence of chance", () => {
    expect(shown("ctx.log.info(ctx.now, Date.now(), new Date().toISOString())")).toBe(
      `${NOW_MS} ${NOW_MS} 2026-01-02T00:00:00.000Z`,
    );
    const draws = "ctx.log.info(Math.random(), ctx.random(), Math.random())";
    expect(shown(draws)).toBe(shown("ctx.log.info(ctx.random(), ctx.random(), ctx.random())"));
    expect(shown(draws, { seed: "another" })).not.toBe(shown(draws));
    const body =
      "let sum = 0; for (let i = 0; i < 10000; i++) { const x = ctx.random(); if (!(x >= 0 && x < 1)) throw 1; sum += x; } ctx.log.info(Math.abs(sum / 10000 - 0.5) < 0.02)";
    expect(shown(body)).toBe("true");
  });

  test("shows the portfolio in numbers and in exact text", () => {
    const portfolio = {
      currency: "USDT",
      cash: "100.10",
      equity: "1000000000000000000.01",
      positions: [{ symbol: "BTC/USDT", quantity: "0.12345678901234567890", averagePrice: "5" }],
    };
    const body =
      'const p = ctx.portfolio, b = p.position("BTC/USDT"), n = p.position("X/Y"); ctx.log.info(p.currency, p.cash, p.exactCash, p.exactEquity, b.quantity, b.exactQuantity, n.quantity, n.exactQuantity, p.positions.length)';
    expect(shown(body, { portfolio })).toBe(
      "USDT 100.1 100.10 1000000000000000000.01 0.12345678901234568 0.12345678901234567890 0 0 1",
    );
  });

  test("shows open orders, of one symbol or all, and cancels only those", () => {
    const order = { side: "buy", type: "limit", quantity: "1", filledQuantity: "0.5", price: "10.5" } as const;
    const openOrders = [
      { id: "o1", symbol: "BTC/USDT", ...order },
      { id: "o2", symbol: "X/Y", ...order },
    ];
    const body =
      'ctx.log.info(ctx.orders.open().length, ctx.orders.open("X/Y")[0].id, ctx.orders.open()[0].price, ctx.orders.open()[0].exactPrice); ctx.orders.cancel("o2");';
    const reply = runBody(guest, body, { openOrders });
    expect(shownReply(reply)).toBe("2 o2 10.5 10.5");
    expect(reply.intents).toEqual([{ kind: "cancel", orderId: "o2" }]);
  });

  test("numbers what is placed, and answers the number as text at once", () => {
    const reply = runBody(
      guest,
      'const o = { symbol: "BTC/USDT", side: "sell", type: "stop", quantity: 1e-7, price: "1.50" }; ctx.log.info(ctx.orders.place(o), ctx.orders.place({ ...o, type: "market", price: undefined }), typeof ctx.orders.place(o))',
    );
    expect(shownReply(reply)).toBe("1 2 string");
    expect(reply.intents).toMatchObject([
      { number: 1, quantity: "0.0000001", price: "1.50" },
      { number: 2, type: "market" },
      { number: 3 },
    ]);
    expect(reply.intents[1]).not.toHaveProperty("price");
  });

  test("remembers copies: what is read and changed is not kept until it is set", () => {
    const state = { list: [1], gone: 1, same: true };
    const reply = runBody(
      guest,
      'const l = ctx.state.get("list"); l.push(2); ctx.log.info(ctx.state.get("list"), ctx.state.get("none"), ctx.state.get("none", 7)); ctx.state.set("list", l); l.push(3); ctx.state.delete("gone"); ctx.state.delete("never"); ctx.state.set("nothing", null); ctx.log.info(ctx.state.keys(), ctx.state.get("list"), ctx.state.get("nothing", "default"))',
      { state },
    );
    expect(shownReply(reply)).toBe('[1] undefined 7 | ["list","same"] [1,2] default');
    expect(reply.statePatch).toEqual({ list: [1, 2], gone: null });
  });
});

test("keys that come and go within a run leave nothing behind", () => {
  const body =
    'for (let i = 0; i < 2000; i++) { ctx.state.set("k" + i, i); ctx.state.delete("k" + i); } ctx.state.delete("a"); ctx.state.set("a", 2); ctx.state.delete("b");';
  const reply = runBody(guest, body, { state: { a: 1, b: 1 } });
  expect(reply.statePatch).toEqual({ a: 2, b: null });
  expect(readRunReply(JSON.parse(JSON.stringify(reply)))).toBeDefined();
});

test("a value of the state is nested as deep as the next run and a replay can take", () => {
  const nest = (levels: number) => `let v = 1; for (let i = 0; i < ${levels}; i++) v = [v]; ctx.state.set("a", v);`;
  const reply = runBody(guest, nest(63));
  const taken = readRunReply(JSON.parse(JSON.stringify(reply)));
  expect(taken?.statePatch).toEqual(reply.statePatch);
  expect(isJson(reply.statePatch)).toBe(true);
  const shown = runBody(guest, `${nest(63)} ctx.log.info(1);`, { stopAt: 2 });
  expect(readRunReply(JSON.parse(JSON.stringify(shown)))?.stopped?.state).toEqual(reply.statePatch);
  expect(runBody(guest, nest(64)).error).toMatchObject({ code: "STRATEGY_STATE_INVALID" });
});

test("a run that replaces all of its state by as much again is taken", () => {
  const state = Object.fromEntries(Array.from({ length: 240 }, (_, at) => [`${at}`.padEnd(128, "ü"), 1]));
  const body =
    'for (const key of ctx.state.keys()) ctx.state.delete(key); for (let i = 0; i < 240; i++) ctx.state.set(("n" + i).padEnd(128, "ü"), "");';
  const reply = runBody(guest, body, { state });
  expect(reply.error).toBeUndefined();
  expect(readRunReply(JSON.parse(JSON.stringify(reply)))?.statePatch).toEqual(reply.statePatch);
});

test.each([
  [0.1, "0.1"],
  [1e-7, "0.0000001"],
  [1.5e-10, "0.00000000015"],
  [1e21, "1000000000000000000000"],
  [1.25e22, "12500000000000000000000"],
  [123456.789, "123456.789"],
  [Number.MIN_VALUE, `0.${"0".repeat(323)}5`],
  [Number.NaN, "NaN"],
  [-Infinity, "-Infinity"],
])("writes %d without an exponent", (value, text) => {
  expect(decimalText(value)).toBe(text);
});

describe("a run that fails", () => {
  const fail = (source: string) => runInEngine(guest, makeMessage(source), [], noPorts).error;

  test("says where, in the owner's file", () => {
    const source = "function inner() {\n  null.x;\n}\nexport async function run(ctx) {\n  await 1;\n  inner();\n}";
    expect(fail(source)).toMatchObject({ code: "STRATEGY_THREW", line: 2, column: 3, stack: "inner 2:3\nrun 6:3" });
    expect(fail("export const run = () => { throw 7; }")).toEqual({ code: "STRATEGY_THREW", message: "threw 7" });
  });

  test("counts columns in characters, as editors do, where there are others than those of ASCII", () => {
    const line = 'export const run = () => { const é = "üü😀"; return [é, missing]; }';
    expect(fail(line)).toMatchObject({ line: 1, column: line.indexOf("missing") + 1 });
    expect(fail(`// é\n${line}`)).toMatchObject({ line: 2, column: line.indexOf("missing") + 1 });
  });

  test("knows a syntax error of the source from one of a text that it reads", () => {
    expect(fail("export function run() {\n  let let; }")).toMatchObject({ code: "STRATEGY_SYNTAX", line: 2 });
    expect(fail('export function run() { JSON.parse("{"); }')).toMatchObject({ code: "STRATEGY_THREW" });
  });

  test("has no run, or fails while it is loaded", () => {
    expect(fail("export const config = {};")).toMatchObject({ code: "STRATEGY_RUN_MISSING" });
    expect(fail("throw new Error('early'); export function run() {}")).toMatchObject({
      code: "STRATEGY_THREW",
      message: "Error: early",
    });
  });

  test("may catch what ctx refuses, by its code", () => {
    expect(shown('try { ctx.orders.cancel("x") } catch (e) { ctx.log.info(e.code) }')).toBe("STRATEGY_ORDER_INVALID");
  });
});

test("burns the same fuel and leaves the same memory in any engine, whatever ran before", () => {
  const body = `${CANDLES} ctx.log.info(Math.random(), ctx.ta.macd(c.close).signal.last); ctx.state.set("a", [...c.close]);`;
  const first = runBody(guest, body, { keepJournal: true });
  runBody(guest, "const a = []; for (;;) a.push({});");
  runBody(guest, "function f() { f(); } f();");
  expect(runBody(guest, body, { keepJournal: true })).toEqual(first);
  expect(runBody(makeGuest(), body, { keepJournal: true })).toEqual(first);
  expect(first.imageHash).toMatch(/^[0-9a-f]{64}$/);
});
