import { fullJitter } from "@shoal/kernel";
import { type TestDatabase, testDatabase, testRuntime, usualBackends } from "@shoal/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { giveUp } from "../src/errors.ts";
import type { InngestExecutor, InngestExecutorOptions } from "../src/inngest/inngest-executor.ts";
import type { ExecutorSettings } from "../src/inngest/mode.ts";
import { enqueue, enqueueAll } from "../src/jobs/enqueue.ts";
import { claimByIds, rescue } from "../src/jobs/job-sql.ts";
import type { Executor, JobHandlers } from "../src/types.ts";
import { type InngestStandIn, startInngestStandIn } from "./inngest-stand-in.ts";
import {
  countOf,
  type Daemon,
  FALLBACK,
  forgetJobs,
  INNGEST,
  rowOf,
  startDaemon,
  until,
  workOnce,
} from "./inngest-support.ts";

const AT_ONCE = fullJitter(0, 0);

// On the second server in a soak only: its statements are those of other tests, which run on both.
describe.each(usualBackends())("executor modes with Inngest on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let inngest: InngestStandIn;
  let daemons: Daemon[];
  let ran: { readonly id: string; readonly executor: Executor }[];
  let handlers: JobHandlers;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await forgetJobs(test.database);
    inngest = startInngestStandIn();
    daemons = [];
    ran = [];
    handlers = {
      report: { run: async (job, { executor }) => void ran.push({ id: job.id, executor }) },
    };
  });
  afterEach(async () => {
    inngest.wake();
    await Promise.all(daemons.map((daemon) => daemon.end()));
    await inngest[Symbol.asyncDispose]();
    expect(daemons.map((daemon) => daemon.runtime.clock.pendingTimers)).toEqual(daemons.map(() => 0));
    expect(await countOf(test.database, "shoal.jobs", "status = 'running'")).toBe(0);
  });

  const daemon = async (mode: ExecutorSettings, options: Partial<InngestExecutorOptions> = {}): Promise<Daemon> => {
    const started = await startDaemon(test.database, inngest, mode, handlers, options);
    daemons.push(started);
    return started;
  };
  const add = async (job: { type?: string; delayMs?: number; maxAttempts?: number } = {}) =>
    (await enqueue(test.database, { type: "report", payload: { secret: "of the job" }, ...job })).id;
  /** As if it had been due for so long, without anybody having looked at it. */
  const addOverdue = async (count: number, overdueMs: number): Promise<string[]> => {
    const runAt = new Date(Date.now() - overdueMs);
    const jobs = Array.from({ length: count }, () => ({ type: "report", runAt }));
    return (await enqueueAll(test.database, jobs)).map(({ id }) => id);
  };

  /** In this mode nobody listens for new jobs: the outbox is looked at once a second. */
  const addNoticed = async (executor: InngestExecutor): Promise<string> => {
    const id = await add();
    executor.nudge();
    return id;
  };

  describe("Inngest alone", () => {
    it("does a job when Inngest calls, which has only heard of its id", async () => {
      const { executor, jobEvents } = await daemon(INNGEST, { workerId: "executor-1" });
      const invoked = executor.events.next("inngest:invoked");
      const completed = jobEvents.next("job:completed");
      const id = await add();
      expect(await invoked).toEqual({ jobId: id, outcome: "ran" });
      expect(await completed).toMatchObject({
        jobId: id,
        type: "report",
        workerId: "executor-1",
        attempt: 1,
        executor: "inngest",
      });
      expect(ran).toEqual([{ id, executor: "inngest" }]);
      expect(await rowOf(test.database, id)).toEqual({
        status: "completed",
        attempts: 1,
        workerId: "executor-1",
        epoch: 1,
      });
      expect(JSON.stringify(inngest.events)).not.toContain("secret");
      expect(await countOf(test.database, "shoal.job_outbox")).toBe(0);
    });

    it("tells Inngest of what was committed, and never of what was rolled back", async () => {
      const { jobEvents } = await daemon(INNGEST);
      const changedMind = new Error("changed his mind");
      const attempt = test.database.transaction(async (tx) => {
        await enqueue(tx, { type: "report", payload: "taken back" });
        throw changedMind;
      });
      await expect(attempt).rejects.toBe(changedMind);
      const completed = jobEvents.next("job:completed");
      const id = await test.database.transaction(async (tx) => (await enqueue(tx, { type: "report" })).id);
      await completed;
      expect(inngest.events.map((event) => event.data.job_id)).toEqual([id]);
    });

    it("sends the event of a later job when that is due", async () => {
      const { jobEvents } = await daemon(INNGEST);
      const completed = jobEvents.next("job:completed");
      const later = await add({ delayMs: 3_600_000 });
      const now = await add();
      await completed;
      expect(inngest.events.map((event) => event.data.job_id)).toEqual([now]);
      const [row] = await test.database.query<{ isSame: boolean }>(
        'select send_at = run_at as "isSame" from shoal.job_outbox join shoal.jobs on id = job_id where id = $1::text::bigint',
        [later],
      );
      expect(row).toEqual({ isSame: true });
    });

    it("counts attempts by the row: each failure is a new event when its backoff is over, and the last one is the end", async () => {
      handlers = {
        report: { run: async ({ attempt }) => void (await fails(attempt)), backoff: AT_ONCE },
        hopeless: { run: () => Promise.reject(giveUp("there is no such account")) },
      };
      const fails = async (attempt: number) => {
        if (attempt < 3) throw new Error("not yet");
      };
      const { jobEvents } = await daemon(INNGEST);
      const completed = jobEvents.next("job:completed");
      const id = await add();
      expect(await completed).toMatchObject({ jobId: id, attempt: 3 });
      expect(await rowOf(test.database, id)).toMatchObject({ status: "completed", attempts: 3 });
      expect(await countOf(test.database, "shoal.job_audit", "actor = 'inngest' and action = 'attempt'")).toBe(2);
      await inngest.settled();
      expect(inngest.runs.map(({ status, calls }) => [status, calls])).toEqual(Array(3).fill(["completed", 1]));
      expect(new Set(inngest.events.map((event) => event.id)).size).toBe(3);

      const dead = jobEvents.next("job:dead");
      const hopeless = await add({ type: "hopeless" });
      expect(await dead).toMatchObject({ jobId: hopeless, attempt: 1, code: "JOB_GIVEN_UP", executor: "inngest" });
      const unknown = jobEvents.next("job:failed");
      await add({ type: "unheard-of" });
      expect(await unknown).toMatchObject({ code: "JOB_TYPE_UNKNOWN" });
    });

    it("runs a job once, however often and in whatever order Inngest delivers", async () => {
      await daemon(INNGEST);
      inngest.copies = 3;
      inngest.deliveries = "held";
      const ids = (await enqueueAll(test.database, Array(40).fill({ type: "report" }))).map(({ id }) => id);
      await inngest.until(() => inngest.events.length === 40);
      inngest.release((events) => events.toReversed());
      await inngest.settled();
      expect(ran.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(inngest.runs).toHaveLength(120);
      expect(await countOf(test.database, "shoal.jobs", "status = 'completed' and attempts = 1")).toBe(40);
      expect(await countOf(test.database, "shoal.job_outbox")).toBe(0);
    });

    it("keeps the events while Inngest is away, and sends them when it is back", async () => {
      const { executor, jobEvents } = await daemon(INNGEST);
      await inngest.goAway();
      const failed = executor.events.next("inngest:failed");
      const id = await add();
      expect(await failed).toMatchObject({ code: "INNGEST_UNAVAILABLE", retryInMs: expect.any(Number) });
      expect(await countOf(test.database, "shoal.job_outbox")).toBe(1);
      const completed = jobEvents.next("job:completed");
      inngest.comeBack();
      expect(await completed).toMatchObject({ jobId: id, attempt: 1 });
    });

    it("takes a job that died with another daemon, and asks Inngest to call for it again", async () => {
      const { executor, jobEvents } = await daemon(INNGEST);
      inngest.deliveries = "held";
      const sent = executor.events.next("inngest:sent");
      const id = await add();
      await sent;
      // The first event came to a daemon that is no more.
      const [claim] = await claimByIds(test.database, { ids: [id], workerId: "dead daemon", leaseMs: 1 });
      expect(claim?.attempt).toBe(1);
      const rescued = jobEvents.next("jobs:rescued");
      const completed = jobEvents.next("job:completed");
      expect(await rescued).toMatchObject({ count: 1, jobs: [{ jobId: id, workerId: "dead daemon" }] });
      await inngest.until(() => inngest.events.length === 2);
      inngest.release((events) => events.slice(1));
      expect(await completed).toMatchObject({ jobId: id, attempt: 2 });
      expect(new Set(inngest.events.map((event) => event.id)).size).toBe(2);
    });

    it("hands back at the end of a drain what is still at work, for another daemon to be called", async () => {
      const started = Promise.withResolvers<void>();
      let isPatient = false;
      handlers = {
        report: {
          async run(_job, { signal }) {
            started.resolve();
            if (!isPatient)
              await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          },
        },
      };
      const id = await add();
      const runtime = testRuntime();
      let isTicking = true;
      const ticking = (async () => {
        for (; isTicking; await Bun.sleep(1)) await runtime.clock.advance(5);
      })();
      const first = await daemon(INNGEST, { runtime });
      await started.promise;
      isTicking = false;
      await ticking;
      const released = first.jobEvents.next("job:released");
      const draining = first.executor.drain(10_000);
      const refused = await fetch(first.servedAt, { method: "POST", body: "{}" });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
      // Its last two seconds are for giving back.
      await runtime.clock.advance(7_999);
      expect(first.executor.running).toBe(1);
      await runtime.clock.advance(1);
      expect(await draining).toEqual({ jobIds: [id] });
      expect(await released).toMatchObject({ jobId: id });
      expect(await rowOf(test.database, id)).toMatchObject({ status: "pending", attempts: 0 });
      isPatient = true;
      inngest.deliveries = "held";
      const second = await daemon(INNGEST);
      const completed = second.jobEvents.next("job:completed");
      await inngest.until(() => inngest.events.length === 2);
      inngest.release();
      expect(await completed).toMatchObject({ jobId: id, attempt: 1 });
    });

    it("makes up for jobs that were added while no daemon with Inngest was there", async () => {
      const id = await add();
      expect(await countOf(test.database, "shoal.job_outbox")).toBe(0);
      inngest.deliveries = "held";
      const { jobEvents } = await daemon(INNGEST);
      const completed = jobEvents.next("job:completed");
      await inngest.until(() => inngest.events.length === 1);
      inngest.release();
      expect(await completed).toMatchObject({ jobId: id });
    });
  });

  describe("fallback", () => {
    const AFTER_MS = 60_000;

    it("leaves a job to the workers, and finds nothing left to do when they have done it", async () => {
      const { executor, runtime } = await daemon(FALLBACK, { fallbackAfterMs: AFTER_MS });
      inngest.sleeps = "held";
      const id = await addNoticed(executor);
      await inngest.until(() => inngest.sleeping === 1);
      expect(await workOnce(test.database, runtime, handlers)).toBe(1);
      const before = await rowOf(test.database, id);
      const invoked = executor.events.next("inngest:invoked");
      inngest.wake();
      expect(await invoked).toEqual({ jobId: id, outcome: "not_needed" });
      expect(ran).toEqual([{ id, executor: "supabase" }]);
      expect(await rowOf(test.database, id)).toEqual(before);
      expect(await countOf(test.database, "shoal.job_outbox")).toBe(0);
    });

    it("does not touch a job that has not been due for long enough, even if Inngest's clock is ahead", async () => {
      const { executor } = await daemon(FALLBACK, { fallbackAfterMs: AFTER_MS });
      const invoked = executor.events.next("inngest:invoked");
      const id = await addNoticed(executor);
      expect(await invoked).toEqual({ jobId: id, outcome: "not_needed" });
      await inngest.settled();
      expect(ran).toEqual([]);
      expect(await rowOf(test.database, id)).toMatchObject({ status: "pending", attempts: 0, epoch: 0 });
      // Watched on: should the workers never come, there is another event.
      expect(await countOf(test.database, "shoal.job_outbox", "send_at > clock_timestamp()")).toBe(1);
    });

    it("does a job that the workers have left lying", async () => {
      const { executor, jobEvents } = await daemon(FALLBACK, { fallbackAfterMs: AFTER_MS });
      const completed = jobEvents.next("job:completed");
      const [id] = await addOverdue(1, AFTER_MS + 1_000);
      executor.nudge();
      expect(await completed).toMatchObject({ jobId: id, executor: "inngest", attempt: 1 });
      expect(ran).toEqual([{ id, executor: "inngest" }]);
    });

    it("sends no event for a job that the workers have done already", async () => {
      const { executor, runtime, jobEvents } = await daemon(FALLBACK, { fallbackAfterMs: AFTER_MS });
      await inngest.goAway();
      const failed = executor.events.next("inngest:failed");
      const done = await addNoticed(executor);
      await failed;
      await workOnce(test.database, runtime, handlers);
      const completed = jobEvents.next("job:completed");
      const [left] = await addOverdue(1, AFTER_MS + 1_000);
      inngest.comeBack();
      expect(await completed).toMatchObject({ jobId: left });
      expect(inngest.events.map((event) => event.data.job_id)).not.toContain(done);
    });

    it("takes a job whose worker died, once it was rescued and has lain there for too long", async () => {
      const { executor, jobEvents } = await daemon(FALLBACK, { fallbackAfterMs: AFTER_MS });
      const [id = ""] = await addOverdue(1, AFTER_MS + 1_000);
      await claimByIds(test.database, { ids: [id], workerId: "dead worker", leaseMs: 1 });
      await until(async () => (await rescue(test.database)).length);
      const completed = jobEvents.next("job:completed");
      executor.nudge();
      expect(await completed).toMatchObject({ jobId: id, executor: "inngest", attempt: 2 });
    });

    it("lets one of the two executors do each job while they race for hundreds of them", async () => {
      const COUNT = 200;
      const { executor, runtime, jobEvents } = await daemon(FALLBACK, { fallbackAfterMs: 1_000, concurrency: 8 });
      inngest.copies = 2;
      inngest.deliveries = "held";
      const ids = await addOverdue(COUNT, 60_000);
      executor.nudge();
      await inngest.until(() => inngest.events.length === COUNT);
      const hasBegun = jobEvents.next("jobs:claimed");
      inngest.release((events) => events.toReversed());
      await hasBegun;
      const worker = async (workerId: string) => {
        while ((await workOnce(test.database, runtime, handlers, { workerId, limit: 3 })) > 0);
      };
      await Promise.all([worker("worker-1"), worker("worker-2")]);
      await inngest.settled();
      expect(ran.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(new Set(ran.map((one) => one.executor))).toEqual(new Set(["supabase", "inngest"]));
      expect(await countOf(test.database, "shoal.jobs", "status = 'completed' and attempts = 1 and epoch = 1")).toBe(
        COUNT,
      );
      expect(inngest.runs).toHaveLength(2 * COUNT);
    });
  });
});
