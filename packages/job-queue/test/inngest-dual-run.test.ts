import { createSystemRuntime } from "@shoal/kernel";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dualRunReport, LATE_MS } from "../src/inngest/dual-run-report.ts";
import { type ExecutorOutcome, executorOutcome, recordOutcomes } from "../src/inngest/dual-runs.ts";
import { enqueue } from "../src/jobs/enqueue.ts";
import { createJobWorker, type JobWorker } from "../src/jobs/job-worker.ts";
import type { Executor, JobHandlers, JobOutcome, NewJob } from "../src/types.ts";
import { type InngestStandIn, startInngestStandIn } from "./inngest-stand-in.ts";
import { countOf, type Daemon, DUAL_RUN, forgetJobs, startDaemon, until } from "./inngest-support.ts";

describe.each(backends())("a dual run on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => forgetJobs(test.database));

  describe("with both executors", () => {
    let inngest: InngestStandIn;
    let daemon: Daemon;
    let worker: JobWorker;

    const handlers: JobHandlers = {
      same: { run: async (job) => ({ payload: job.payload, b: [1, 2] }) },
      reordered: { run: async (_job, { executor }) => (executor === "inngest" ? { a: 1, b: 2 } : { b: 2, a: 1 }) },
      other_result: { run: async (_job, { executor }) => ({ executor }) },
      other_outcome: {
        async run(_job, { executor }) {
          if (executor === "inngest") throw new Error("only there");
        },
      },
      follows_up: { run: async (_job, { enqueue: add }) => void (await add({ type: "same", payload: "follow-up" })) },
    };

    beforeEach(async () => {
      inngest = startInngestStandIn();
      daemon = await startDaemon(test.database, inngest, DUAL_RUN, handlers);
      worker = createJobWorker({
        database: test.database,
        runtime: createSystemRuntime(),
        workerId: "worker",
        handlers,
        onOutcome: daemon.executor.noteOutcome,
      });
    });
    afterEach(async () => {
      await worker.drain(1_000);
      await daemon.end();
      await inngest[Symbol.asyncDispose]();
      expect(daemon.runtime.clock.pendingTimers).toBe(0);
    });

    const compare = async (...jobs: NewJob[]) => {
      for (const job of jobs) await enqueue(test.database, job);
      await worker.runPass({ batchSize: jobs.length });
      daemon.executor.nudge();
      const both = "(select job_id from shoal.job_dual_runs group by job_id having count(*) = 2) pairs";
      await until(async () => Number((await countOf(test.database, both)) >= jobs.length));
      await inngest.settled();
      return dualRunReport(test.database, { sinceHours: 1 });
    };

    it("compares outcome and result of both, whatever the order of their keys", async () => {
      const report = await compare({ type: "same", payload: { deep: ["x"] } }, { type: "reordered" });
      expect(report).toMatchObject({ both: 2, equal: 2, differentOutcome: 0, differentResult: 0, differences: [] });
      expect(report.durations.supabase.p50Ms).toEqual(expect.any(Number));
      expect(report.durations.inngest.p95Ms).toEqual(expect.any(Number));
    });

    it("names the jobs that differ, and why", async () => {
      const report = await compare({ type: "other_result" }, { type: "other_outcome" }, { type: "same" });
      expect(report).toMatchObject({ both: 3, equal: 1, differentOutcome: 1, differentResult: 1 });
      expect(report.differences).toHaveLength(2);
      expect(report.differences).toContainEqual({
        jobId: expect.any(String),
        type: "other_outcome",
        reason: "outcome",
        supabase: { outcome: "completed", code: null },
        inngest: { outcome: "failed", code: "Error" },
        at: expect.any(String),
      });
      expect(JSON.stringify(report)).not.toContain("only there");
    });

    it("runs the shadow once, without writing to the job's row or leaving a job of its own", async () => {
      inngest.deliveries = "held";
      inngest.copies = 2;
      const { id } = await enqueue(test.database, { type: "follows_up" });
      await worker.runPass({ batchSize: 1 });
      daemon.executor.nudge();
      // Its own and that of the job it has added.
      await inngest.until(() => inngest.events.length === 2);
      const rows = () => test.database.query("select xmin::text, * from shoal.jobs order by id");
      const before = await rows();
      expect(before).toHaveLength(2);
      // The copy may be answered before it.
      const shadowed = daemon.executor.events.next("inngest:invoked", ({ jobId, outcome }) => {
        return jobId === id && outcome === "shadowed";
      });
      inngest.release();
      expect(await shadowed).toEqual({ jobId: id, outcome: "shadowed" });
      await inngest.settled();
      expect(await rows()).toEqual(before);
      expect(await countOf(test.database, "shoal.job_dual_runs", `job_id = ${id} and executor = 'inngest'`)).toBe(1);
      expect(await countOf(test.database, "shoal.job_outbox", `job_id = ${id}`)).toBe(0);
      const [again = expect.fail()] = inngest.events;
      expect(await (await inngest.call(again)).json()).toEqual({ outcome: "not_needed" });
      expect(await rows()).toEqual(before);
    });
  });

  describe("the report", () => {
    const outcome = (jobId: string, executor: Executor, given: Partial<ExecutorOutcome> = {}): ExecutorOutcome => ({
      jobId,
      type: "t",
      executor,
      outcome: "completed",
      code: null,
      result: "null",
      durationMs: 10,
      ...given,
    });
    const age = (jobId: string, executor: Executor, ms: number) =>
      test.database.query(
        "update shoal.job_dual_runs set at = at - $3 * interval '1 ms' where job_id = $1::text::bigint and executor = $2",
        [jobId, executor, ms],
      );
    const report = () => dualRunReport(test.database, { sinceHours: 1 });

    it("is empty before anything ran", async () => {
      expect(await report()).toEqual({
        sinceHours: 1,
        both: 0,
        equal: 0,
        differentOutcome: 0,
        differentResult: 0,
        onlySupabase: 0,
        onlyInngest: 0,
        underWay: 0,
        late: 0,
        durations: { supabase: { p50Ms: null, p95Ms: null }, inngest: { p50Ms: null, p95Ms: null } },
        differences: [],
      });
    });

    it("tells executors that are missing from those under way and late ones", async () => {
      const outcomes = (id: string, ...which: Executor[]) => which.map((executor) => outcome(id, executor));
      await recordOutcomes(test.database, [
        ...outcomes("1", "supabase"),
        ...outcomes("2", "supabase"),
        ...outcomes("3", "inngest"),
        ...outcomes("4", "supabase", "inngest"),
      ]);
      await age("2", "supabase", LATE_MS + 1_000);
      await age("3", "inngest", LATE_MS + 1_000);
      await age("4", "supabase", LATE_MS + 1_000);
      expect(await report()).toMatchObject({
        both: 1,
        equal: 1,
        late: 1,
        onlySupabase: 1,
        onlyInngest: 1,
        underWay: 1,
      });
      await age("4", "supabase", 7_200_000);
      await age("4", "inngest", 7_200_000);
      expect(await report()).toMatchObject({ both: 0 });
    });

    it("keeps the first attempt of each executor, tells codes apart, and knows large results by their hash", async () => {
      const failed = { outcome: "failed", result: null } as const;
      const large = (end: string) => JSON.stringify("x".repeat(100_000) + end);
      await recordOutcomes(test.database, [
        outcome("1", "supabase", { ...failed, code: "A" }),
        outcome("1", "inngest", { ...failed, code: "B" }),
        outcome("2", "supabase", { result: large("1"), durationMs: 30 }),
        outcome("2", "inngest", { result: large("2"), durationMs: 50 }),
      ]);
      await recordOutcomes(test.database, [outcome("1", "inngest", { ...failed, code: "A" })]);
      const { differences, durations, ...counts } = await report();
      expect(counts).toMatchObject({ both: 2, differentOutcome: 1, differentResult: 1 });
      expect(differences.map(({ jobId, reason }) => [jobId, reason]).toSorted()).toEqual([
        ["1", "code"],
        ["2", "result"],
      ]);
      expect(durations.supabase.p50Ms).toBe(20);
      expect(await countOf(test.database, "shoal.job_dual_runs", "job_id = 2 and result is null")).toBe(2);
    });
  });
});

describe("executorOutcome", () => {
  const completed = (value: unknown): JobOutcome => ({ kind: "completed", durationMs: 1.6, value });
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;

  it.each([
    ["an object", { a: 1 }, '{"a":1}'],
    ["nothing", undefined, "null"],
    ["a function", () => 1, "null"],
    ["a BigInt", 1n, "null"],
    ["a cycle", cycle, "null"],
    ["the character 0", "a\0b", "null"],
    ["half of a surrogate pair", "\ud800", "null"],
  ])("keeps %s as JSON that Postgres can hold", (_name, value, json) => {
    expect(executorOutcome({ id: "1", type: "t" }, "supabase", completed(value))).toMatchObject({
      result: json,
      durationMs: 2,
    });
  });

  it("says nothing of an attempt that was cut off", () => {
    expect(executorOutcome({ id: "1", type: "t" }, "inngest", { kind: "aborted", durationMs: 1 })).toBeUndefined();
  });
});
