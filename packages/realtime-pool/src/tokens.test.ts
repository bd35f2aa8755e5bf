import { isFleetError, SECOND_MS } from "@shoal/kernel";
import { type SimulatedClock, testRuntime } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeToken } from "../test/make-token.ts";
import { planToken, readExpiry, TOKEN_LIMIT_MS, TokenSource } from "./tokens.ts";

const NOW_MS = 1_000_000_000;

describe("the expiry of a token", () => {
  it("is read from a JWT without asking whether it is genuine", () => {
    expect(readExpiry(makeToken(NOW_MS))).toBe(NOW_MS);
    expect(readExpiry(makeToken(NOW_MS, "ÿ>?".repeat(7)))).toBe(NOW_MS);
  });

  it.each(["", "opaque", "sb_secret_a.b.c", "a.b.c", `a.${btoa("null")}.c`, `a.${btoa('{"exp":"soon"}')}.c`])(
    "is unknown for %j",
    (token) => expect(readExpiry(token)).toBeNull(),
  );
});

describe("the plan for a token", () => {
  it.each([
    ["an hour", 3600, 2880],
    ["ten minutes", 600, 480],
    ["two minutes", 120, 60],
    ["a minute", 60, 30],
    ["four seconds", 4, 2],
  ])("that lives %s asks for the next one in good time", (_, lifeSeconds, refreshSeconds) => {
    const plan = planToken(NOW_MS + lifeSeconds * SECOND_MS, NOW_MS, NOW_MS);
    expect(plan.refreshAtMs).toBe(NOW_MS + refreshSeconds * SECOND_MS);
  });

  it("always leaves a fresh token some time in which joins may carry it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 10 }), (lifeMs) => {
        const { joinableUntilMs } = planToken(NOW_MS + lifeMs, NOW_MS, NOW_MS);
        expect(joinableUntilMs).toBeGreaterThan(NOW_MS);
        expect(joinableUntilMs).toBeLessThan(NOW_MS + lifeMs);
      }),
    );
  });
});

type Answer = string | null | Error | "hang";

/** A source whose answers are written down beforehand; the last one is repeated. */
function makeSource(answers: (nowMs: number, call: number) => Answer) {
  const runtime = testRuntime();
  const { clock } = runtime;
  const calls: number[] = [];
  let open = 0;
  let mostOpen = 0;
  const source = new TokenSource({
    runtime,
    ask: async () => {
      const answer = answers(clock.now(), calls.length);
      calls.push(clock.monotonicMs());
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      try {
        if (answer === "hang") return await new Promise<never>(() => {});
        if (answer instanceof Error) throw answer;
        return answer;
      } finally {
        open -= 1;
      }
    },
  });
  const refreshed: (number | null)[] = [];
  const failed: string[] = [];
  source.events.on("token:refreshed", ({ expiresInMs }) => refreshed.push(expiresInMs));
  source.events.on("token:failed", ({ reason }) => failed.push(reason));
  return { source, clock, calls, refreshed, failed, mostOpen: () => mostOpen };
}

/** The outcome of a wait for a token, once the clock has moved by `ms`. */
async function after<T>(clock: SimulatedClock, ms: number, work: Promise<T>): Promise<T | "nothing yet" | Error> {
  let outcome: T | "nothing yet" | Error = "nothing yet";
  void work.then(
    (value) => {
      outcome = value;
    },
    (error: Error) => {
      outcome = error;
    },
  );
  await clock.advance(ms);
  return outcome;
}

const fresh = (lifeMs: number) => (nowMs: number, call: number) => makeToken(nowMs + lifeMs, `${call}`);
const HOUR = 3_600_000;

describe("a source of tokens", () => {
  it("asks once for all who want one at the same time (T1)", async () => {
    const { source, clock, calls, refreshed } = makeSource(fresh(HOUR));
    const tokens = Promise.all(Array.from({ length: 500 }, () => source.forJoin()));
    const outcome = await after(clock, 0, tokens);
    expect(new Set(Array.isArray(outcome) ? outcome : []).size).toBe(1);
    expect(calls.length).toBe(1);
    expect(refreshed).toEqual([HOUR]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("asks nothing while nobody listens, however old the token, and asks the next joiner's first (T3, T4)", async () => {
    const { source, clock, calls } = makeSource(fresh(HOUR));
    await after(clock, 0, source.forJoin());
    await clock.advance(HOUR - 10_000);
    expect(calls.length).toBe(1);
    const token = await after(clock, 0, source.forJoin());
    expect(calls.length).toBe(2);
    expect(readExpiry(String(token))).toBe(clock.now() + HOUR);
  });

  it("renews ahead of the end for those who listen, and tells each of them", async () => {
    const { source, clock, calls } = makeSource(fresh(HOUR));
    const heard: (string | null)[] = [];
    const off = source.onFresh((token) => heard.push(token));
    await clock.advance(10 * HOUR);
    expect(calls.length).toBeGreaterThanOrEqual(12);
    expect(calls.length).toBeLessThanOrEqual(15);
    expect(new Set(heard).size).toBe(calls.length);
    for (const [index, atMs] of calls.entries()) {
      if (index === 0) continue;
      expect(atMs - (calls[index - 1] ?? 0)).toBeGreaterThan(HOUR * 0.7);
      expect(atMs - (calls[index - 1] ?? 0)).toBeLessThanOrEqual(HOUR * 0.8);
    }
    off();
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps the good token while renewing it fails, with growing waits", async () => {
    const { source, clock, failed } = makeSource((nowMs, call) =>
      call === 0 ? makeToken(nowMs + HOUR) : new RangeError("do not tell anybody: secret"),
    );
    source.onFresh(() => {});
    const first = await after(clock, 0, source.forJoin());
    await clock.advance(HOUR * 0.9);
    expect(failed.length).toBeGreaterThan(3);
    expect(failed.length).toBeLessThan(20);
    expect(new Set(failed)).toEqual(new Set(["it failed with RangeError"]));
    expect(await after(clock, 0, source.forJoin())).toBe(first);
    source.close();
  });

  it("lets a join wait for a fresh token instead of sending one that is about to run out (T3)", async () => {
    const { source, clock, calls } = makeSource((nowMs, call) =>
      call === 1 || call === 2 ? new Error("down") : makeToken(nowMs + HOUR, `${call}`),
    );
    const first = await after(clock, 0, source.forJoin());
    await clock.advance(HOUR - 5000);
    const second = source.forJoin();
    expect(await after(clock, 0, second)).toBe("nothing yet");
    const outcome = await after(clock, 9000, second);
    expect(outcome).not.toBe(first);
    expect(readExpiry(String(outcome))).toBeGreaterThan(clock.now());
    expect(calls.length).toBe(4);
  });

  it("bounds a call that hangs, and the wait of whoever needs it", async () => {
    const { source, clock, calls, failed } = makeSource(() => "hang");
    const wait = source.forJoin();
    expect(await after(clock, TOKEN_LIMIT_MS - 1, wait)).toBe("nothing yet");
    const outcome = await after(clock, 1, wait);
    expect(isFleetError(outcome, "POOL_TOKEN_UNAVAILABLE") && outcome.retryable).toBe(true);
    expect(failed).toEqual([`no answer in ${TOKEN_LIMIT_MS} ms`]);
    expect(calls.length).toBe(1);
    source.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("ignores an answer that comes after its limit, and does not let it stop the next call", async () => {
    const runtime = testRuntime();
    const late = Promise.withResolvers<string>();
    let calls = 0;
    const ask = () => {
      calls += 1;
      return calls === 1 ? late.promise : Promise.resolve("second");
    };
    const source = new TokenSource({ runtime, ask });
    source.onFresh(() => {});
    await runtime.clock.advance(TOKEN_LIMIT_MS);
    late.resolve("first");
    await runtime.clock.advance(2000);
    expect(await source.forJoin()).toBe("second");
    source.close();
  });

  it("asks at once when the server refuses the token, and never hands it out again (T2)", async () => {
    const bad = makeToken(Date.UTC(2030, 0, 1));
    const { source, clock, calls, failed } = makeSource((nowMs, call) => (call < 4 ? bad : makeToken(nowMs + HOUR)));
    source.onFresh(() => {});
    expect(await after(clock, 0, source.forJoin())).toBe(bad);
    source.refuse(bad);
    const wait = source.forJoin();
    expect(await after(clock, 0, wait)).toBe("nothing yet");
    expect(calls).toEqual([0, 0]);
    const outcome = await after(clock, TOKEN_LIMIT_MS, wait);
    expect(outcome).not.toBe(bad);
    expect(new Set(failed)).toEqual(new Set(["it gave the token that was refused"]));
    source.close();
  });

  it("does not mind the refusal of a token that was replaced meanwhile", async () => {
    const { source, clock, calls } = makeSource(fresh(HOUR));
    const first = await after(clock, 0, source.forJoin());
    source.refuse(String(first));
    const second = await after(clock, 0, source.forJoin());
    source.refuse(String(first));
    expect(await after(clock, 0, source.forJoin())).toBe(second);
    expect(calls.length).toBe(2);
  });

  it("takes no token and an opaque one as they are", async () => {
    for (const answer of [null, "sb_secret_0", "opaque"]) {
      const { source, clock, calls } = makeSource(() => answer);
      source.onFresh(() => {});
      expect(await after(clock, 0, source.forJoin())).toBe(answer);
      await clock.advance(24 * HOUR);
      expect(calls.length).toBe(1);
      source.close();
    }
  });

  it("is not driven to ask without end by a source that repeats a token until it runs out", async () => {
    const until = Date.UTC(2026, 0, 1) + 60_000;
    const { source, clock, calls } = makeSource(() => makeToken(until));
    source.onFresh(() => {});
    await clock.advance(120_000);
    expect(calls.length).toBeLessThan(40);
    source.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("never hands out a refused or stale token, nor asks twice at a time, in any history (T1, T2, T3)", async () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 40_000 }),
      act: fc.constantFrom("join", "refuse", "wait"),
      answer: fc.constantFrom("fresh", "short", "same", "error", "hang"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        let mode: string = "fresh";
        let last = "";
        const made = makeSource((nowMs, call) => {
          if (mode === "error") return new Error("down");
          if (mode === "hang") return "hang";
          if (mode !== "same" || last === "") last = makeToken(nowMs + (mode === "short" ? 15_000 : HOUR), `${call}`);
          return last;
        });
        const { source, clock } = made;
        const refused = new Set<string>();
        let given: string | null = null;
        source.onFresh(() => {});
        for (const { waitMs, act, answer } of steps) {
          mode = answer;
          if (act === "refuse" && given) {
            refused.add(given);
            source.refuse(given);
          }
          if (act === "join") {
            source.forJoin().then(
              (token) => {
                given = token;
                expect(refused.has(String(token))).toBe(false);
                expect(readExpiry(String(token))).toBeGreaterThan(clock.now());
              },
              (error: unknown) => expect(isFleetError(error, "POOL_TOKEN_UNAVAILABLE")).toBe(true),
            );
          }
          await clock.advance(waitMs);
        }
        source.close();
        await clock.advance(0);
        expect(made.mostOpen()).toBeLessThanOrEqual(
          1 + made.failed.filter((why) => why.startsWith("no answer")).length,
        );
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
