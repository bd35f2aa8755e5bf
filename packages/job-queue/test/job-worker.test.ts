import { createSystemRuntime, FleetError, type Runtime, sleep } from "@shoal/kernel";
import type { Database, SqlValue } from "@shoal/store";
import { leakCheck, type TestDatabase, testDatabase, testRuntime, until, usualBackends } from "@shoal/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createJobWorker,
  enqueue,
  enqueueAll,
  giveUp,
  type JobEvents,
  type JobHandlers,
  type JobWorker,
} from "../src/index.ts";
import { createJobAdmin } from "../src/jobs/job-admin.ts";
import { rescue } from "../src/jobs/job-sql.ts";
import type { JobWorkerOptions } from "../src/jobs/job-worker.ts";
import { claim, emptyJobs, passTime, row, rows } from "./support.ts";

describe.each(usualBackends())("a worker on the %s Postgres", (backend) => {
  const leaks = leakCheck();
  let test: TestDatabase;
  let runtime: Runtime;
  let workers: JobWorker[];

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyJobs(test.database);
    runtime = createSystemRuntime();
    leaks.clock(runtime.clock);
    workers = [];
  });
  afterEach(() => Promise.all(workers.map((worker) => worker.drain(1000))));

  const make = (handlers: JobHandlers, options: Partial<JobWorkerOptions> = {}): JobWorker => {
    const workerId = `w${workers.length + 1}`;
    const worker = createJobWorker({ database: test.database, runtime, workerId, handlers, ...options });
    workers.push(worker);
    return worker;
  };
  const start = (...args: Parameters<typeof make>) => {
    const worker = make(...args);
    worker.start();
    return worker;
  };
  /** Resolves when so many events of that name have come. */
  const times = async <Name extends keyof JobEvents>(worker: JobWorker, name: Name, count: number) => {
    const seen: JobEvents[Name][] = [];
    await worker.events.next(name, (event) => seen.push(event) === count);
    return seen;
  };
  const noop = { run: async () => {} };

  describe("running", () => {
    it("does what is added, when it is added, and says so once the database has it in writing", async () => {
      const worker = start({ t: { run: async ({ payload }) => payload } });
      const done = worker.events.next("job:completed");
      const { id } = await enqueue(test.database, { type: "t" });
      expect(await done).toMatchObject({
        jobId: id,
        type: "t",
        attempt: 1,
        epoch: 1,
        workerId: "w1",
        executor: "supabase",
      });
      expect(await row(test.database, id)).toMatchObject({ status: "completed", worker_id: "w1", attempts: 1 });
    });

    it("does a job that is due later at its time, and one of higher priority that came after it before it", async () => {
      const order: string[] = [];
      const run = async ({ type }: { type: string }) => void order.push(type);
      const worker = start({ a: { run }, b: { run } }, { concurrency: 1 });
      const done = times(worker, "job:completed", 2);
      await enqueueAll(test.database, [
        { type: "a", delayMs: 150 },
        { type: "b", delayMs: 150, priority: 1 },
      ]);
      await done;
      expect(order).toEqual(["b", "a"]);
    });

    it("shares a backlog with others: each job is run once, by one of them", async () => {
      const ran: string[] = [];
      const handlers = { t: { run: async ({ id }: { id: string }) => void ran.push(id) } };
      await enqueueAll(
        test.database,
        Array.from({ length: 600 }, () => ({ type: "t" })),
      );
      const all = [1, 2, 3].map(() => make(handlers, { batchSize: 20, concurrency: 40, database: test.connect(3) }));
      const done = new Set<string>();
      const finished = Promise.withResolvers<void>();
      for (const worker of all) {
        worker.events.on("job:completed", ({ jobId }) => done.add(jobId).size === 600 && finished.resolve());
        worker.start();
      }
      await finished.promise;
      expect(ran).toHaveLength(600);
      expect(new Set(ran).size).toBe(600);
      expect((await rows(test.database)).every(({ status, epoch }) => status === "completed" && epoch === 1)).toBe(
        true,
      );
    });

    it("never runs more at a time than it may", async () => {
      let now = 0;
      let most = 0;
      const run = async () => {
        now += 1;
        most = Math.max(most, now);
        await sleep(runtime.clock, 1);
        now -= 1;
      };
      await enqueueAll(
        test.database,
        Array.from({ length: 60 }, () => ({ type: "t" })),
      );
      const worker = make({ t: { run } }, { concurrency: 7, batchSize: 5 });
      const done = times(worker, "job:completed", 60);
      const pass = worker.runPass({ batchSize: 10 });
      worker.start();
      await Promise.all([done, pass]);
      expect(most).toBeLessThanOrEqual(7);
      expect(most).toBeGreaterThan(1);
    });

    it("holds no more of large payloads than fits, whatever their number, and runs each once", async () => {
      // 1 MB each, as JSON; Postgres keeps 2 MB of it, compressed to 12 kB.
      const payload = Array.from({ length: 260_000 }, () => ({}));
      await test.database.query(
        `with p as materialized (select jsonb_agg('{}'::jsonb) as x from generate_series(1, ${payload.length}))
         insert into shoal.jobs (type, payload) select 't', x from p, generate_series(1, 8)`,
      );
      let [running, most] = [0, 0];
      const lengths: number[] = [];
      const worker = make({
        t: {
          async run({ payload }) {
            running += 1;
            most = Math.max(most, running);
            lengths.push(Array.isArray(payload) ? payload.length : 0);
            await sleep(runtime.clock, 1);
            running -= 1;
          },
        },
      });
      const done = times(worker, "job:completed", 8);
      worker.start();
      await done;
      expect(lengths).toEqual(Array.from({ length: 8 }, () => payload.length));
      expect(most).toBeLessThanOrEqual(2);
      await worker.drain(1000);

      await test.database.query("update shoal.jobs set status = 'pending', attempts = 0, epoch = 0");
      expect(await make({ t: noop }).runPass()).toEqual({ claimed: 8, completed: 8, failed: 0, dead: 0, lost: 0 });
    });

    it("works without LISTEN, by asking again", async () => {
      const listen = () => Promise.reject(new FleetError("STORE_LISTEN_UNSUPPORTED", "pooled"));
      const worker = start({ t: noop }, { database: { ...test.database, listen } });
      const idle = worker.events.next("worker:round");
      await idle;
      const done = worker.events.next("job:completed");
      const { id } = await enqueue(test.database, { type: "t" });
      expect((await done).jobId).toBe(id);
    });

    it("finds what dead workers left", async () => {
      const { id } = await enqueue(test.database, { type: "t" });
      await claim(test.database, "dead");
      await passTime(test.database, 60_000);
      const worker = make({ t: noop });
      const rescued = worker.events.next("jobs:rescued");
      const done = worker.events.next("job:completed");
      worker.start();
      expect((await rescued).jobs).toEqual([
        { jobId: id, type: "t", epoch: 1, workerId: "dead", attempt: 1, isDead: false },
      ]);
      expect(await done).toMatchObject({ jobId: id, attempt: 2, epoch: 2 });
    });
  });

  describe("failing", () => {
    it("tries again by the policy of the type, until the last attempt", async () => {
      const backoff = { jitter: "full", baseMs: 1, maxMs: 2, factor: 1 } as const;
      const run = () => Promise.reject(new FleetError("TEST_BROKEN", "no luck"));
      const worker = start({ t: { run, backoff } });
      const failed = times(worker, "job:failed", 2);
      const dead = worker.events.next("job:dead");
      const { id } = await enqueue(test.database, { type: "t", maxAttempts: 3 });
      expect((await failed).map(({ attempt, code }) => `${attempt} ${code}`)).toEqual([
        "1 TEST_BROKEN",
        "2 TEST_BROKEN",
      ]);
      expect(await dead).toMatchObject({ jobId: id, attempt: 3, epoch: 3, code: "TEST_BROKEN" });
      expect(await row(test.database, id)).toMatchObject({ status: "dead", last_error: "TEST_BROKEN: no luck" });
    });

    it.each([
      ["gives up", { run: () => Promise.reject(giveUp("there is no such user")) }, "JOB_GIVEN_UP"],
      ["refuses the payload", { ...noop, check: () => "it must be a list" }, "JOB_INVALID"],
    ])("makes a job dead at once whose handler %s", async (_what, handler, code) => {
      const worker = start({ t: handler });
      const dead = worker.events.next("job:dead");
      await enqueue(test.database, { type: "t" });
      expect(await dead).toMatchObject({ attempt: 1, code });
    });

    it.each([
      ["unknown.type", "JOB_TYPE_UNKNOWN", undefined],
      ["constructor", "JOB_TYPE_UNKNOWN", undefined],
      ["throws", "TypeError", "TypeError: \uFFFD\uFFFDx"],
      ["refused", "ECONNREFUSED", "ECONNREFUSED: unable to connect"],
      ["slow", "JOB_TIME_LIMIT", undefined],
    ])("fails a job of the type %s as %s, to be tried again", async (type, code, lastError) => {
      const stuck = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<unknown>();
      const worker = start({
        throws: {
          run() {
            throw new TypeError("\ud800\0x");
          },
        },
        refused: {
          run() {
            throw Object.assign(new Error("ECONNREFUSED: unable to connect"), { code: "ECONNREFUSED" });
          },
        },
        slow: {
          timeLimitMs: 20,
          run: (_, { signal }) => {
            signal.addEventListener("abort", () => aborted.resolve(signal.reason));
            return stuck.promise;
          },
        },
      });
      const failed = worker.events.next("job:failed");
      const { id } = await enqueue(test.database, { type });
      expect(await failed).toMatchObject({ jobId: id, code, attempt: 1 });
      const { last_error, status } = await row(test.database, id);
      expect(status).toBe("pending");
      if (lastError) expect(last_error).toBe(lastError);
      if (type === "slow") expect(await aborted.promise).toMatchObject({ code: "JOB_TIME_LIMIT" });
      expect(worker.running).toBe(0);
      stuck.resolve();
    });

    it("hands the handler what it needs", async () => {
      const seen: unknown[] = [];
      const worker = start({
        first: {
          async run(job, { idempotencyKey, executor, signal, log, enqueue: add }) {
            log.info({}, "at work");
            seen.push({ idempotencyKey, executor, isAborted: signal.aborted });
            await add({ type: "second", payload: { after: job.id } });
          },
        },
        second: { run: async ({ payload }) => void seen.push(payload) },
      });
      const done = times(worker, "job:completed", 2);
      const { id } = await enqueue(test.database, { type: "first" });
      await done;
      expect(seen).toEqual([
        { idempotencyKey: `shoal:job:${id}`, executor: "supabase", isAborted: false },
        { after: id },
      ]);
    });
  });

  describe("losing", () => {
    it("stops a handler whose job was taken, and drops what it still says", async () => {
      const begun = Promise.withResolvers<AbortSignal>();
      const go = Promise.withResolvers<string>();
      const worker = start(
        {
          t: {
            run(_, { signal }) {
              begun.resolve(signal);
              return go.promise;
            },
          },
        },
        { leaseMs: 300 },
      );
      const completed: unknown[] = [];
      worker.events.on("job:completed", (event) => completed.push(event));
      const lost = worker.events.next("job:lost");
      const { id } = await enqueue(test.database, { type: "t" });
      const signal = await begun.promise;
      await createJobAdmin({ database: test.database, handlers: {} }).cancel(id);
      expect(await lost).toEqual({ jobId: id, type: "t", epoch: 1, workerId: "w1" });
      expect(signal.reason).toMatchObject({ code: "JOB_LEASE_LOST" });
      go.resolve("too late");
      const next = worker.events.next("job:completed");
      await enqueue(test.database, { type: "t" });
      await next;
      expect(completed).toHaveLength(1);
      expect(completed).not.toContainEqual(expect.objectContaining({ jobId: id }));
    });

    it("tells a worker whose job was rescued and done by another that it has lost it", async () => {
      const go = Promise.withResolvers<void>();
      const first = start({ t: { run: () => go.promise } }, { leaseMs: 60_000, concurrency: 1 });
      const claimed = first.events.next("jobs:claimed");
      const { id } = await enqueue(test.database, { type: "t" });
      await claimed;
      await passTime(test.database, 60_000);
      // Unless a sweep of the worker itself was faster.
      await rescue(test.database);
      const second = start({ t: noop });
      expect(await second.events.next("job:completed")).toMatchObject({ jobId: id, epoch: 2 });
      const lost = first.events.next("job:lost");
      go.resolve();
      expect(await lost).toMatchObject({ jobId: id, epoch: 1 });
      expect(await row(test.database, id)).toMatchObject({ status: "completed", worker_id: "w2", epoch: 2 });
    });

    it("keeps a job alive for as long as it takes", async () => {
      const go = Promise.withResolvers<void>();
      // A third of it must be enough for a renewal, also on a slow machine.
      const worker = start({ t: { run: () => go.promise } }, { leaseMs: 3000 });
      const done = worker.events.next("job:completed");
      const claimed = worker.events.next("jobs:claimed");
      const { id } = await enqueue(test.database, { type: "t" });
      await claimed;
      const ends = new Set<number>();
      await until(async () => {
        const [row] = await test.database.query<{ at: Date }>("select lease_expires_at as at from shoal.jobs");
        if (row) ends.add(row.at.getTime());
        return ends.size === 3;
      });
      go.resolve();
      expect(await done).toMatchObject({ jobId: id, attempt: 1 });
    });

    it("stops handlers when their lease is over and the database cannot be asked", async () => {
      const outage = breakable(test.database);
      const begun = Promise.withResolvers<AbortSignal>();
      const worker = start(
        {
          t: {
            run(_, { signal }) {
              begun.resolve(signal);
              return sleep(runtime.clock, 60_000, signal);
            },
          },
        },
        { leaseMs: 300, database: outage.database },
      );
      const lost = worker.events.next("job:lost");
      const { id } = await enqueue(test.database, { type: "t" });
      const signal = await begun.promise;
      outage.begin();
      expect((await lost).jobId).toBe(id);
      expect(signal.reason).toMatchObject({ code: "JOB_LEASE_LOST" });
      expect(worker.running).toBe(0);
      outage.end();
    });

    it("keeps what is done while the database is away, and writes it when it is back", async () => {
      const outage = breakable(test.database);
      const begun = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const run = () => {
        begun.resolve();
        return go.promise;
      };
      const worker = start({ t: { run } }, { database: outage.database });
      const { id } = await enqueue(test.database, { type: "t" });
      await begun.promise;
      outage.begin();
      go.resolve();
      expect((await worker.events.next("worker:failed")).code).toBe("STORE_UNAVAILABLE");
      const done = worker.events.next("job:completed");
      outage.end();
      expect(await done).toMatchObject({ jobId: id, epoch: 1 });
      expect(await row(test.database, id)).toMatchObject({ status: "completed", attempts: 1 });
    });

    it("counts outcomes of which no answer came as its own", async () => {
      const outage = breakable(test.database);
      const go = Promise.withResolvers<void>();
      const worker = start({ t: { run: () => go.promise } }, { database: outage.database });
      const claimed = worker.events.next("jobs:claimed");
      const { id } = await enqueue(test.database, { type: "t" });
      await claimed;
      outage.muffle();
      const failed = worker.events.next("worker:failed");
      go.resolve();
      await failed;
      const done = worker.events.next("job:completed");
      outage.end();
      expect(await done).toMatchObject({ jobId: id });
    });
  });

  describe("one pass", () => {
    it("does up to a batch of what is due, and reports", async () => {
      await enqueueAll(test.database, [
        { type: "good", priority: 2 },
        { type: "bad", priority: 1 },
        { type: "worst", maxAttempts: 1, priority: 1 },
        { type: "good" },
        { type: "good", delayMs: 60_000 },
      ]);
      const bad = { run: () => Promise.reject(new Error("no")) };
      const worker = make({ good: noop, bad, worst: bad }, { concurrency: 2 });
      expect(await worker.runPass({ batchSize: 3 })).toEqual({ claimed: 3, completed: 1, failed: 1, dead: 1, lost: 0 });
      expect(await worker.runPass()).toEqual({ claimed: 1, completed: 1, failed: 0, dead: 0, lost: 0 });
      expect(await worker.runPass()).toEqual({ claimed: 0, completed: 0, failed: 0, dead: 0, lost: 0 });
    });

    it("rescues first, renews what takes long, and says when the database is away", async () => {
      const { id } = await enqueue(test.database, { type: "t" });
      await claim(test.database, "dead");
      await passTime(test.database, 60_000);
      const worker = make({ t: { run: () => sleep(runtime.clock, 1800) } }, { leaseMs: 1500 });
      expect(await worker.runPass()).toMatchObject({ claimed: 1, completed: 1 });
      expect(await row(test.database, id)).toMatchObject({ status: "completed", attempts: 2 });
      const outage = breakable(test.database);
      outage.begin();
      const cut = make({ t: noop }, { database: outage.database });
      await expect(cut.runPass()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      outage.end();
    });
  });

  describe("draining", () => {
    it("waits for what runs, takes no more, and hands back nothing", async () => {
      const go = Promise.withResolvers<void>();
      const worker = start({ t: { run: () => go.promise } }, { concurrency: 2 });
      const claimed = times(worker, "jobs:claimed", 1);
      const jobs = await enqueueAll(test.database, [{ type: "t" }, { type: "t" }, { type: "t" }]);
      await claimed;
      const drained = worker.drain(60_000);
      expect(worker.drain(1)).toBe(drained);
      go.resolve();
      expect(await drained).toEqual({ jobIds: [] });
      const after = await rows(test.database);
      expect(after.map(({ status }) => status)).toEqual(["completed", "completed", "pending"]);
      worker.start();
      worker.nudge();
      expect(await worker.runPass()).toMatchObject({ claimed: 0 });
      expect((await row(test.database, jobs[2]?.id ?? "")).attempts).toBe(0);
    });

    it("aborts what does not end, and gives it back to its place, uncounted, for somebody else at once", async () => {
      const reasons: unknown[] = [];
      const never = Promise.withResolvers<void>();
      // The database has all the time it needs to take back what is released.
      const simulated = testRuntime();
      leaks.clock(simulated.clock);
      const worker = make(
        {
          obedient: {
            run: (_, { signal }) =>
              sleep(simulated.clock, 60_000, signal).catch((reason: unknown) => {
                reasons.push(reason);
                throw reason;
              }),
          },
          stubborn: { run: () => never.promise },
          quick: { run: (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)) },
        },
        { runtime: simulated },
      );
      const claimed = worker.events.next("jobs:claimed", ({ count }) => count === 3);
      const [obedient, stubborn, quick] = await enqueueAll(test.database, [
        { type: "obedient" },
        { type: "stubborn" },
        { type: "quick" },
      ]);
      worker.start();
      await claimed;
      const released = times(worker, "job:released", 2);
      const draining = worker.drain(400);
      await simulated.clock.advance(300);
      // Half of the last quarter is for handlers to end.
      await simulated.clock.advance(50);
      const { jobIds } = await draining;
      expect(jobIds.toSorted()).toEqual([obedient?.id ?? "", stubborn?.id ?? ""].toSorted());
      expect(reasons).toMatchObject([{ code: "JOB_DRAINED" }]);
      expect((await released).map(({ jobId }) => jobId).toSorted()).toEqual(jobIds.toSorted());
      for (const id of jobIds) expect(await row(test.database, id)).toMatchObject({ status: "pending", attempts: 0 });
      expect(await row(test.database, quick?.id ?? "")).toMatchObject({ status: "completed" });
      expect(await claim(test.database, "next")).toHaveLength(2);
      never.resolve();
    });

    it("loses nothing and does nothing twice when it ends under load", async () => {
      const runs = new Map<string, number>();
      const run = async ({ id }: { id: string }) => {
        await sleep(runtime.clock, 1);
        runs.set(id, (runs.get(id) ?? 0) + 1);
      };
      await enqueueAll(
        test.database,
        Array.from({ length: 400 }, () => ({ type: "t" })),
      );
      const first = start({ t: { run } }, { batchSize: 10, concurrency: 20 });
      await times(first, "job:completed", 50);
      // What an answer under way brought in when it was too late.
      for (const id of (await first.drain(60_000)).jobIds) {
        expect(runs.has(id)).toBe(false);
        expect(await row(test.database, id)).toMatchObject({ status: "pending", attempts: 0 });
      }
      expect((await rows(test.database)).filter(({ status }) => status === "running")).toEqual([]);
      const left = (await rows(test.database)).filter(({ status }) => status === "pending").length;
      const second = make({ t: { run } });
      const done = left > 0 && times(second, "job:completed", left);
      second.start();
      await done;
      expect([...runs.values()]).toEqual(Array.from({ length: 400 }, () => 1));
    });

    it("ends in time when the database is away, with its timers gone", async () => {
      const outage = breakable(test.database);
      const begun = Promise.withResolvers<void>();
      const run = () => {
        begun.resolve();
        return new Promise<void>(() => {});
      };
      const worker = start({ t: { run } }, { database: outage.database });
      await enqueue(test.database, { type: "t" });
      await begun.promise;
      outage.hang();
      expect(await worker.drain(100)).toEqual({ jobIds: [] });
      expect(runtime.clock.pendingTimers).toBe(0);
      outage.end();
    });
  });
});

/** A database that goes away, answers nothing for a while, or does what it is asked without saying so. */
function breakable(database: Database<string>) {
  type State = "well" | "away" | "silent" | "mute";
  let state: State = "well";
  let back = Promise.withResolvers<void>();
  const gone = () => new FleetError("STORE_UNAVAILABLE", "the database is away", { retryable: true });
  const set = (next: State) => {
    state = next;
    back.resolve();
    back = Promise.withResolvers<void>();
  };
  return {
    begin: () => set("away"),
    hang: () => set("silent"),
    muffle: () => set("mute"),
    end: () => set("well"),
    database: {
      ...database,
      async query<Row extends object>(text: string, params?: readonly SqlValue[]): Promise<Row[]> {
        if (state === "silent") await back.promise;
        if (state === "away") throw gone();
        const answer = await database.query<Row>(text, params);
        if (state === "mute") throw gone();
        return answer;
      },
    },
  };
}
