import { sleep } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { JobContextImpl } from "../jobs/job-context.ts";
import type { JobContext, JobHandler, JobOutcome } from "../types.ts";
import { Attempt } from "./attempt.ts";
import { createTimeLimits } from "./time-limits.ts";

const leaks = leakCheck();

/** Starts attempts that share their time limits, as those of a worker do. */
const makeWorker = () => {
  const runtime = testRuntime();
  const { clock } = runtime;
  leaks.clock(clock);
  const timeLimits = createTimeLimits(clock);
  const options = { runtime, executor: "supabase" as const, enqueue: () => Promise.reject(new Error("no")) };
  const outcomes: Record<string, JobOutcome> = {};
  const start = (id: string, run: JobHandler["run"], timeLimitMs?: number): Attempt => {
    const job = { id, type: "t", payload: {}, attempt: 1, maxAttempts: 5, epoch: 1 };
    const handler = { run, ...(timeLimitMs !== undefined && { timeLimitMs }) };
    const context = new JobContextImpl(job, options);
    const startedMs = clock.monotonicMs();
    const attempt = new Attempt({ work: job, handler, context, runtime, timeLimits, startedMs });
    void attempt.outcome.then((outcome) => {
      outcomes[id] = outcome;
    });
    return attempt;
  };
  return { clock, start, outcomes };
};

const never = () => new Promise(() => {});
const untilAborted = (_job: unknown, { signal }: JobContext) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("attempts that share their time limits", () => {
  it("fail each at its own limit, also at once, and never without one", async () => {
    const { clock, start, outcomes } = makeWorker();
    start("at once", never, 0);
    start("later", untilAborted, 100);
    const endless = start("never", never, Number.POSITIVE_INFINITY);
    await clock.advance(0);
    expect(outcomes).toEqual({ "at once": expect.objectContaining({ code: "JOB_TIME_LIMIT", durationMs: 0 }) });
    await clock.advance(100);
    expect(outcomes["later"]).toMatchObject({ kind: "failed", code: "JOB_TIME_LIMIT", durationMs: 100 });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1_000_000_000);
    expect(Object.keys(outcomes)).toEqual(["at once", "later"]);
    endless.abort(new Error("over"));
  });

  it("leave no timer when their handler throws before it returns", async () => {
    const { clock, start, outcomes } = makeWorker();
    start("throws", () => {
      throw new Error("no");
    });
    await clock.advance(0);
    expect(outcomes["throws"]).toMatchObject({ kind: "failed", message: "no" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("have one outcome when their handler ends at the very limit", async () => {
    const { clock, start, outcomes } = makeWorker();
    for (const [id, limitMs] of [["first", 100] as const, ["second", 50] as const]) {
      start(id, () => sleep(clock, limitMs), limitMs);
    }
    await clock.advance(100);
    for (const outcome of Object.values(outcomes)) expect(["completed", "failed"]).toContain(outcome.kind);
    expect(Object.keys(outcomes)).toHaveLength(2);
  });

  it("may cut off one another at their limit", async () => {
    const { clock, start, outcomes } = makeWorker();
    const others: Attempt[] = [];
    const cutsOthers = async (_job: unknown, { signal }: JobContext) => {
      signal.addEventListener("abort", () => {
        for (const other of others) other.abort(new Error("cut off by the first"));
      });
      await never();
    };
    start("first", cutsOthers, 100);
    others.push(start("same limit", untilAborted, 100), start("later limit", untilAborted, 200));
    start("apart", never, 300);
    await clock.advance(100);
    expect(outcomes).toEqual({
      first: expect.objectContaining({ code: "JOB_TIME_LIMIT" }),
      "same limit": { kind: "aborted", durationMs: 100 },
      "later limit": { kind: "aborted", durationMs: 100 },
    });
    await clock.advance(200);
    expect(outcomes["apart"]).toMatchObject({ code: "JOB_TIME_LIMIT", durationMs: 300 });
  });

  it("are given the limit as the reason, also when they ask for their signal only afterwards", async () => {
    const { clock, start } = makeWorker();
    const reasons: unknown[] = [];
    const asksLate = async (_job: unknown, context: JobContext) => {
      await sleep(clock, 150);
      reasons.push(context.signal.reason);
    };
    start("late", asksLate, 100);
    await clock.advance(150);
    expect(reasons).toEqual([expect.objectContaining({ code: "JOB_TIME_LIMIT" })]);
  });
});

const unreadable = Object.defineProperty(new Error("x"), "message", {
  get() {
    throw new Error("broken");
  },
});

describe("an attempt", () => {
  it.each<[string, unknown, string, string]>([
    [
      "whose message is an object",
      Object.assign(new Error("x"), { message: { reason: 1 } }),
      "Error",
      "[object Object]",
    ],
    ["whose message is gone", Object.assign(new Error("x"), { message: undefined }), "Error", "undefined"],
    ["whose name is a number", Object.assign(new Error("x"), { name: 7 }), "7", "x"],
    [
      "whose code holds what no database does",
      Object.assign(new Error("x"), { code: "A\0\ud800" }),
      "A\ufffd\ufffd",
      "x",
    ],
    ["whose code is too long", Object.assign(new Error("x"), { code: "A".repeat(5000) }), "A".repeat(128), "x"],
    ["that cannot be read", unreadable, "Error", "The error cannot be read."],
    ["that is no error", null, "Error", "thrown: null"],
  ])("fails by an error %s, as by any other", async (_what, thrown, code, message) => {
    const { clock, start, outcomes } = makeWorker();
    start("broken", () => Promise.reject(thrown));
    await clock.advance(0);
    expect(outcomes["broken"]).toMatchObject({ kind: "failed", code, message, retryInMs: expect.any(Number) });
    expect(clock.pendingTimers).toBe(0);
  });
});
