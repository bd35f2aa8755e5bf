import { type LogFields, MINUTE_MS, silentLog } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, test } from "vitest";
import { requestOf } from "../test/support/request.ts";
import { type Answering, hear, inTime, says, sourceOf } from "../test/support/source.ts";
import { ReplyError, type ReplyErrorCode } from "./errors.ts";
import { DEFAULT_LIMITS } from "./reply-run.ts";
import type { ReplySourceOptions } from "./reply-source.ts";
import type { ModelPart, ReplyBudget } from "./types.ts";

const REQUEST = requestOf(["I like jazz"]);
const END: ModelPart = { kind: "end", isWhole: true, usage: { inputTokens: 100, outputTokens: 10 } };
const text = (piece: string): ModelPart => ({ kind: "text", text: piece });
const never = () => new Promise<never>(() => {});
const fails = (code: ReplyErrorCode, details = {}): Answering =>
  async function* () {
    yield* [];
    throw new ReplyError(code, details);
  };
/** Pieces, each after a time. */
const slowly = (...pieces: readonly (readonly [number, ModelPart])[]): Answering =>
  async function* (_, pause) {
    for (const [ms, part] of pieces) {
      await pause(ms);
      yield part;
    }
    await never();
  };

const leaks = leakCheck();
function made(answering: Answering, over: Partial<ReplySourceOptions> = {}) {
  const one = sourceOf(answering, over);
  leaks.count("reservations", () => one.budget.openCount);
  const say = (signal?: AbortSignal) => inTime(one.clock, hear(one.source, REQUEST, one.clock, signal));
  return { ...one, say };
}

describe("a reply", () => {
  test("is given out sentence by sentence, as soon as each is whole", async () => {
    const { source, say } = made(
      slowly([100, text("One. Tw")], [200, text("o. Three")], [300, text(" is more.")], [100, END]),
    );
    const { said, firstAtMs, endedAtMs } = await say();
    expect([said, firstAtMs, endedAtMs]).toEqual([["One.", "Two.", "Three is more."], 100, 700]);
    await source.close();
  });

  test("has four sentences at most, and what follows is read for its usage alone", async () => {
    const { source, budget, say } = made(says("One cat. Two cats. Three cats. Four cats. Five cats."));
    expect((await say()).said).toEqual(["One cat.", "Two cats.", "Three cats.", "Four cats."]);
    await source.close();
    expect(budget.takenMicros).toBe(120);
  });

  test("has 600 characters at most, in whole sentences", async () => {
    const long = `${"word ".repeat(58)}end.`;
    const { source, say } = made(says(`${long} ${long} ${long}`));
    const { said, fault } = await say();
    expect([said.length, fault]).toEqual([2, null]);
    await source.close();
  });

  test.each<readonly [string, Answering]>([
    ["stands still", slowly([0, text("One whole. And ha")])],
    ["is cut", slowly([0, text("One whole. And ha")], [0, { ...END, isWhole: false }])],
    [
      "fails",
      async function* () {
        yield text("One whole. And ha");
        throw new ReplyError("REPLY_UNAVAILABLE");
      },
    ],
    [
      "ends without an end",
      async function* () {
        yield text("One whole. And ha");
      },
    ],
    ["floods", says("One whole. ", "x".repeat(1000))],
    ["says what may not be said", says("One whole. I am a real human. More.")],
  ])("is its whole sentences where the answer then %s", async (_, answering) => {
    const { source, say } = made(answering);
    expect(await say()).toMatchObject({ said: ["One whole."], fault: null });
    await source.close();
    expect(source.state()).toMatchObject({ replyCount: 1, status: "up" });
    expect(Object.values(source.state().faults).every((count) => count === 0)).toBe(true);
  });

  test.each<readonly [string, Answering, string, number]>([
    ["no part comes", slowly(), "REPLY_TIMEOUT", DEFAULT_LIMITS.firstSentenceMs],
    ["no sentence is whole in time", slowly([0, text("a ")], [1500, text("b ")]), "REPLY_TIMEOUT", 2500],
    ["the stream stands still", slowly([100, text("Half a")]), "REPLY_STALLED", 100 + DEFAULT_LIMITS.chunkGapMs],
  ])("is a fault of the time where %s", async (_, answering, code, ms) => {
    const { source, say } = made(answering);
    expect(await say()).toEqual({ said: [], firstAtMs: null, endedAtMs: ms, fault: code });
    await source.close();
  });

  test("is over after 8 s, however slowly it trickles", async () => {
    const { source, say } = made(
      slowly([0, text("First one. Then")], ...Array.from({ length: 99 }, () => [1900, text(" and so")] as const)),
    );
    const { endedAtMs, said } = await say();
    expect([endedAtMs, said]).toEqual([DEFAULT_LIMITS.totalMs, ["First one."]]);
    await source.close();
  });

  test("that nobody waits for any more ends with the reason, and is paid at its worst", async () => {
    const { source, budget, clock, given } = made(slowly([5000, END]));
    const stop = new AbortController();
    const heard = hear(source, REQUEST, clock, stop.signal);
    await clock.advance(10);
    stop.abort(new Error("a newer message"));
    expect((await heard).fault).toMatchObject({ message: "a newer message" });
    await source.close();
    expect(source.state()).toMatchObject({ abortedCount: 1, runningCount: 0 });
    expect(budget.takenMicros).toBeGreaterThan(1000);
    await expect(source.reply(REQUEST, stop.signal)[Symbol.asyncIterator]().next()).rejects.toThrow("a newer message");
    expect(given.prompts).toHaveLength(1);
  });
});

describe("the money", () => {
  const refusing = (budget: Partial<ReplyBudget>): ReplyBudget => ({
    reserve: async () => ({ ok: true, id: "r1" }),
    settle: async () => {},
    ...budget,
  });

  test.each([
    ["has no room", async () => ({ ok: false as const, scope: "day" as const })],
    ["fails", () => Promise.reject(new Error("gone"))],
  ])("nothing is asked where the budget %s", async (_, reserve) => {
    const { source, say, given } = made(says("Hi."), { budget: refusing({ reserve }) });
    expect(await say()).toMatchObject({ said: [], fault: "REPLY_BUDGET" });
    expect(given.prompts).toEqual([]);
    expect(source.state()).toMatchObject({ status: "up", faults: { REPLY_BUDGET: 1 } });
    await source.close();
  });

  test("what is granted after nobody waits for it any more is given back", async () => {
    const granted = Promise.withResolvers<{ ok: true; id: string }>();
    const settled: unknown[] = [];
    const budget = refusing({ reserve: () => granted.promise, settle: async (...given) => void settled.push(given) });
    const { source, say, given } = made(says("Hi."), { budget });
    expect(await say()).toMatchObject({ fault: "REPLY_TIMEOUT", endedAtMs: 2500 });
    granted.resolve({ ok: true, id: "late" });
    await granted.promise;
    await source.close();
    expect([settled, given.prompts]).toEqual([[["late", 0]], []]);
  });

  test.each<readonly [string, Answering, boolean]>([
    ["a refusal", fails("REPLY_REFUSED", { status: 401 }), true],
    ["a 429", fails("REPLY_LIMITED", { status: 429 }), true],
    ["an endpoint that was not reached", fails("REPLY_UNAVAILABLE", { wasReached: false }), true],
    ["a 503", fails("REPLY_UNAVAILABLE", { status: 503 }), false],
    ["an unreadable answer", fails("REPLY_MALFORMED"), false],
    ["an answer that may not be said", says("I am a real human.", " More."), false],
  ])("%s costs nothing: %#", async (_, answering, isFree) => {
    const { source, budget, say } = made(answering);
    expect((await say()).said).toEqual([]);
    await source.close();
    expect(budget.takenMicros === 0).toBe(isFree);
  });

  test("a settlement that is lost is logged once, and the talk goes on", async () => {
    const lines: string[] = [];
    const line = (_: LogFields, message: string) => void lines.push(message);
    const runtime = { ...testRuntime(), log: { ...silentLog, warn: line } };
    const budget = refusing({ settle: () => Promise.reject(new Error("gone")) });
    const { source } = made(says("Hi there."), { runtime, budget });
    for (let nth = 0; nth < 3; nth += 1) await inTime(runtime.clock, hear(source, REQUEST, runtime.clock));
    await source.close();
    expect(source.state().replyCount).toBe(3);
    expect(lines).toEqual([expect.stringContaining("could not be written down")]);
  });
});

describe("the endpoint", () => {
  test("is not asked after three faults in a row, until a time is over, and then by one request", async () => {
    const { source, given, clock, say } = made(fails("REPLY_UNAVAILABLE"));
    for (let nth = 0; nth < 5; nth += 1) await say();
    expect(given.prompts).toHaveLength(3);
    const { status, heldForMs, faults } = source.state();
    expect([status, faults.REPLY_UNAVAILABLE, faults.REPLY_HELD]).toEqual(["held", 3, 2]);
    await clock.advance(heldForMs);
    given.answering = slowly([1000, text("Back again. Yes.")], [0, END]);
    const probe = hear(source, REQUEST, clock);
    expect((await hear(source, REQUEST, clock)).fault).toBe("REPLY_HELD");
    expect((await inTime(clock, probe)).said[0]).toBe("Back again.");
    expect(source.state().status).toBe("up");
    await source.close();
  });

  test("is asked less and less while it stays away, and no more than once a minute or so", async () => {
    const { given, source, clock, say } = made(fails("REPLY_UNAVAILABLE"));
    for (let second = 0; second < 600; second += 1) {
      await say();
      await clock.advance(1000);
    }
    expect(given.prompts.length).toBeLessThan(25);
    expect(given.prompts.length).toBeGreaterThan(8);
    await source.close();
  });

  test("is left alone as long as it asks, for all conversations", async () => {
    const { given, source, clock, say } = made(fails("REPLY_LIMITED", { status: 429, retryAfterMs: 20_000 }));
    await say();
    await clock.advance(19_000);
    expect((await say()).fault).toBe("REPLY_HELD");
    expect(given.prompts).toHaveLength(1);
    await source.close();
  });

  test("is not held by what one person provokes: floods, empty answers, what may not be said", async () => {
    for (const answering of [says("x".repeat(700)), says(""), says("I am a real human.")]) {
      const { source, given, say } = made(answering);
      for (let nth = 0; nth < 6; nth += 1) await say();
      expect([source.state().status, given.prompts.length]).toEqual(["up", 6]);
      await source.close();
    }
  });

  test("gets as many requests at once as it may, and no queue waits behind them", async () => {
    const { source, clock, given } = made(slowly([1000, text("Hi. Ho.")], [0, END]), { maxConcurrency: 3 });
    const heard = Array.from({ length: 8 }, () => hear(source, REQUEST, clock));
    await clock.advance(0);
    expect(source.state().runningCount).toBe(3);
    const faults = (await inTime(clock, Promise.all(heard))).map(({ fault }) => fault);
    expect(faults.filter((fault) => fault === "REPLY_HELD")).toHaveLength(5);
    expect(given.prompts).toHaveLength(3);
    await source.close();
  });

  test("is logged when it fails and when it is there again, once, with what to do and nothing that was said", async () => {
    const lines: string[] = [];
    const line = (fields: LogFields, message: string) => void lines.push(`${JSON.stringify(fields)} ${message}`);
    const runtime = { ...testRuntime(), log: { ...silentLog, info: line, warn: line, error: line } };
    const { source, given } = made(fails("REPLY_REFUSED", { status: 401 }), { runtime });
    const say = () => inTime(runtime.clock, hear(source, requestOf(["xyzzy"]), runtime.clock));
    for (let nth = 0; nth < 3; nth += 1) await say();
    await runtime.clock.advance(15 * MINUTE_MS);
    given.answering = says("Plugh is back.");
    await say();
    expect(lines).toEqual([
      expect.stringMatching(/REPLY_REFUSED.*LLM_API_KEY/),
      expect.stringContaining("answers again"),
    ]);
    expect(lines.join()).not.toMatch(/xyzzy|plugh/i);
    await source.close();
  });
});

test("closing ends what is under way, refuses what comes, and waits for what it cost", async () => {
  const { source, clock, budget } = made(slowly([5000, END]));
  const heard = hear(source, REQUEST, clock);
  await clock.advance(10);
  await source.close();
  expect((await heard).fault).toBe("REPLY_HELD");
  expect([source.state().runningCount, budget.openCount]).toEqual([0, 0]);
  expect((await hear(source, REQUEST, clock)).fault).toBe("REPLY_HELD");
  await source.close();
});
