import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { backends, spawnProgram, type TestDatabase, testDatabase, testRuntime, until } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuditedJobAdmin } from "../src/audit/audited-job-admin.ts";
import {
  ACT_JOB_TYPE,
  type ActRequest,
  actHandler,
  createJobActs,
  createJobWorker,
  createQueueAdmin,
  ensureQueues,
  installPgmq,
  type JobActs,
} from "../src/index.ts";
import { rescue } from "../src/jobs/job-sql.ts";
import { emptyJobs, passTime } from "./support.ts";

const QUEUE = "acted";

describe.each(backends())("acts on all that match, on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let acts: JobActs;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    acts = createJobActs({ database: test.database, queues: [QUEUE, "absent"] });
    await installPgmq(test.database);
    await ensureQueues(test.database, [QUEUE]);
    // Says how often each job was made pending again, or cancelled.
    await test.database.query("create table touched (job_id bigint, how text)");
    await test.database.script(`
      create function note_touched() returns trigger language plpgsql as $$
      begin insert into public.touched values (old.id, tg_op); return null; end $$;
      create trigger note_revived after update on shoal.jobs for each row
        when (old.status = 'dead' and new.status = 'pending') execute function note_touched();
      create trigger note_gone after delete on shoal.jobs for each row execute function note_touched()`);
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyJobs(test.database);
    await test.database.query("delete from shoal.job_acts");
    await test.database.query("delete from touched");
  });

  /** As many of each as it says: jobs of the types `a` and `b` in turn, errors `BAD` and `WORSE` in turn. */
  const fill = (counts: { readonly dead?: number; readonly pending?: number; readonly running?: number }) =>
    test.database.query(
      `insert into shoal.jobs (type, status, last_error, run_at, attempts, finished_at, lease_expires_at)
       select case n % 2 when 0 then 'a' else 'b' end, status,
         case when status = 'dead' then case n % 2 when 0 then 'BAD: no' else 'WORSE: no' end end, clock_timestamp() + interval '1 hour', 5,
         case when status = 'dead' then clock_timestamp() end,
         case when status = 'running' then clock_timestamp() + interval '1 hour' end
       from (values ('dead', $1::int), ('pending', $2::int), ('running', $3::int)) as wanted (status, count)
       cross join lateral generate_series(1, wanted.count) n`,
      [counts.dead ?? 0, counts.pending ?? 0, counts.running ?? 0],
    );
  const statuses = async () => {
    const rows = await test.database.query<{ status: string; count: number }>(
      "select status, count(*)::int as count from shoal.jobs where type <> 'shoal_act' group by status order by status",
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  };
  const workOff = (batchSize = 10) => {
    const runtime = testRuntime();
    const handlers = { [ACT_JOB_TYPE]: actHandler({ database: test.database, runtime, batchSize }) };
    return createJobWorker({ database: test.database, runtime, workerId: "w", handlers }).runPass({ batchSize: 1 });
  };
  const records = async () => {
    const rows = await test.database.query(
      "select actor, action, message from shoal.job_audit where action not in ('attempt', 'rescue') order by id",
    );
    return rows;
  };

  it.each<[string, ActRequest, number, object]>([
    ["redrives all dead ones", { action: "redrive", filter: {} }, 40, { pending: 60, running: 4 }],
    ["those of a type", { action: "redrive", filter: { type: "a" } }, 20, { dead: 20, pending: 40, running: 4 }],
    [
      "those of an error",
      { action: "redrive", filter: { errorCode: "WORSE" } },
      20,
      { dead: 20, pending: 40, running: 4 },
    ],
    [
      "none of an error that only begins so",
      { action: "redrive", filter: { errorCode: "WOR" } },
      0,
      { dead: 40, pending: 20, running: 4 },
    ],
    [
      "none that came later",
      { action: "redrive", filter: { createdBefore: new Date(0) } },
      0,
      { dead: 40, pending: 20, running: 4 },
    ],
    ["retries what waits and what is dead", { action: "retry", filter: {} }, 60, { pending: 60, running: 4 }],
    [
      "retries what waits",
      { action: "retry", filter: { status: "pending" } },
      20,
      { dead: 40, pending: 20, running: 4 },
    ],
    ["cancels what waits and what runs", { action: "cancel", filter: {} }, 24, { dead: 40 }],
    [
      "cancels what runs",
      { action: "cancel", filter: { status: "running", type: "b" } },
      2,
      { dead: 40, pending: 20, running: 2 },
    ],
    [
      "a text that is SQL",
      { action: "cancel", filter: { type: "a' or '1'='1" } },
      0,
      { dead: 40, pending: 20, running: 4 },
    ],
  ])("%s", async (_, request, count, left) => {
    await fill({ dead: 40, pending: 20, running: 4 });
    expect(await acts.count(request)).toBe(count);
    const { act, isNew } = await acts.start("console", request);
    expect([isNew, act.status, act.expected, act.acted]).toEqual([true, "waiting", count, 0]);
    expect(await workOff()).toMatchObject({ completed: 1 });
    expect(await acts.show(act.id)).toMatchObject({ status: "done", acted: count, skipped: 0, actor: "console" });
    expect(await statuses()).toEqual(left);
    // The totals of the dashboard are sums of changes.
    const { counts } = await createAuditedJobAdmin({
      ...test,
      clock: testRuntime().clock,
      handlers: {},
      queues: [],
      batchSize: 1,
    }).figures();
    const [sums] = await test.database.query(
      "select sum(pending)::int as pending, sum(dead)::int as dead from shoal.job_count_changes",
    );
    expect(sums).toEqual({ pending: counts.pending, dead: counts.dead });
  });

  it("is in the audit once, with who asked and how many it was", async () => {
    await fill({ dead: 25 });
    await acts.start("console", { action: "redrive", filter: { type: "a" } });
    expect(await records()).toEqual([
      {
        actor: "console",
        action: "redrive_all",
        message: '0 done, 0 left as they were, under way; all that match {"type": "a"}',
      },
    ]);
    await workOff(5);
    expect(await records()).toEqual([
      {
        actor: "console",
        action: "redrive_all",
        message: '12 done, 0 left as they were; all that match {"type": "a"}',
      },
    ]);
  });

  it("leaves alone what came after it was asked for, and the jobs of acts", async () => {
    await fill({ pending: 5 });
    const { act } = await acts.start("api", { action: "cancel", filter: {} });
    await fill({ pending: 7 });
    const other = await acts.start("api", { action: "cancel", filter: { type: "b" } });
    await workOff();
    expect([await statuses(), (await acts.show(act.id))?.acted]).toEqual([{ pending: 7 }, 5]);
    expect((await acts.show(other.act.id))?.status).toBe("waiting");
  });

  it("leaves a job dead whose unique key is taken, and says so", async () => {
    await fill({ dead: 3 });
    await test.database.query("update shoal.jobs set unique_key = 'k'");
    const { act } = await acts.start("api", { action: "redrive", filter: {} });
    await workOff(2);
    expect(await acts.show(act.id)).toMatchObject({ status: "done", acted: 1, skipped: 2 });
    expect(await statuses()).toEqual({ dead: 2, pending: 1 });
  });

  it("is one where the same is asked for twice, and another one once that is over", async () => {
    await fill({ dead: 3 });
    const request: ActRequest = { action: "redrive", filter: { type: "a", createdBefore: new Date("2100-01-01") } };
    const first = await acts.start("api", request);
    const [one, two] = await Promise.all([acts.start("cli", request), acts.start("cli", request)]);
    expect([one, two].map(({ act, isNew }) => [act.id, isNew])).toEqual([
      [first.act.id, false],
      [first.act.id, false],
    ]);
    await workOff();
    expect((await acts.start("api", request)).isNew).toBe(true);
    expect((await acts.list(10)).map(({ status }) => status)).toEqual(["waiting", "done"]);
  });

  it("is stopped between two batches, by somebody who is in the audit too", async () => {
    await fill({ dead: 30 });
    const { act } = await acts.start("console", { action: "redrive", filter: {} });
    await test.database.query("select shoal.job_act_step($1::int8, 10)", [act.id]);
    expect(await acts.stop("api", act.id)).toMatchObject({ status: "stopped", acted: 10 });
    expect(await acts.stop("api", act.id)).toMatchObject({ status: "stopped", acted: 10 });
    expect(await workOff()).toMatchObject({ completed: 1 });
    expect(await statuses()).toEqual({ dead: 20, pending: 10 });
    expect(await records()).toEqual([
      { actor: "console", action: "redrive_all", message: "10 done, 0 left as they were, stopped; all that match {}" },
      { actor: "api", action: "stop_act", message: `act ${act.id}, redrive_all` },
    ]);
    expect(await acts.stop("api", "999999999")).toBeUndefined();
  });

  it("is stalled where its job is cancelled, and can be stopped then", async () => {
    await fill({ dead: 1 });
    const { act } = await acts.start("api", { action: "redrive", filter: {} });
    await test.database.query("select shoal.job_cancel($1::int8)", [act.jobId]);
    expect((await acts.show(act.id))?.status).toBe("stalled");
    expect((await acts.stop("api", act.id))?.status).toBe("stopped");
  });

  it("survives a worker that is killed in the middle of a batch, and acts on nothing twice", async () => {
    await fill({ dead: 300 });
    const { act } = await acts.start("console", { action: "redrive", filter: {} });
    const program = spawnProgram([join(import.meta.dirname, "act-process.ts"), test.url, "10"], { stderr: "inherit" });
    // Its batch waits for this row, so that it is killed in a batch and not between two.
    await test.database.transaction(async (tx) => {
      await tx.query("select from shoal.jobs where id = 155 for update");
      await until(async () => (await acts.show(act.id))?.acted === 150);
      program.kill("SIGKILL");
      await program.exited;
    });
    expect(await acts.show(act.id)).toMatchObject({ status: "running" });
    await passTime(test.database, 120_000);
    await rescue(test.database);
    await workOff(50);
    expect(await acts.show(act.id)).toMatchObject({ status: "done", acted: 300, skipped: 0 });
    const [sums] = await test.database.query(
      "select count(*)::int as times, count(distinct job_id)::int as jobs from touched",
    );
    expect(sums).toEqual({ times: 300, jobs: 300 });
    expect(await records()).toHaveLength(1);
  });

  it("is given up where there is no such act", async () => {
    await createAuditedJobAdmin({
      ...test,
      clock: testRuntime().clock,
      handlers: { [ACT_JOB_TYPE]: actHandler({ ...test, runtime: createSystemRuntime() }) },
      queues: [],
      batchSize: 1,
    }).enqueue("api", { type: ACT_JOB_TYPE, payload: { act_id: "404" } });
    expect(await workOff()).toMatchObject({ dead: 1 });
  });

  describe("of dead letters", () => {
    const queues = () => createQueueAdmin({ database: test.database, queues: [QUEUE, "absent"] });
    beforeEach(async () => {
      await test.database.query("select pgmq.purge_queue($1), pgmq.purge_queue($1 || '_dlq')", [QUEUE]);
      await test.database.query("delete from shoal.queue_dead_letters");
      await test.database.query(
        `insert into shoal.queue_dead_letters (queue, message_id, dlq_message_id, read_count, error_code, error_message)
         select $1, n, id, 5, case n % 2 when 0 then 'BAD' else 'WORSE' end, 'words' from generate_series(1, 30) n
         cross join lateral pgmq.send($1 || '_dlq', jsonb_build_object('n', n), '{"shoal": {"key": "k"}}'::jsonb) as id`,
        [QUEUE],
      );
    });
    const lengths = async () => {
      const depths = await createQueueAdmin({ database: test.database, queues: [QUEUE] }).depths();
      return depths?.map(({ length, dlqLength }) => [length, dlqLength])[0];
    };

    it.each<[ActRequest, number[], number]>([
      [{ action: "redrive", queue: QUEUE, filter: {} }, [30, 0], 30],
      [{ action: "redrive", queue: QUEUE, filter: { errorCode: "BAD" } }, [15, 15], 30],
      [{ action: "delete", queue: QUEUE, filter: { errorCode: "WORSE" } }, [0, 15], 15],
      [{ action: "delete", queue: QUEUE, filter: { createdBefore: new Date(0) } }, [0, 30], 30],
    ])("%j", async (request, left, reasons) => {
      const before = await acts.count(request);
      const { act } = await acts.start("console", request);
      expect(await workOff(4)).toMatchObject({ completed: 1 });
      expect(await acts.show(act.id)).toMatchObject({ acted: before, skipped: 0, expected: before });
      expect(await lengths()).toEqual(left);
      const messages = await test.database.query("select message, headers from pgmq.q_acted order by msg_id limit 1");
      if (left[0]) expect(messages[0]).toMatchObject({ headers: { shoal: { key: "k" } } });
      expect(await test.database.query("select from shoal.queue_dead_letters")).toHaveLength(reasons);
    });

    it("acts on those that are named, and records who did", async () => {
      const [first, second, third] = await queues().list({ queue: QUEUE, isDead: true }, { limit: 3 });
      const ids = [first, second, third].map((letter) => letter?.id ?? "");
      expect(await queues().act("console", QUEUE, "redrive", ids.slice(0, 1))).toBe(1);
      expect(await queues().act("console", QUEUE, "delete", ids)).toBe(2);
      expect(await lengths()).toEqual([1, 27]);
      expect(await records()).toEqual([
        { actor: "console", action: "redrive", message: `1 of the dead letters ${ids[0]}` },
        { actor: "console", action: "delete", message: `2 of the dead letters ${ids.join(", ")}` },
      ]);
    });

    it("shows what lies there, page by page, and leaves it as it is", async () => {
      const place = { queue: QUEUE, isDead: true };
      const page = await queues().list(place, { limit: 2 });
      expect(page).toMatchObject([{ readCount: 0, code: "WORSE", message: "words" }, { code: "BAD" }]);
      const next = await queues().list(place, { limit: 1, after: page[1]?.id ?? "" });
      expect(await queues().show(place, next[0]?.id ?? "")).toMatchObject({ payload: { n: 3 }, isTooLarge: false });
      expect(await queues().list(place, { limit: 3, errorCode: "BAD" })).toMatchObject([
        { code: "BAD" },
        { code: "BAD" },
        {},
      ]);
      expect(await queues().list(place, { limit: 3, errorCode: "' or 1=1" })).toEqual([]);
      expect(await queues().show(place, "999")).toBeUndefined();
      expect(await queues().list({ queue: QUEUE, isDead: false }, { limit: 1 })).toEqual([]);
      await expect(queues().list({ queue: "other", isDead: false }, { limit: 1 })).rejects.toMatchObject({
        code: "QUEUE_UNKNOWN",
      });
      await expect(queues().list({ queue: "absent", isDead: true }, { limit: 1 })).rejects.toMatchObject({
        code: "QUEUE_UNKNOWN",
      });
      await expect(acts.start("api", { action: "delete", queue: "absent", filter: {} })).rejects.toMatchObject({
        code: "QUEUE_UNKNOWN",
      });
      await expect(queues().act("api", "absent", "delete", ["1"])).rejects.toMatchObject({ code: "QUEUE_UNKNOWN" });
      const [reads] = await test.database.query("select max(read_ct)::int as most from pgmq.q_acted_dlq");
      expect(reads).toEqual({ most: 0 });
    });
  });
});
