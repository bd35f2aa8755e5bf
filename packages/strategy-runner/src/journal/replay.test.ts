import { createCandles } from "@shoal/market";
import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { candles, columns, makeGuest, makeMessage, makeSandbox } from "../../test/make-run.ts";
import { randomAnswers, randomProgram } from "../../test/random-program.ts";
import { type RunPorts, runInEngine } from "../guest/run.ts";
import type { RunMessage, WireAnswer } from "../guest/wire.ts";
import { readRunReply } from "../parent/run-reply.ts";
import { journalFromText, journalToText, makeJournal, sha256 } from "./journal.ts";
import type { Journal } from "./journal.types.ts";
import { replay } from "./replay.ts";

const guest = makeGuest({ memoryLimitBytes: 8 * 1024 * 1024 });
/** Another engine than the one that records. */
const sandbox = makeSandbox(makeGuest({ memoryLimitBytes: 8 * 1024 * 1024 }));

interface Recorded {
  readonly journal: Journal;
  readonly code: { readonly javascript: string };
}

/** Runs a source and keeps its journal, as the parent of a child does it. */
function record(
  javascript: string,
  overrides: Partial<RunMessage> = {},
  answersOf: RunPorts["exchange"] = () => "stop",
): Recorded {
  const message = makeMessage(javascript, { keepJournal: true, canAsk: true, fuel: 3_000_000, ...overrides });
  const sent = new Map<number, WireAnswer>();
  const reply = runInEngine(guest, message, columns, {
    exchange(calls) {
      const answers = answersOf(calls);
      if (answers !== "stop") for (const answer of answers) sent.set(answer.number, answer);
      return answers;
    },
  });
  const read = readRunReply(JSON.parse(JSON.stringify(reply)));
  if (read === undefined) throw new Error("the parent does not take the reply");
  const { turns, stopped, exports, ...result } = read;
  const answered = turns.map(({ calls, settled }) => ({
    calls,
    answers: settled.flatMap((number) => sent.get(number) ?? []),
  }));
  const journal = makeJournal({
    buildId: guest.buildId,
    request: { strategyId: "s1" },
    message,
    columns,
    turns: answered,
    result,
  });
  return { journal, code: { javascript } };
}

const SOURCE = `export async function run(ctx) {
  const { close } = ctx.market.candles("BTC/USDT", "5m");
  ctx.log.info("mean", ctx.ta.sma(close, 5).last, Math.random(), new Date());
  ctx.state.set("seen", ctx.state.get("seen", 0) + 1);
  const { last } = await ctx.market.fetchTicker("BTC/USDT");
  ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: 0.1, price: last });
}`;

const tickers: RunPorts["exchange"] = (calls) =>
  calls.map(({ number }) => ({ number, kind: "ticker", ticker: { bid: 1, ask: 3, last: 2, timeMs: 4 } }));

const recorded = record(SOURCE, { state: { seen: 3 } }, tickers);
const options = { sandbox, code: recorded.code, candles: [candles] };

describe("a replay", () => {
  test("gives the same result, intents, state, logs, fuel and memory, in another engine", async () => {
    expect(recorded.journal.outcome).toMatchObject({
      result: "ok",
      statePatch: { seen: 4 },
      intents: [{ price: "2" }],
    });
    expect(await replay(recorded.journal, options)).toMatchObject({ isEqual: true, differences: [] });
  });

  test("finds the candles of the run in longer ones", async () => {
    const more = (column: Float64Array) => Float64Array.from([...column.map((value) => value + 1), ...column, 7]);
    const longer = createCandles(candles, {
      ...{ open: more(candles.open), high: more(candles.high), low: more(candles.low) },
      ...{ close: more(candles.close), volume: more(candles.volume) },
      openMs: Float64Array.from({ length: 201 }, (_, at) => (candles.openMs[0] as number) + (at - 100) * 300_000),
    });
    expect(await replay(recorded.journal, { ...options, candles: [longer] })).toMatchObject({ isEqual: true });
  });

  test.each([1, 2, 3, 4, 5, 6, 7])("stopped before call %i shows what the strategy sees there", async (stopAt) => {
    const { stopped, isEqual } = await replay(recorded.journal, { ...options, stopAt });
    const names = ["market.candles", "ta.sma", "log", "state.get", "state.set", "market.fetchTicker", "orders.place"];
    expect(isEqual).toBe(true);
    expect(stopped?.call).toMatchObject({ number: stopAt, name: names[stopAt - 1] });
    expect(stopped?.state).toEqual({ seen: stopAt <= 5 ? 3 : 4 });
    expect(stopped).toMatchObject({ nowMs: recorded.journal.nowMs, portfolio: { cash: "1000" } });
  });

  test.each([0, -1, 1.5, Number.NaN])("cannot stop at call %d", async (stopAt) => {
    const refusal = { code: "STRATEGY_REQUEST_INVALID" };
    await expect(replay(recorded.journal, { ...options, stopAt })).rejects.toMatchObject(refusal);
  });

  test.each([
    [4, "state.get", ['"seen"']],
    [5, "state.set", ['"seen"', "4"]],
    [6, "market.fetchTicker", ['"BTC/USDT"']],
    [7, "orders.place", ['"BTC/USDT"', '"buy"', '"limit"', "0.1", "2"]],
  ])("stopped before call %i shows its arguments as they stand in a source", async (stopAt, name, args) => {
    const { stopped } = await replay(recorded.journal, { ...options, stopAt });
    expect(stopped?.call).toEqual({ number: stopAt, name, arguments: args });
  });

  test("shows an object as its JSON, and of what is long or cannot be shown a part", async () => {
    const run = record(
      'export function run(ctx) { ctx.state.set("a", { b: [1, "\\u009b"] }); ctx.log.info("x".repeat(9000)); }',
    );
    const shown = async (stopAt: number) =>
      (await replay(run.journal, { ...options, code: run.code, stopAt })).stopped?.call.arguments;
    expect(await shown(1)).toEqual(['"a"', '{"b":[1,"\\u{9b}"]}']);
    expect((await shown(2))?.[1]).toMatch(/^"x{400,}…$/);
  });

  test("lists its calls with what they were given and answered, and is the same run all the same", async () => {
    const { isEqual, calls = [] } = await replay(recorded.journal, { ...options, listsCalls: true });
    expect(isEqual).toBe(true);
    expect(calls.map(({ number, name, outcome, answer }) => [number, name, outcome, answer])).toEqual([
      [
        1,
        "market.candles",
        "answered",
        expect.stringMatching(/^100 candles, the newest from 2026-01-01T23:55:00.000Z: close \d/),
      ],
      [2, "ta.sma", "answered", expect.stringMatching(/^100 values, the newest \d+\.\d+$/)],
      [3, "log", "answered", "undefined"],
      [4, "state.get", "answered", "3"],
      [5, "state.set", "answered", "undefined"],
      [6, "market.fetchTicker", "answered", '{"bid":1,"ask":3,"last":2,"timeMs":4}'],
      [7, "orders.place", "answered", '"1"'],
    ]);
    expect(calls[4]?.arguments).toEqual(['"seen"', "4"]);
    const fuel = calls.map((call) => call.fuel);
    expect(fuel).toEqual(fuel.toSorted((left, right) => left - right));
    expect(fuel.at(-1)).toBeLessThan(recorded.journal.outcome.fuel);
  });

  test("lists them up to where it is stopped", async () => {
    const { calls, stopped } = await replay(recorded.journal, { ...options, stopAt: 4, listsCalls: true });
    expect(calls?.map(({ name }) => name)).toEqual(["market.candles", "ta.sma", "log"]);
    expect(stopped?.call.name).toBe("state.get");
  });

  test("lists the newest of many, in few characters whatever they say; those before by a stop before them", async () => {
    const run = record(
      'export function run(ctx) { for (let at = 1; at <= 3000; at += 1) ctx.state.get(at > 1000 ? "\\u0001".repeat(300) : "k" + at); }',
    );
    const all = { ...options, code: run.code, listsCalls: true };
    const { calls = [] } = await replay(run.journal, all);
    expect(calls.at(-1)?.number).toBe(3000);
    expect(JSON.stringify(calls).length).toBeLessThan(300_000);
    const earlier = (await replay(run.journal, { ...all, stopAt: 901 })).calls ?? [];
    expect(earlier).toHaveLength(500);
    expect(earlier.map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, at) => 401 + at));
  });

  test.each([
    ["is refused", "ctx.orders.cancel('x');", "orders.cancel", "refused", /^STRATEGY_ORDER_INVALID: no order "x"/],
    [
      "is refused by the world",
      "await ctx.market.fetchTicker('B/C');",
      "market.fetchTicker",
      "refused",
      /^STRATEGY_CALL_FAILED: away$/,
    ],
    ["waits at the end", "ctx.market.fetchTicker('A/B');", "market.fetchTicker", "waits", /^$/],
    ["burns the rest of the fuel", "for (;;) ctx.state.keys();", "state.keys", "ended", /^$/],
  ])("says of a call that it %s", async (_, body, name, outcome, answer) => {
    const run = record(`export async function run(ctx) { ${body} }`, {}, (calls) =>
      calls.map(({ number }) => ({ number, kind: "failed", code: "STRATEGY_CALL_FAILED", message: "away" })),
    );
    const report = await replay(run.journal, { ...options, code: run.code, listsCalls: true });
    expect(report.isEqual).toBe(true);
    expect(report.calls?.at(-1)).toMatchObject({ name, outcome, answer: expect.stringMatching(answer) });
  });

  test("says of indicators and candles what they came to", async () => {
    const body =
      "ctx.ta.macd(ctx.market.candles('BTC/USDT', '5m').close); await ctx.market.fetchCandles({ symbol: 'B/C', timeframe: '1h', count: 2 });";
    const column = [1, 2];
    const run = record(`export async function run(ctx) { ${body} }`, {}, (calls) =>
      calls.map(({ number }) => ({
        ...{ number, kind: "candles" },
        columns: { openMs: [0, 3_600_000], open: column, high: column, low: column, close: column, volume: column },
      })),
    );
    const { calls } = await replay(run.journal, { ...options, code: run.code, listsCalls: true });
    expect(calls?.[1]?.answer).toMatch(/^100 values, the newest macd -?[\d.]+, signal -?[\d.]+, histogram -?[\d.]+$/);
    expect(calls?.[2]).toMatchObject({
      arguments: ['{"symbol":"B/C","timeframe":"1h","count":2}'],
      answer: "2 candles, the newest from 1970-01-01T01:00:00.000Z: close 2",
    });
  });

  test("that is to stop behind the last call goes to the end", async () => {
    const { stopped, isEqual } = await replay(recorded.journal, { ...options, stopAt: 8 });
    expect(stopped).toBeUndefined();
    expect(isEqual).toBe(true);
  });

  test.each([
    ["fuel", "for (;;);"],
    ["memory", "const a = []; for (;;) a.push(new Array(1000).fill(1));"],
    ["its stack", "function f() { f(); } f();"],
    ["an error", "null.x;"],
    ["waiting for nothing", "await new Promise(() => {});"],
    ["its time", "await ctx.market.fetchTicker('A/B');"],
  ])("of a run that ended by %s ends the same way", async (_, body) => {
    const run = record(`export async function run(ctx) { ctx.log.info("before"); ${body} }`);
    expect(run.journal.outcome).toMatchObject({ result: "failed", logs: [{ text: "before" }] });
    expect(await replay(run.journal, { ...options, code: run.code })).toMatchObject({ isEqual: true });
  });
});

describe("a journal", () => {
  test("is refused by another build of the engine", async () => {
    const other = { ...sandbox, buildId: "0".repeat(64) };
    await expect(replay(recorded.journal, { ...options, sandbox: other })).rejects.toMatchObject({
      code: "STRATEGY_JOURNAL_OTHER_BUILD",
    });
  });

  test("is refused with other code, without its candles, and with others", async () => {
    const refusal = { code: "STRATEGY_JOURNAL_INPUTS" };
    await expect(replay(recorded.journal, { ...options, code: { javascript: `${SOURCE} ` } })).rejects.toMatchObject(
      refusal,
    );
    await expect(replay(recorded.journal, { ...options, candles: [] })).rejects.toMatchObject(refusal);
    const close = candles.close.map((value, at) => (at === 50 ? value + 1e-9 : value));
    const changed = { ...candles, close };
    await expect(replay(recorded.journal, { ...options, candles: [changed] })).rejects.toMatchObject(refusal);
  });

  test("is refused when any field was changed", async () => {
    const { journal } = recorded;
    for (const change of [
      { nowMs: 1 },
      { seed: "x" },
      { state: {} },
      { fuel: 1 },
      { digest: "0".repeat(64) },
      { outcome: { ...journal.outcome, fuel: 7 } },
    ]) {
      await expect(replay({ ...journal, ...change }, options)).rejects.toMatchObject({
        code: "STRATEGY_JOURNAL_CHANGED",
      });
    }
  });

  test.each([
    ["a field less", ({ seed, ...rest }: Journal) => rest],
    ["a field more", (journal: Journal) => ({ ...journal, owner: "x" })],
    [
      "a market that is a path",
      (journal: Journal) => ({ ...journal, candles: [{ ...journal.candles[0], symbol: "../x" }] }),
    ],
    ["candles without end", (journal: Journal) => ({ ...journal, candles: Array(17).fill(journal.candles[0]) })],
    ["a time that is a text", (journal: Journal) => ({ ...journal, nowMs: "1" })],
    ["a state that is an array", (journal: Journal) => ({ ...journal, state: [] })],
    [
      "calls that are none",
      (journal: Journal) => ({ ...journal, turns: [{ calls: [{ method: "steal" }], answers: [] }] }),
    ],
    [
      "an answer that is none",
      (journal: Journal) => ({ ...journal, turns: [{ calls: [], answers: [{ number: 1, kind: "x" }] }] }),
    ],
    ["an outcome that cannot be", (journal: Journal) => ({ ...journal, outcome: { ...journal.outcome, fuel: -1 } })],
  ])("with %s is refused, also with a digest that fits", (_, change) => {
    const { digest, ...body } = change(recorded.journal) as Journal;
    const text = JSON.stringify({ ...body, digest: sha256(JSON.stringify(body)) });
    expect(() => journalFromText(text)).toThrow(/its fields are not those of a journal/);
  });

  test("that is too large or nested too deep is refused before it is parsed", () => {
    const start = '{"version":1,"state":';
    const refusal = (text: string) => expect(() => journalFromText(text));
    refusal(start + " ".repeat(17 * 1024 * 1024)).toThrow(/characters, more than any journal/);
    refusal(start + "[".repeat(1_000_000)).toThrow(/nested deeper than any journal/);
  });

  test("that is no journal is refused", () => {
    for (const text of ["", "{}", "null", "[]", "7", '{"digest":"x"}', `${journalToText(recorded.journal)} `]) {
      expect(() => journalFromText(text), text).toThrow(expect.objectContaining({ code: "STRATEGY_JOURNAL_CHANGED" }));
    }
  });
});

test("shows what would be different if the outcome had been another: a run that was tampered with in the child", async () => {
  const { journal } = recorded;
  const { digest, ...body } = journal;
  const forged = makeJournal({
    buildId: body.buildId,
    request: { strategyId: body.strategyId },
    message: { ...makeMessage(SOURCE, { keepJournal: true, canAsk: true, fuel: 3_000_000, state: { seen: 3 } }) },
    columns,
    turns: body.turns,
    result: { ...body.outcome, fuel: body.outcome.fuel + 1, statePatch: { seen: 5 } },
  });
  const report = await replay(forged, options);
  expect(report.isEqual).toBe(false);
  expect(report.differences.map(({ field }) => field)).toEqual(["statePatch", "fuel"]);
  expect(digest).not.toBe(forged.digest);
});

test("random programs with random answers replay to the byte, and a changed byte of their journals is noticed", async () => {
  await fc.assert(
    fc.asyncProperty(
      randomProgram,
      randomAnswers,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (program, seed, at, by) => {
        const { journal, code } = record(program.source, { seed: program.seed }, seed());
        // The third time its module is known.
        for (let count = 0; count < 3; count += 1) {
          const report = await replay(journal, { sandbox, code, candles: [candles] });
          expect(report.differences).toEqual([]);
        }
        const text = journalToText(journal);
        expect(journalFromText(text)).toEqual(JSON.parse(text));
        const bytes = Buffer.from(text);
        bytes[at % bytes.length] = ((bytes[at % bytes.length] as number) + by) % 256;
        expect(() => journalFromText(bytes.toString())).toThrow(
          expect.objectContaining({ code: "STRATEGY_JOURNAL_CHANGED" }),
        );
      },
    ),
    { numRuns: soakRuns(40, 10_000) },
  );
});
