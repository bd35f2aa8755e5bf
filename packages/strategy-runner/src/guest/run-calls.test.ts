import { expect, test } from "vitest";
import { makeGuest, runBody } from "../../test/make-run.ts";
import type { HostCall } from "../run.types.ts";
import type { RunPorts } from "./run.ts";
import type { WireAnswer } from "./wire.ts";

const guest = makeGuest();

const ticker = (number: number, last: number): WireAnswer => ({
  number,
  kind: "ticker",
  ticker: { bid: last - 1, ask: last + 1, last, timeMs: 5 },
});

/** Ports that answer in these turns; `sent` are the calls that went out with each. */
function portsOf(turns: readonly (readonly WireAnswer[] | "stop")[]): RunPorts & { readonly sent: HostCall[][] } {
  const sent: HostCall[][] = [];
  return {
    sent,
    exchange(calls) {
      sent.push([...calls]);
      return turns[sent.length - 1] ?? "stop";
    },
  };
}

const run = (body: string, ports: RunPorts) => runBody(guest, body, { canAsk: true, keepJournal: true }, ports);
const logsOf = (reply: ReturnType<typeof run>) => reply.logs.map(({ text }) => text);

test("calls of one tick go out together, and are settled in the order in which their answers come", () => {
  const ports = portsOf([[ticker(2, 20), ticker(1, 10)]]);
  const reply = run(
    'const ask = async (s) => { const t = await ctx.market.fetchTicker(s); ctx.log.info(s, t.last); }; await Promise.all([ask("A/B"), ask("C/D")]);',
    ports,
  );
  expect(ports.sent).toEqual([
    [
      { number: 1, method: "fetchTicker", symbol: "A/B" },
      { number: 2, method: "fetchTicker", symbol: "C/D" },
    ],
  ]);
  expect(logsOf(reply)).toEqual(["C/D 20", "A/B 10"]);
  expect(reply.turns).toEqual([{ calls: ports.sent[0], settled: [2, 1] }]);
});

test("a call that is answered later does not keep the others waiting", () => {
  const ports = portsOf([[ticker(2, 20)], [ticker(3, 30)], [ticker(1, 10)]]);
  const reply = run(
    'const slow = ctx.market.fetchTicker("S/S"); ctx.log.info((await ctx.market.fetchTicker("A/B")).last); ctx.log.info((await ctx.market.fetchTicker("C/D")).last); ctx.log.info((await slow).last);',
    ports,
  );
  expect(logsOf(reply)).toEqual(["20", "30", "10"]);
  expect(ports.sent.map((calls) => calls.map(({ number }) => number))).toEqual([[1, 2], [3], []]);
});

test("candles that were fetched are candles like any other", () => {
  const column = [1, 2, 3, 4];
  const columns = { openMs: column, open: column, high: column, low: column, close: column, volume: column };
  const reply = run(
    'const c = await ctx.market.fetchCandles({ symbol: "A/B", timeframe: "1h", count: 4 }); ctx.log.info(c.symbol, c.timeframe, c.length, c.close.last, ctx.ta.sma(c.close, 2).last, ctx.ta.atr(c, 1).last);',
    portsOf([[{ number: 1, kind: "candles", columns }]]),
  );
  expect(logsOf(reply)).toEqual(["A/B 1h 4 4 3.5 1"]);
});

test("candles beyond what a run may hold fail their call, and the run goes on", () => {
  const columns = { openMs: [1], open: [1], high: [1], low: [1], close: [1], volume: [1] };
  const reply = run(
    'let last; try { for (;;) last = await ctx.market.fetchCandles({ symbol: "A/B", timeframe: "1h", count: 1 }); } catch (e) { ctx.log.info(e.code, last.close.last); }',
    { exchange: (calls) => calls.map(({ number }) => ({ number, kind: "candles", columns })) },
  );
  expect(logsOf(reply)).toEqual(["STRATEGY_TA_TOO_MANY 1"]);
});

test("a call that fails can be caught, by its code", () => {
  const failed: WireAnswer = { number: 1, kind: "failed", code: "STRATEGY_CALL_FAILED", message: "no such market" };
  const body = 'await ctx.market.fetchTicker("A/B")';
  expect(logsOf(run(`try { ${body} } catch (e) { ctx.log.info(e.code, e.message) }`, portsOf([[failed]])))).toEqual([
    "STRATEGY_CALL_FAILED no such market",
  ]);
  expect(run(body, portsOf([[failed]])).error).toMatchObject({ message: "Error: no such market" });
});

test("answers that nobody waits for, or that come twice, change nothing", () => {
  const reply = run(
    'ctx.log.info((await ctx.market.fetchTicker("A/B")).last); ctx.log.info((await ctx.market.fetchTicker("C/D")).last);',
    portsOf([[ticker(7, 70), ticker(1, 10), ticker(1, 11)], [ticker(1, 12)], [ticker(2, 20)]]),
  );
  expect(logsOf(reply)).toEqual(["10", "20"]);
});

test("a run whose time is over while it waits fails, and one that does not wait for its calls ends well", () => {
  expect(
    run(
      'ctx.orders.place({ symbol: "A/B", side: "buy", type: "market", quantity: 1 }); await ctx.market.fetchTicker("A/B");',
      portsOf([]),
    ),
  ).toMatchObject({
    error: { code: "STRATEGY_TIME_LIMIT" },
    intents: [],
  });
  const ports = portsOf([]);
  expect(run('ctx.market.fetchTicker("A/B");', ports).result).toBe("ok");
  expect(ports.sent).toEqual([]);
});

test("a call of a market that cannot be, or of too many candles, is refused before it goes out", () => {
  for (const call of [
    'fetchTicker("a b")',
    "fetchTicker()",
    'fetchCandles({ symbol: "A/B", timeframe: "7m", count: 1 })',
    'fetchCandles({ symbol: "A/B", timeframe: "1m", count: 5001 })',
  ]) {
    const ports = portsOf([]);
    expect(run(`await ctx.market.${call}`, ports).error?.code, call).toBe("STRATEGY_CALL_FAILED");
    expect(ports.sent).toEqual([]);
  }
});
