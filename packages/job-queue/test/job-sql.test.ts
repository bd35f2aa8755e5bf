import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enqueue, enqueueAll } from "../src/index.ts";
import { claimByIds, completeAndClaim, renew, rescue, type ScanPosition, writeOutcomes } from "../src/jobs/job-sql.ts";
import { claim, emptyJobs, LEASE_MS, passTime, row, rows } from "./support.ts";

const WAITING_FOR_THE_LINE = `
  select from pg_locks join pg_database d on d.oid = database and d.datname = current_database()
  where locktype = 'advisory' and not granted`;

describe.each(backends())("jobs in SQL on the %s Postgres", (backend) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyJobs(test.database));

  const add = async (...types: string[]) => {
    const enqueued = await enqueueAll(
      test.database,
      types.map((type) => ({ type })),
    );
    return enqueued.map(({ id }) => id);
  };
  const ids = (claims: readonly { id: string }[]) => claims.map(({ id }) => id);
  const audit = () =>
    test.database.query(
      "select action, outcome, job_id, attempt, epoch, code, worker_id, actor from shoal.job_audit order by id",
    );

  it("claims higher priority first, then by time, then by id, and never what is not due", async () => {
    const jobs = await enqueueAll(test.database, [
      { type: "late" },
      { type: "early", runAt: new Date(1) },
      { type: "urgent", priority: 5 },
      { type: "urgent-early", priority: 5, runAt: new Date(1) },
      { type: "top-but-later", priority: 100, delayMs: 60_000 },
      { type: "lowest", priority: -100 },
      { type: "late" },
    ]);
    expect(jobs.every(({ isNew }) => isNew)).toBe(true);
    const claimed = await claim(test.database, "w1", 5);
    expect(claimed.map(({ type }) => type)).toEqual(["urgent-early", "urgent", "early", "late", "late"]);
    expect(claimed.at(3)?.id).toBe(jobs[0]?.id);
    expect((await claim(test.database, "w1", 5)).map(({ type }) => type)).toEqual(["lowest"]);
    const { claimed: none, nextDueMs } = await completeAndClaim(
      test.database,
      { workerId: "w1", leaseMs: LEASE_MS, limit: 1 },
      {},
    );
    expect(none).toEqual([]);
    expect(nextDueMs).toBeGreaterThan(30_000);
    expect(nextDueMs).toBeLessThanOrEqual(60_000);
  });

  it("claims no more bytes than it may but at least one job, and misses none of the rest", async () => {
    // 100 kB that Postgres stores in 1 kB, 100 kB that it cannot compress, and small ones, one of them urgent.
    await enqueueAll(test.database, [{ type: "a", payload: "x".repeat(100_000) }, { type: "b" }]);
    await test.database.query(
      `insert into shoal.jobs (type, payload) select 'c', to_jsonb(string_agg(md5(n::text), '')) from generate_series(1, 3125) n`,
    );
    await enqueueAll(test.database, [
      { type: "d", payload: "x".repeat(100_000) },
      { type: "e" },
      { type: "urgent", payload: "x".repeat(100_000), priority: 5 },
    ]);
    const claims: { types: string[]; isCut: boolean }[] = [];
    let position: ScanPosition = null;
    for (let isCut = true; isCut; ) {
      const request = { workerId: "w1", leaseMs: LEASE_MS, limit: 10, maxBytes: 150_000 };
      const turn = await completeAndClaim(test.database, request, {}, { position, isFull: false });
      ({ isCut, position } = turn);
      claims.push({ types: turn.claimed.map(({ type }) => type), isCut });
      for (const { type, payloadBytes } of turn.claimed) {
        if (type === "b" || type === "e") expect(payloadBytes).toBeLessThan(100);
        else expect(payloadBytes).toBeGreaterThan(99_000);
      }
    }
    expect(claims).toEqual([
      { types: ["urgent"], isCut: true },
      { types: ["a", "b"], isCut: true },
      { types: ["c"], isCut: true },
      { types: ["d", "e"], isCut: false },
    ]);
    await enqueue(test.database, { type: "too-large-for-the-claim", payload: "x".repeat(100_000) });
    const alone = { workerId: "w1", leaseMs: LEASE_MS, limit: 10, maxBytes: 1 };
    expect((await completeAndClaim(test.database, alone, {})).claimed).toHaveLength(1);
  });

  it("shows a handler all it needs, and the table who holds the job", async () => {
    const payload = { text: 'ä\\u0000 "quoted"', list: [1, null, { deep: true }], number: 1.5 };
    const { id } = await enqueue(test.database, { type: "a.b:c-d_1", payload, maxAttempts: 3, uniqueKey: "k" });
    const [job] = await claim(test.database, "w7");
    expect(job).toMatchObject({ id, type: "a.b:c-d_1", payload, attempt: 1, maxAttempts: 3, epoch: 1, uniqueKey: "k" });
    expect(job?.waitMs).toBeGreaterThanOrEqual(0);
    const held = await row(test.database, id);
    expect(held).toMatchObject({
      status: "running",
      worker_id: "w7",
      attempts: 1,
      has_started: true,
      has_finished: false,
    });
    expect(held.lease_ms).toBeGreaterThan(0);
    expect(held.lease_ms).toBeLessThanOrEqual(LEASE_MS);
  });

  it.each([null, 1, "text", false, [], {}])("keeps the payload %j as it is", async (payload) => {
    await enqueue(test.database, { type: "t", payload });
    expect((await claim(test.database))[0]?.payload).toEqual(payload);
  });

  it("gives each job to one of many workers that ask at once", async () => {
    await add(...Array.from({ length: 200 }, () => "t"));
    const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => claim(test.database, `w${n}`, 25)));
    const taken = claims.flat().map(({ id }) => id);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toHaveLength(200);
  });

  it("gives each job once while somebody else keeps changing the rows that wait", async () => {
    await add(...Array.from({ length: 1000 }, () => "t"));
    let isOver = false;
    const meddle = async (nth: number) => {
      while (!isOver) {
        await test.database.query(
          `update shoal.jobs set payload = '{"touched": true}'
           where id in (select id from shoal.jobs where status = 'pending' and id % 3 = $1 for update skip locked)`,
          [nth],
        );
      }
    };
    const meddling = Promise.all([0, 1, 2].map(meddle));
    // Large enough to stand in line, and small ones.
    const taken: string[] = [];
    const work = async (workerId: string, limit: number) => {
      while (taken.length < 1000) taken.push(...ids(await claim(test.database, workerId, limit)));
    };
    await Promise.all([work("w1", 100), work("w2", 100), work("w3", 150), work("w4", 7)]);
    isOver = true;
    await meddling;
    expect(new Set(taken).size).toBe(1000);
    expect(await test.database.query("select status, epoch, count(*)::int from shoal.jobs group by 1, 2")).toEqual([
      { status: "running", epoch: 1, count: 1000 },
    ]);
    expect(
      await test.database.query(
        "select sum(pending)::int as pending, sum(running)::int as running from shoal.job_count_changes",
      ),
    ).toEqual([{ pending: 0, running: 1000 }]);
  });

  it("lets a small claim through while large ones wait for each other", async () => {
    const lock = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = test.database.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtext('shoal.job_claim'), slot) from generate_series(0, 1) slot");
      locked.resolve();
      await lock.promise;
    });
    await locked.promise;
    await add("small");
    expect((await claim(test.database, "w2", 99)).map(({ type }) => type)).toEqual(["small"]);
    await add("large");
    const large = claim(test.database, "w2", 100);
    await expect.poll(() => test.database.query(WAITING_FOR_THE_LINE), { timeout: 60_000 }).toHaveLength(1);
    lock.resolve();
    await holding;
    expect((await large).map(({ type }) => type)).toEqual(["large"]);
  });

  it("writes outcomes of what is held, in one statement, and names what is still ours", async () => {
    const jobs = await add("done", "retried", "dead", "released");
    const held = await claim(test.database);
    const [done, retried, dead, released] = held;
    if (!done || !retried || !dead || !released) throw new Error("four jobs were due");
    const ours = await writeOutcomes(test.database, "w1", {
      completed: [done],
      failed: [
        { ...retried, code: "BAD", message: "no luck", retryInMs: 60_000, durationMs: 12.6 },
        { ...dead, code: "WORSE", message: "no hope", retryInMs: null, executor: "inngest" },
      ],
      released: [released],
    });
    expect(ours.toSorted()).toEqual(jobs.toSorted());
    const after = await rows(test.database);
    expect(after).toMatchObject([
      { status: "completed", attempts: 1, last_error: null, worker_id: "w1", lease_ms: null, has_finished: true },
      { status: "pending", attempts: 1, last_error: "BAD: no luck", lease_ms: null, has_finished: false },
      { status: "dead", attempts: 1, last_error: "WORSE: no hope", lease_ms: null, has_finished: true },
      { status: "pending", attempts: 0, last_error: null, lease_ms: null, has_finished: false },
    ]);
    expect(after[1]?.due_in_ms).toBeGreaterThan(30_000);
    expect(after[3]?.due_in_ms).toBeLessThanOrEqual(0);
    expect(await audit()).toMatchObject([
      {
        action: "attempt",
        outcome: "failed",
        job_id: jobs[1],
        attempt: 1,
        epoch: 1,
        code: "BAD",
        worker_id: "w1",
        actor: "worker",
      },
      { action: "attempt", outcome: "dead", job_id: jobs[2], code: "WORSE", actor: "inngest" },
    ]);
  });

  it("says the same again when outcomes are written twice, because no answer came", async () => {
    const [done, failed] = await add("done", "failed");
    const [first, second] = await claim(test.database);
    if (!done || !failed || !first || !second) throw new Error("two jobs were due");
    const settlement = { completed: [first], failed: [{ ...second, code: "BAD", message: "", retryInMs: 60_000 }] };
    for (const _ of [1, 2]) expect(await writeOutcomes(test.database, "w1", settlement)).toEqual([done, failed]);
    expect(await audit()).toHaveLength(1);
    expect(await rows(test.database)).toMatchObject([{ status: "completed" }, { status: "pending", attempts: 1 }]);
  });

  it.each(["completed", "failed", "released"] as const)(
    "does not take %s from a worker whose job was rescued",
    async (how) => {
      const [id] = await add("t");
      const [late] = await claim(test.database, "late");
      if (!id || !late) throw new Error("a job was due");
      await passTime(test.database, LEASE_MS);
      expect(await rescue(test.database)).toEqual([
        { jobId: id, type: "t", epoch: 1, attempt: 1, workerId: "late", isDead: false },
      ]);
      const settlement = { [how]: [{ ...late, code: "BAD", message: "", retryInMs: null }] };
      expect(await writeOutcomes(test.database, "late", settlement)).toEqual([]);
      expect(await row(test.database, id)).toMatchObject({ status: "pending", epoch: 1, worker_id: null });
      const [again] = await claim(test.database, "next");
      expect(again).toMatchObject({ id, attempt: 2, epoch: 2 });
      expect(await writeOutcomes(test.database, "late", settlement)).toEqual([]);
      expect(await renew(test.database, "late", [late], LEASE_MS)).toEqual([]);
      expect(await row(test.database, id)).toMatchObject({ status: "running", epoch: 2, worker_id: "next" });
    },
  );

  it("rescues what a dead worker held, keeps its place in the line, and ends it after its last attempt", async () => {
    const { id } = await enqueue(test.database, { type: "t", maxAttempts: 2 });
    await claim(test.database, "dead-1");
    expect(await rescue(test.database)).toEqual([]);
    await passTime(test.database, LEASE_MS);
    expect(await rescue(test.database)).toMatchObject([{ jobId: id, isDead: false }]);
    await add("younger");
    expect((await claim(test.database, "dead-2", 1)).map((job) => job.id)).toEqual([id]);
    await passTime(test.database, LEASE_MS);
    expect(await rescue(test.database)).toMatchObject([{ jobId: id, attempt: 2, isDead: true, workerId: "dead-2" }]);
    expect(await row(test.database, id)).toMatchObject({
      status: "dead",
      has_finished: true,
      last_error: expect.stringMatching(/^JOB_WORKER_LOST: /),
    });
    expect(await audit()).toMatchObject([
      { action: "rescue", outcome: "failed", code: "JOB_WORKER_LOST", worker_id: "dead-1" },
      { action: "rescue", outcome: "dead", worker_id: "dead-2" },
    ]);
  });

  it("renews what is held, so that nobody rescues it", async () => {
    await add("t", "t");
    const held = await claim(test.database);
    await passTime(test.database, LEASE_MS / 2);
    expect((await renew(test.database, "w1", held, LEASE_MS)).toSorted()).toEqual(ids(held).toSorted());
    await passTime(test.database, LEASE_MS / 2);
    expect(await rescue(test.database)).toEqual([]);
    expect(await renew(test.database, "w2", held, LEASE_MS)).toEqual([]);
    expect(
      await renew(
        test.database,
        "w1",
        held.map((job) => ({ ...job, epoch: 0 })),
        LEASE_MS,
      ),
    ).toEqual([]);
  });

  it("renews the others while somebody has a row locked, and does not call that one lost", async () => {
    await add("locked", "free");
    const held = await claim(test.database);
    await passTime(test.database, LEASE_MS / 2);
    await test.database.transaction(async (tx) => {
      await tx.query("select from shoal.jobs where id = $1 for update", [held[0]?.id ?? ""]);
      expect((await renew(test.connect(1), "w1", held, LEASE_MS)).toSorted()).toEqual(ids(held).toSorted());
    });
    const [locked, free] = await rows(test.database);
    expect(locked?.lease_ms).toBeLessThan(free?.lease_ms ?? 0);
  });

  it("claims jobs by their ids, each if it is due for so long and free", async () => {
    const { id } = await enqueue(test.database, { type: "t" });
    const later = await enqueue(test.database, { type: "t", delayMs: 60_000 });
    const ask = async (jobId: string, dueForMs = 0) =>
      (await claimByIds(test.database, { ids: [jobId], workerId: "w1", leaseMs: LEASE_MS, dueForMs }))[0];
    expect(await ask(later.id)).toBeUndefined();
    expect(await ask(id, 60_000)).toBeUndefined();
    await passTime(test.database, 60_000);
    expect(await ask(id, 60_000)).toMatchObject({ id, attempt: 1, epoch: 1, uniqueKey: null });
    expect(await ask(id)).toBeUndefined();
    expect(await ask("9999999")).toBeUndefined();
    const [one, two] = [await enqueue(test.database, { type: "t" }), await enqueue(test.database, { type: "t" })];
    const ids = [one.id, id, "9999999", two.id, one.id];
    const claimed = await claimByIds(test.database, { ids, workerId: "w1", leaseMs: LEASE_MS });
    expect(claimed.map((job) => job.id)).toEqual([one.id, two.id]);
  });

  it("claims and settles in transactions of the caller, too", async () => {
    const [id] = await add("t");
    const undone = test.database.transaction(async (tx) => {
      const [job] = await claim(tx);
      expect(await writeOutcomes(tx, "w1", { completed: job ? [job] : [] })).toEqual([id]);
      throw new Error("on second thought");
    });
    await expect(undone).rejects.toThrow("on second thought");
    expect(await row(test.database, id ?? "")).toMatchObject({ status: "pending", attempts: 0, epoch: 0 });
  });
});
