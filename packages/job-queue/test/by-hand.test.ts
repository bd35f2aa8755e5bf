import { createSystemRuntime } from "@shoal/kernel";
import { backends, leakCheck, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createJobWorker, enqueue, enqueueAll } from "../src/index.ts";
import { archiveJobs, recountJobs } from "../src/jobs/archive.ts";
import { createJobAdmin } from "../src/jobs/job-admin.ts";
import { claimByIds, writeOutcomes } from "../src/jobs/job-sql.ts";
import { claim, emptyJobs, row, rows } from "./support.ts";

describe.each(backends())("jobs that somebody changed by hand, on the %s Postgres", (backend) => {
  const leaks = leakCheck();
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyJobs(test.database));

  it.each(["-infinity", "infinity", "4713-02-01 BC", "20000-01-01"])(
    "cannot be due at %s, which would stop the whole line, or no list could show",
    async (time) => {
      const adding = test.database.query("insert into shoal.jobs (type, run_at) values ('t', $1::text::timestamptz)", [
        time,
      ]);
      await expect(adding).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
      const asked = test.database.query("select shoal.enqueue('t', run_at => $1::text::timestamptz)", [time]);
      await expect(asked).rejects.toMatchObject({ details: { sqlstate: "22023" } });
    },
  );

  it("cannot be scheduled for a time that never comes, which would hide from health when the others are due", async () => {
    const parking = test.database.query(
      `insert into shoal.job_schedules (name, cron, time_zone, missed, job_type, due_at)
       values ('parked', '* * * * *', 'UTC', 'skip', 't', 'infinity')`,
    );
    await expect(parking).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
  });

  it("are refused, and not tried for ever, where a trigger of somebody drops what is added", async () => {
    const adding = test.database.transaction(async (tx) => {
      await tx.script(`
        create function shoal.drop_row() returns trigger language plpgsql as 'begin return null; end';
        create trigger drop_row before insert on shoal.jobs for each row execute function shoal.drop_row();`);
      return enqueue(tx, { type: "t", uniqueKey: "k" });
    });
    await expect(adding).rejects.toMatchObject({ details: { sqlstate: "55000" } });
  });

  it.each(["attempts", "epoch", "attempts = 2147483647, epoch"])(
    "are set aside where their %s is at the end of its column, and stop no other",
    async (columns) => {
      const [odd, ...others] = await enqueueAll(test.database, [{ type: "t" }, { type: "t" }, { type: "t" }]);
      await test.database.query(`update shoal.jobs set ${columns} = 2147483647 where id = $1`, [odd?.id ?? ""]);
      const ran: string[] = [];
      const worker = createJobWorker({
        ...{ database: test.database, runtime: createSystemRuntime(), workerId: "w1" },
        handlers: { t: { run: async ({ id }) => void ran.push(id) } },
      });
      const dead = worker.events.next("job:dead");
      expect(await worker.runPass()).toEqual({ claimed: 3, completed: 2, failed: 0, dead: 1, lost: 0 });
      expect((await dead).jobId).toBe(odd?.id);
      expect(ran).toEqual(others.map(({ id }) => id));
      const { status, last_error: why } = await row(test.database, odd?.id ?? "");
      expect({ status, why }).toEqual({ status: "dead", why: expect.stringMatching(/^JOB_(INVALID|WORKER_LOST): \S/) });
      await worker.drain(1000);
    },
  );

  it("are claimed by their ids also where a counter is at the end of its column", async () => {
    const { id } = await enqueue(test.database, { type: "t" });
    await test.database.query("update shoal.jobs set attempts = 2147483647, epoch = 2147483647");
    const claimed = await claimByIds(test.database, { ids: [id], workerId: "w1", leaseMs: 1000 });
    expect(claimed).toMatchObject([{ id, attempt: 2147483647, epoch: 2147483647 }]);
  });

  it("are given back also where their attempts were counted anew meanwhile", async () => {
    const { id } = await enqueue(test.database, { type: "t" });
    await claim(test.database);
    await test.database.query("update shoal.jobs set attempts = 0");
    expect(await writeOutcomes(test.database, "w1", { released: [{ id, epoch: 1 }] })).toEqual([id]);
    expect(await row(test.database, id)).toMatchObject({ status: "pending", attempts: 0 });
  });

  it("are archived also where the ids began anew, and shown as they were last", async () => {
    const admin = createJobAdmin({ database: test.database, handlers: {} });
    for (const type of ["before", "after"]) {
      const { id } = await enqueue(test.database, { type });
      await admin.cancel(id);
      expect(await admin.show(id)).toMatchObject({ id: "1", type });
      await test.database.query("truncate shoal.jobs restart identity");
    }
  });

  it("are archived also where nobody wrote down when they ended", async () => {
    await enqueue(test.database, { type: "a" });
    await enqueue(test.database, { type: "b" });
    await test.database.query("update shoal.jobs set status = case type when 'a' then 'dead' else 'completed' end");
    await recountJobs(test.database);
    expect(await archiveJobs(test.database, { olderThanDays: 0, limit: 10 })).toBe(2);
  });

  it("do not keep a worker from writing what became of the others", async () => {
    const runtime = createSystemRuntime();
    leaks.clock(runtime.clock);
    const { id: spoiled } = await enqueue(test.database, { type: "fails", uniqueKey: "k" });
    const others = await enqueueAll(test.database, [{ type: "ends" }, { type: "ends" }]);
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    let running = 0;
    const wait = async () => {
      running += 1;
      if (running === 3) begun.resolve();
      await gate.promise;
    };
    const fails = async () => {
      await wait();
      throw new Error("no");
    };
    const worker = createJobWorker({
      database: test.database,
      runtime,
      workerId: "w1",
      handlers: { fails: { run: fails }, ends: { run: wait } },
    });
    const ended: string[] = [];
    worker.events.on("job:completed", ({ jobId }) => ended.push(jobId));
    const lost = worker.events.next("job:lost");
    const pass = worker.runPass();
    await begun.promise;
    await test.database.query("update shoal.jobs set status = 'dead' where id = $1", [spoiled]);
    const { id: again } = await enqueue(test.database, { type: "ends", uniqueKey: "k", delayMs: 3_600_000 });
    gate.resolve();
    expect(await pass).toMatchObject({ claimed: 3, completed: 2, lost: 1 });
    expect(await lost).toMatchObject({ jobId: spoiled });
    expect(ended.toSorted()).toEqual(others.map(({ id }) => id));
    expect((await rows(test.database)).map(({ id, status }) => [id, status])).toEqual([
      [spoiled, "dead"],
      ...ended.toSorted().map((id) => [id, "completed"]),
      [again, "pending"],
    ]);
    await worker.drain(1000);
  });
});
