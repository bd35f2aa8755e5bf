import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enqueue, enqueueAll } from "../src/index.ts";
import { completeAndClaim, type ScanPosition, writeOutcomes } from "../src/jobs/job-sql.ts";
import type { Enqueued } from "../src/types.ts";
import { claim, emptyJobs, LEASE_MS, row, rows } from "./support.ts";

describe.each(backends())("adding jobs on the %s Postgres", (backend) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyJobs(test.database));

  it("answers for each of many jobs in their order, with keys or without", async () => {
    const jobs = Array.from({ length: 2500 }, (_, n) => ({
      type: `t${n}`,
      ...(n % 3 === 0 && { uniqueKey: `k${(n * 7) % 600}` }),
    }));
    const answers = await enqueueAll(test.database, jobs);
    const byId = new Map((await rows(test.database)).map((each) => [each.id, each]));
    const firstOf = new Map<string, string>();
    for (const [n, { id, isNew }] of answers.entries()) {
      const key = jobs[n]?.uniqueKey;
      const first = key === undefined ? undefined : firstOf.get(key);
      expect({ isNew, id: first ?? id }).toEqual({ isNew: first === undefined, id });
      if (isNew) expect(byId.get(id)).toMatchObject({ type: `t${n}`, unique_key: key ?? null });
      if (key !== undefined && isNew) firstOf.set(key, id);
    }
    expect(byId.size).toBe(answers.filter(({ isNew }) => isNew).length);
  });

  it("commits or vanishes with the transaction of its caller, and nobody claims it before", async () => {
    const work = test.database.transaction(async (tx) => {
      await enqueue(tx, { type: "undone", uniqueKey: "k" });
      expect(await claim(test.connect(1))).toEqual([]);
      throw new Error("on second thought");
    });
    await expect(work).rejects.toThrow("on second thought");
    expect(await rows(test.database)).toEqual([]);
    await test.database.transaction((tx) => enqueue(tx, { type: "done", uniqueKey: "k" }));
    expect(await claim(test.database)).toMatchObject([{ type: "done" }]);
  });

  it("adds nothing of a batch of which one is wrong", async () => {
    const jobs = [{ type: "good" }, { type: "BAD" }];
    await expect(enqueueAll(test.database, jobs)).rejects.toMatchObject({ code: "JOB_INVALID" });
    const deep = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
    await expect(enqueueAll(test.database, [{ type: "good" }, { type: "deep", payload: deep }])).rejects.toMatchObject({
      retryable: false,
    });
    const wide = Array.from({ length: 100_000 }, () => 1e100);
    await expect(enqueue(test.database, { type: "wide", payload: wide })).rejects.toMatchObject({
      code: "JOB_PAYLOAD_TOO_LARGE",
    });
    expect(await rows(test.database)).toEqual([]);
  });

  it("makes one job of a unique key until that is over, however many ask at once", async () => {
    for (let round = 1; round <= 5; round += 1) {
      const asked = Array.from({ length: 8 }, () => enqueue(test.database, { type: "t", uniqueKey: "k" }));
      const answers = await Promise.all(asked);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
      const [held] = await claim(test.database);
      const running = await enqueue(test.database, { type: "t", uniqueKey: "k" });
      expect(running).toEqual({ id: held?.id, isNew: false });
      await writeOutcomes(test.database, "w1", { completed: held ? [held] : [] });
    }
    expect(await rows(test.database)).toHaveLength(5);
  });

  it("never loses a job to one of its key that ends at the same moment", async () => {
    let over = false;
    const finish = async () => {
      while (!over) await writeOutcomes(test.database, "w1", { completed: await claim(test.database) });
    };
    const add = async () => {
      const answers: Enqueued[] = [];
      for (let n = 0; n < 40; n += 1) {
        answers.push(
          ...(await enqueueAll(test.database, [
            { type: "t", uniqueKey: "a" },
            { type: "t", uniqueKey: "b" },
          ])),
        );
      }
      return answers;
    };
    const finishing = finish();
    const answers = (
      await Promise.all([add(), add(), add()]).finally(() => {
        over = true;
        return finishing;
      })
    ).flat();
    const made = new Set((await rows(test.database)).map(({ id }) => id));
    expect(answers.every(({ id }) => made.has(id))).toBe(true);
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(made.size);
  });

  describe("by shoal.enqueue in SQL", () => {
    it("adds a job with its defaults, or all that one asks for", async () => {
      const [plain] = await test.database.query<{ id: string }>("select shoal.enqueue('mail.send') as id");
      const [full] = await test.database.query<{ id: string }>(
        `select shoal.enqueue('mail.send', '{"to": 1}', delay_ms => 60000, priority => 7, max_attempts => 3, unique_key => 'k') as id`,
      );
      const [again] = await test.database.query<{ id: string }>(
        "select shoal.enqueue('mail.send', unique_key => 'k') as id",
      );
      expect(again).toEqual(full);
      expect(await row(test.database, plain?.id ?? "")).toMatchObject({ payload: {}, priority: 0, max_attempts: 5 });
      const asked = await row(test.database, full?.id ?? "");
      expect(asked).toMatchObject({
        type: "mail.send",
        payload: { to: 1 },
        priority: 7,
        max_attempts: 3,
        unique_key: "k",
      });
      expect(asked.due_in_ms).toBeGreaterThan(30_000);
    });

    it.each([
      ["type", "'A'"],
      ["type", "null"],
      ["payload", "'t', null"],
      ["payload", "'t', to_jsonb(repeat('x', 1048576))"],
      ["delay_ms", "'t', delay_ms => -1"],
      ["delay_ms", "'t', delay_ms => 'NaN'"],
      ["delay_ms", "'t', delay_ms => 1, run_at => now()"],
      ["run_at", "'t', run_at => 'infinity'"],
      ["priority", "'t', priority => 101"],
      ["max_attempts", "'t', max_attempts => 0"],
      ["unique_key", "'t', unique_key => ''"],
    ])("refuses a wrong %s: %s", async (field, args) => {
      await expect(test.database.query(`select shoal.enqueue(${args})`)).rejects.toMatchObject({
        code: "STORE_QUERY",
        details: { sqlstate: "22023" },
      });
      await test.database.query(`do $$ begin perform shoal.enqueue(${args}); raise 'not refused';
          exception when invalid_parameter_value then if sqlerrm not like '%${field}%' then raise; end if; end $$`);
      expect(await rows(test.database)).toEqual([]);
    });

    it("works in a trigger of the project, for a role that may nothing else, and wakes workers", async () => {
      await test.database.script(`
        create table public.orders (id int primary key);
        create function public.on_order() returns trigger language plpgsql security definer set search_path = '' as $f$
        begin
          perform shoal.enqueue('order.placed', jsonb_build_object('id', new.id), unique_key => 'order:' || new.id);
          return null;
        end $f$;
        create trigger on_order after insert on public.orders for each row execute function public.on_order();
        grant insert on public.orders to authenticated;`);
      const woken = Promise.withResolvers<void>();
      const listener = await test.database.listen(
        "shoal_jobs",
        () => woken.resolve(),
        () => {},
      );
      await test.database.transaction(async (tx) => {
        await tx.query("set local role authenticated");
        await tx.query("insert into public.orders values (1), (2)");
      });
      await woken.promise;
      await listener.close();
      expect((await claim(test.database)).map(({ payload }) => payload)).toEqual([{ id: 1 }, { id: 2 }]);
    });

    it.each(["anon", "authenticated"])(
      "is closed to %s, as all the rest is, until the project opens it",
      async (role) => {
        const tries = [
          "select shoal.enqueue('t')",
          "select * from shoal.job_enqueue('[]')",
          "select * from shoal.jobs",
          "select * from shoal.jobs_archive",
          "select * from shoal.job_count_changes",
          "select shoal.job_cancel(1)",
        ];
        const as = (statement: string) =>
          test.database.transaction(async (tx) => {
            await tx.query(`set local role ${role}`);
            return tx.query(statement);
          });
        for (const statement of tries)
          await expect(as(statement)).rejects.toMatchObject({ code: "STORE_ACCESS_DENIED" });
        await test.database.script(`
        grant usage on schema shoal to ${role};
        grant execute on function shoal.enqueue(text, jsonb, double precision, timestamptz, integer, integer, text) to ${role};`);
        expect(await as("select shoal.enqueue('t')")).toHaveLength(1);
        for (const statement of tries.slice(1))
          await expect(as(statement)).rejects.toMatchObject({ code: "STORE_ACCESS_DENIED" });
      },
    );
  });

  describe("claimed with a cursor", () => {
    const findWork = async (position: ScanPosition, isFull: boolean, limit = 2) => {
      const turn = await completeAndClaim(
        test.database,
        { workerId: "w", leaseMs: LEASE_MS, limit },
        {},
        { position, isFull },
      );
      return { ...turn, types: turn.claimed.map(({ type }) => type) };
    };

    it("goes on where the last turn ended, level by level, and meets new levels on its way", async () => {
      await enqueueAll(test.database, [
        { type: "a1", priority: 5 },
        { type: "b1" },
        { type: "a2", priority: 5 },
        { type: "b2" },
        { type: "a3", priority: 5 },
        { type: "b3" },
        { type: "b4" },
      ]);
      const first = await findWork(null, true);
      expect(first.types).toEqual(["a1", "a2"]);
      const second = await findWork(first.position, false);
      expect(second.types).toEqual(["a3", "b1"]);
      await enqueueAll(test.database, [
        { type: "c", priority: 2 },
        { type: "top", priority: 9 },
        { type: "a4", priority: 5 },
        { type: "low", priority: -1 },
      ]);
      const third = await findWork(second.position, false, 4);
      expect(third.types).toEqual(["top", "a4", "c", "b2"]);
      const last = await findWork(third.position, false, 10);
      expect(last.types).toEqual(["b3", "b4", "low"]);
      expect((await findWork(last.position, false)).types).toEqual([]);
    });

    it("finds what came in behind the cursor at the next full scan", async () => {
      await enqueueAll(test.database, [{ type: "t1" }, { type: "t2" }, { type: "t3" }]);
      const { position } = await findWork(null, true);
      await enqueue(test.database, { type: "back", runAt: new Date(1) });
      const next = await findWork(position, false);
      expect(next.types).toEqual(["t3"]);
      expect((await findWork(next.position, true)).types).toEqual(["back"]);
    });
  });
});
