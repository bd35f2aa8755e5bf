import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { backends, faultProxy, leakCheck, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createQueueConsumers, giveUp, installPgmq, type QueueHandler } from "../src/index.ts";
import { redriveDlq } from "../src/pgmq/queues.ts";
import { gatedHandler, makeProcess, queueView } from "./pgmq-support.ts";

const patiently = { timeout: 30_000 };
const done: QueueHandler = { run: async () => {} };
const failing: QueueHandler = { run: () => Promise.reject(new Error("no")) };

describe.each(backends())("consumers of pgmq queues on the %s backend", (backend) => {
  let test: TestDatabase;
  let view: ReturnType<typeof queueView>;
  const leaks = leakCheck();

  beforeAll(async () => {
    test = await testDatabase({ backend });
    await installPgmq(test.database);
    view = queueView(test.database);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const start = (...options: Parameters<typeof makeProcess> extends [unknown, ...infer Rest] ? Rest : never) => {
    const process = makeProcess(test.database, ...options);
    leaks.clock(process.clock);
    return process;
  };

  it("runs what a pass read and archives it in one batch", async () => {
    await view.fill("passes", [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const seen: unknown[] = [];
    const { consumers, log } = start({
      passes: {
        run: async ({ payload, attempt }, { idempotencyKey }) => seen.push([payload, attempt, idempotencyKey]),
      },
    });
    const report = await consumers.runPass({ batchSize: 2 });
    expect(report).toEqual([{ queue: "passes", claimed: 2, completed: 2, failed: 0, dead: 0, lost: 0 }]);
    expect(seen).toEqual([
      [{ n: 1 }, 1, expect.stringMatching(/^passes:1:\d{13}$/)],
      [{ n: 2 }, 1, expect.stringMatching(/^passes:2:\d{13}$/)],
    ]);
    expect(await view.archive("passes")).toEqual(["1", "2"]);
    expect(log.map(({ name }) => name)).toEqual(["messages:read", "message:archived", "message:archived"]);
    expect(await consumers.runPass({ batchSize: 2 })).toMatchObject([{ claimed: 1, completed: 1 }]);
    expect(await view.queue("passes")).toEqual([]);
  });

  it("runs a message once that ends while a pooler lets nobody in", async () => {
    await view.fill("refused", [{}]);
    const url = new URL(test.url);
    await using cleanUp = new AsyncDisposableStack();
    const pooler = cleanUp.use(await faultProxy(Number(url.port)));
    await pooler.open();
    url.port = String(pooler.port);
    const database = createDatabase({ url: url.toString(), runtime: testRuntime(), maxConnections: 2 });
    cleanUp.defer(() => database.close());
    const gate = gatedHandler();
    const { consumers, clock } = makeProcess(database, { refused: gate.handler });
    leaks.clock(clock);
    const archived = consumers.events.next("message:archived");
    const pass = consumers.runPass({ batchSize: 1 });
    await gate.begun(1);

    await pooler.refuse({ sqlstate: "XX000", message: "DbHandler exited" });
    let failed = consumers.events.next("queue:failed");
    gate.runs[0]?.resolve({});
    // The first write only learns that its connection is gone.
    while (pooler.refusedCount === 0) {
      await failed;
      failed = consumers.events.next("queue:failed");
      await clock.advance(2_000);
    }
    expect((await failed).code).toBe("STORE_UNAVAILABLE");
    await pooler.open();
    await clock.advance(2_000);
    await archived;
    expect(await pass).toMatchObject([{ claimed: 1, completed: 1, lost: 0 }]);
    expect(gate.runs).toHaveLength(1);
    expect(await view.archive("refused")).toEqual(["1"]);
  });

  it("keeps what is done while a function of pgmq is missing, and runs nothing twice for it", async () => {
    await view.fill("without_function", [{}]);
    const gate = gatedHandler();
    const { consumers, clock } = start({ without_function: gate.handler });
    const { events } = consumers;
    const archived = events.next("message:archived");
    const pass = consumers.runPass({ batchSize: 1 });
    await gate.begun(1);
    const rename = (from: string, to: string) =>
      test.database.query(`alter function pgmq.${from}(text, bigint[]) rename to ${to}`);
    await rename("archive", "archive_away");
    try {
      gate.runs[0]?.resolve({});
      // Also when it is written alone, and sent again.
      for (let times = 0; times < 3; times += 1) {
        const failed = events.next("queue:failed");
        await clock.advance(2_000);
        expect(await failed).toEqual({ queue: "without_function", code: "QUEUE_PGMQ_MISSING" });
      }
    } finally {
      await rename("archive_away", "archive");
    }
    await clock.advance(2_000);
    await archived;
    expect(await pass).toMatchObject([{ claimed: 1, completed: 1, lost: 0 }]);
    expect(gate.runs).toHaveLength(1);
    expect(await view.archive("without_function")).toEqual(["1"]);
  });

  it("shares a queue between two processes, each message run once", async () => {
    const count = 400;
    await view.fill("shared", []);
    await test.database.query(
      "select pgmq.send_batch('shared', array(select '{}'::jsonb from generate_series(1, $1::int)))",
      [count],
    );
    const ran: string[] = [];
    const all = Promise.withResolvers<void>();
    let archived = 0;
    const processes = [1, 2].map(() => {
      const runtime = createSystemRuntime();
      const run = async ({ id }: { id: string }) => void ran.push(id);
      const consumers = createQueueConsumers({
        ...{ database: test.connect(3), runtime, batchSize: 20, concurrency: 4, handlers: { shared: { run } } },
      });
      leaks.clock(runtime.clock);
      consumers.events.on("message:archived", () => ++archived === count && all.resolve());
      consumers.start();
      return consumers;
    });
    await all.promise;
    expect(await Promise.all(processes.map((each) => each.drain(10_000)))).toEqual([{ jobIds: [] }, { jobIds: [] }]);
    expect(new Set(ran).size).toBe(count);
    expect(ran).toHaveLength(count);
    expect(await view.archive("shared")).toHaveLength(count);
  });

  it.each([1, 16, 64])("reads no more often for %i handlers at once", async (concurrency) => {
    const queue = `flat_${concurrency}`;
    await view.fill(queue, []);
    await test.database.query(`select pgmq.send_batch($1, array(select '{}'::jsonb from generate_series(1, 200)))`, [
      queue,
    ]);
    const { consumers, clock, log } = start({ [queue]: done }, { concurrency, batchSize: 20 });
    const all = consumers.events.next("message:archived", ({ messageId }) => messageId === "200");
    consumers.start();
    await clock.advance(0);
    await all;
    await consumers.drain(1_000);
    // The first read asks for what can begin at once, because nothing is known of the handler yet.
    expect(log.filter(({ name }) => name === "messages:read").length).toBeLessThanOrEqual(11);
    expect(await view.archive(queue)).toHaveLength(200);
  });

  it("runs again what a killed process had, when its visibility timeout is over", async () => {
    await view.fill("killed", [{}]);
    const gate = gatedHandler();
    const dead = makeProcess(test.database, { killed: gate.handler });
    void dead.consumers.runPass({ batchSize: 1 });
    await gate.begun(1);
    const alive = start({ killed: done });
    expect(await alive.consumers.runPass({ batchSize: 1 })).toMatchObject([{ claimed: 0 }]);
    await view.expire("killed");
    expect(await alive.consumers.runPass({ batchSize: 1 })).toMatchObject([{ claimed: 1, completed: 1 }]);
    expect(alive.log.at(-1)).toMatchObject({ name: "message:archived", readCount: 2 });
  });

  it("does not archive what another process has read meanwhile", async () => {
    await view.fill("late", [{}]);
    const [first, second] = [gatedHandler(), gatedHandler()];
    const slow = start({ late: first.handler });
    const slowPass = slow.consumers.runPass({ batchSize: 1 });
    await first.begun(1);
    await view.expire("late");
    const other = start({ late: second.handler });
    const otherPass = other.consumers.runPass({ batchSize: 1 });
    await second.begun(1);
    first.runs[0]?.resolve(undefined);
    expect(await slowPass).toMatchObject([{ claimed: 1, completed: 0, lost: 1 }]);
    expect(slow.log.at(-1)).toEqual({ name: "message:lost", queue: "late", messageId: "1", readCount: 1 });
    expect(await view.queue("late")).toMatchObject([{ id: "1", reads: 2 }]);
    second.runs[0]?.resolve(undefined);
    expect(await otherPass).toMatchObject([{ completed: 1, lost: 0 }]);
    expect(await view.archive("late")).toEqual(["1"]);
  });

  it("archives late what nobody else has read", async () => {
    await view.fill("unread", [{}]);
    const gate = gatedHandler();
    const { consumers } = start({ unread: gate.handler });
    const pass = consumers.runPass({ batchSize: 1 });
    await gate.begun(1);
    await view.expire("unread");
    gate.runs[0]?.resolve(undefined);
    expect(await pass).toMatchObject([{ completed: 1, lost: 0 }]);
  });

  it("keeps a long message invisible, a third of the timeout apart, and tells its handler when it is lost", async () => {
    await view.fill("long", [{}]);
    const gate = gatedHandler();
    const { consumers, clock, log } = start({ long: gate.handler });
    const pass = consumers.runPass({ batchSize: 1 });
    await gate.begun(1);
    await view.expire("long");
    await clock.advance(9_999);
    expect(await view.queue("long")).toMatchObject([
      { visible_in: expect.toSatisfy((seconds: number) => seconds < 0) },
    ]);
    await clock.advance(1);
    await expect
      .poll(() => view.queue("long"), patiently)
      .toMatchObject([{ reads: 1, visible_in: expect.toSatisfy((seconds: number) => seconds > 0 && seconds <= 30) }]);
    expect(gate.runs[0]?.signal.aborted).toBe(false);
    await test.database.query("update pgmq.q_long set read_ct = read_ct + 1");
    const lost = consumers.events.next("message:lost");
    await clock.advance(10_000);
    expect(await lost).toEqual({ queue: "long", messageId: "1", readCount: 1 });
    expect(gate.runs[0]?.signal.reason).toMatchObject({ code: "QUEUE_MESSAGE_LOST" });
    expect(await pass).toMatchObject([{ claimed: 1, lost: 1 }]);
    gate.runs[0]?.resolve(undefined);
    await consumers.drain(0);
    expect(log.map(({ name }) => name)).toEqual(["messages:read", "message:lost"]);
    expect(await view.queue("long")).toHaveLength(1);
  });

  it("cuts off a handler whose message it could not extend, and takes its outcome while nobody else has read it", async () => {
    await view.fill("cut", [{}, {}]);
    const gate = gatedHandler();
    let isAway = false;
    const query: typeof test.database.query = (...asked) =>
      isAway ? Promise.reject(Object.assign(new Error("away"), { code: "AWAY" })) : test.database.query(...asked);
    const { consumers, clock, log } = start({ cut: gate.handler }, { database: { ...test.database, query } });
    const pass = consumers.runPass({ batchSize: 2 });
    await gate.begun(2);
    isAway = true;
    await clock.advance(29_999);
    expect(gate.runs.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await clock.advance(2_500);
    expect(gate.runs.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    isAway = false;
    gate.runs[0]?.resolve(undefined);
    await clock.advance(20);
    await expect.poll(() => view.archive("cut"), patiently).toEqual(["1"]);
    await clock.advance(2_500);
    expect(await pass).toMatchObject([{ claimed: 2, completed: 1, lost: 1 }]);
    expect(log).toContainEqual({ name: "message:lost", queue: "cut", messageId: "2", readCount: 1 });
    expect(consumers.running).toBe(0);
    gate.runs[1]?.resolve(undefined);
    await consumers.drain(0);
    expect(await view.queue("cut")).toMatchObject([{ id: "2", reads: 1 }]);
  });

  it("leaves the pause to the handler, where it says how long", async () => {
    await view.fill("patient", [{}]);
    const backoff = { jitter: "proportional", baseMs: 40_000, maxMs: 40_000, factor: 1, jitterRatio: 0 } as const;
    const { consumers, log } = start({ patient: { ...failing, backoff } });
    expect(await consumers.runPass({ batchSize: 1 })).toMatchObject([{ claimed: 1, failed: 1 }]);
    expect(log.at(-1)).toMatchObject({ name: "message:failed", retryInMs: 40_000 });
  });

  it("tries again after a pause, and buries what failed on its last read", async () => {
    await view.fill("fails", [{ n: 1 }]);
    const { consumers, log } = start({ fails: failing }, { maxReads: 2 });
    expect(await consumers.runPass({ batchSize: 1 })).toMatchObject([{ claimed: 1, failed: 1 }]);
    const failed = log.at(-1);
    expect(failed).toMatchObject({ name: "message:failed", messageId: "1", readCount: 1, code: "Error" });
    const [row] = await view.queue("fails");
    const retryInMs = failed?.name === "message:failed" ? failed.retryInMs : 0;
    expect(retryInMs % 1000).toBe(0);
    expect(retryInMs).toBeGreaterThan(0);
    expect(row?.visible_in).toBeLessThanOrEqual(retryInMs / 1000);
    await view.expire("fails");
    expect(await consumers.runPass({ batchSize: 1 })).toMatchObject([{ claimed: 1, dead: 1 }]);
    expect(log.at(-1)).toEqual({ name: "message:dead", queue: "fails", messageId: "1", readCount: 2, code: "Error" });
    expect(await view.deadLetters("fails")).toEqual([
      { id: "1", code: "Error", words: "no", reads: 2, message: { n: 1 }, is_redriven: false },
    ]);
    expect(await view.queue("fails")).toEqual([]);
    expect(await view.archive("fails")).toEqual(["1"]);
  });

  it("makes the queue of the dead letters again where somebody has dropped it, so that the dead do not come back", async () => {
    await view.fill("dlq_gone", [[1], { n: 1 }]);
    await test.database.query("select pgmq.drop_queue('dlq_gone_dlq')");
    const { consumers } = start({ dlq_gone: done });
    expect(await consumers.runPass({ batchSize: 9 })).toMatchObject([{ claimed: 2, completed: 1, dead: 1, lost: 0 }]);
    expect(await view.deadLetters("dlq_gone")).toMatchObject([{ code: "JOB_INVALID", message: [1] }]);
    expect(await view.queue("dlq_gone")).toEqual([]);
  });

  it("sets poison aside at once, whatever is around it", async () => {
    await view.fill("poison", [{ n: 1 }, null, [1], "text", 7, { bad: true }, { giveUp: true }, { n: 2 }]);
    const ran: unknown[] = [];
    const { consumers } = start({
      poison: {
        check: (payload) => (JSON.stringify(payload).includes("bad") ? "bad is not allowed" : null),
        async run({ payload }) {
          ran.push(payload);
          if (JSON.stringify(payload).includes("giveUp")) throw giveUp("cannot be \0 done \ud800");
        },
      },
    });
    expect(await consumers.runPass({ batchSize: 25 })).toMatchObject([
      { claimed: 8, completed: 2, dead: 6, failed: 0 },
    ]);
    expect(ran).toEqual([{ n: 1 }, { giveUp: true }, { n: 2 }]);
    const words = "The payload is not a JSON object.";
    expect(await view.deadLetters("poison")).toMatchObject([
      { id: "2", code: "JOB_INVALID", words, message: null },
      { id: "3", code: "JOB_INVALID", words, message: [1] },
      { id: "4", code: "JOB_INVALID", words, message: "text" },
      { id: "5", code: "JOB_INVALID", words, message: 7 },
      { id: "6", code: "JOB_INVALID", words: "bad is not allowed", message: { bad: true } },
      { id: "7", code: "JOB_GIVEN_UP", words: "cannot be \ufffd done \ufffd", message: { giveUp: true } },
    ]);
  });

  it("buries unrun what was read too often and never finished", async () => {
    await view.fill("deadly", [{}, {}]);
    await test.database.query("update pgmq.q_deadly set read_ct = 5 where msg_id = 1");
    const ran: string[] = [];
    const { consumers } = start({ deadly: { run: async ({ id }) => ran.push(id) } });
    expect(await consumers.runPass({ batchSize: 25 })).toMatchObject([{ claimed: 2, completed: 1, dead: 1 }]);
    expect(ran).toEqual(["2"]);
    expect(await view.deadLetters("deadly")).toMatchObject([{ id: "1", code: "JOB_WORKER_LOST", reads: 6 }]);
  });

  it("never reads a message that is too large, and buries it at once, however small it is compressed", async () => {
    await view.fill("huge", [{ n: 1 }]);
    // 10 MB of JSON that is stored in 0.1 MB, and a number that is 10 bytes there and 3 MB as text.
    await test.database.query(
      "select pgmq.send('huge', jsonb_build_object('x', repeat('x', 10000000))) from generate_series(1, 3)",
    );
    await test.database.query(
      "select pgmq.send('huge', (select jsonb_agg('1e100000'::jsonb) from generate_series(1, 30)))",
    );
    await test.database.query("select pgmq.send('huge', '{\"n\": 2}')");
    const seen: unknown[] = [];
    const { consumers } = start({ huge: { run: async ({ payload }) => seen.push(payload) } });
    for (let pass = 0; pass < 5; pass += 1) await consumers.runPass({ batchSize: 25 });
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
    const letters = await test.database.query(
      `select l.message_id as id, l.error_code as code, l.error_message as words, l.read_count as reads,
         octet_length(d.message::text) > 3000000 as is_whole
       from shoal.queue_dead_letters l join pgmq.q_huge_dlq d on d.msg_id = l.dlq_message_id
       where l.queue = 'huge' order by l.id`,
    );
    const letter = { code: "JOB_INVALID", words: expect.stringContaining("larger than"), reads: 1, is_whole: true };
    expect(letters).toEqual(["2", "3", "4", "5"].map((id) => ({ id, ...letter })));
    expect(await view.queue("huge")).toEqual([]);
  });

  it("reads large messages a few at a time, each once", async () => {
    await view.fill("large", []);
    await test.database.query(
      "select pgmq.send('large', jsonb_build_object('x', repeat('x', 1000000))) from generate_series(1, 20)",
    );
    const gate = gatedHandler();
    const { consumers } = start({ large: gate.handler });
    const pass = consumers.runPass({ batchSize: 20 });
    await gate.begun(1);
    const held = async () => (await view.queue("large")).filter(({ reads }) => reads > 0).length;
    expect(await held()).toBeLessThanOrEqual(4);
    for (let ended = 0; ended < 20; ended += 1) {
      await gate.begun(ended + 1);
      gate.runs[ended]?.resolve({});
    }
    expect(await pass).toEqual([{ queue: "large", claimed: 20, completed: 20, failed: 0, dead: 0, lost: 0 }]);
    expect(gate.runs.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 1}`));
  });

  it("buries a message whose count of reads is at the end of its column, and reads all others", async () => {
    await view.fill("counted", [{}, {}]);
    await view.fill("beside", [{}]);
    await test.database.query("update pgmq.q_counted set read_ct = 2147483647 where msg_id = 1");
    const { consumers } = start({ counted: done, beside: done });
    expect(await consumers.runPass({ batchSize: 25 })).toMatchObject([
      { queue: "counted", claimed: 2, completed: 1, dead: 1 },
      { queue: "beside", claimed: 1, completed: 1 },
    ]);
    expect(await view.deadLetters("counted")).toMatchObject([{ id: "1", code: "JOB_WORKER_LOST" }]);
  });

  it("puts dead letters back with their key and headers, reads counted anew", async () => {
    await view.fill("redriven", []);
    await test.database.query(
      `select pgmq.send('redriven', '{"n": 1}', '{"trace": "t"}'::jsonb), pgmq.send('redriven', '{"n": 2}')`,
    );
    const keys: string[] = [];
    let isHealed = false;
    const { consumers } = start({
      redriven: {
        async run({ payload, attempt }, { idempotencyKey }) {
          keys.push(`${JSON.stringify(payload)} ${attempt} ${idempotencyKey}`);
          if (!isHealed) throw giveUp("not yet");
        },
      },
    });
    await consumers.runPass({ batchSize: 25 });
    expect(await redriveDlq(test.database, "redriven", 1)).toBe(1);
    expect(await view.deadLetters("redriven")).toMatchObject([
      { id: "1", is_redriven: true, message: null },
      { id: "2", is_redriven: false, message: { n: 2 } },
    ]);
    expect(await test.database.query("select headers ->> 'trace' as trace from pgmq.q_redriven")).toEqual([
      { trace: "t" },
    ]);
    expect(await redriveDlq(test.database, "redriven", 100)).toBe(1);
    expect(await redriveDlq(test.database, "redriven", 100)).toBe(0);
    isHealed = true;
    expect(await consumers.runPass({ batchSize: 25 })).toMatchObject([{ claimed: 2, completed: 2 }]);
    expect(keys.slice(2)).toEqual(keys.slice(0, 2));
    expect(await view.archive("redriven")).toEqual(["1", "2", "3", "4"]);
  });

  it("leaves out a queue that is not there, says so, and reads the others", async () => {
    await view.fill("there", [{}]);
    const { consumers, clock, log } = start({ absent: done, there: done });
    expect(await consumers.runPass({ batchSize: 5 })).toMatchObject([{ claimed: 0 }, { queue: "there", completed: 1 }]);
    expect(log).toContainEqual({ name: "queue:failed", queue: "absent", code: "QUEUE_UNKNOWN" });
    expect(await consumers.runPass({ batchSize: 5 })).toMatchObject([{ queue: "there" }]);
    await view.fill("absent", [{}]);
    await clock.advance(30_000);
    expect(await consumers.runPass({ batchSize: 5 })).toMatchObject([{ queue: "absent", completed: 1 }, {}]);
  });

  it("drains: waits for handlers, then aborts them and gives back what is unfinished", async () => {
    await view.fill("drained", [{}, {}, {}, {}]);
    const gate = gatedHandler();
    const { consumers, clock, log } = start({ drained: gate.handler }, { concurrency: 3 });
    const pass = consumers.runPass({ batchSize: 4 });
    await gate.begun(3);
    const draining = consumers.drain(5_000);
    expect(consumers.drain(1)).toBe(draining);
    gate.runs[0]?.resolve(undefined);
    await clock.advance(20);
    await expect.poll(() => view.archive("drained"), patiently).toEqual(["1"]);
    await expect.poll(() => log.filter(({ name }) => name === "message:released").length, patiently).toBe(1);
    expect(gate.runs.map((run) => run.signal.aborted)).toEqual([false, false, false]);
    // A quarter of its time is for handlers to end when they are aborted, and for giving back.
    await clock.advance(4_375 - 20);
    expect((await draining).jobIds.toSorted()).toEqual(["drained:2", "drained:3", "drained:4"]);
    expect(gate.runs.map((run) => run.signal.aborted)).toEqual([false, true, true]);
    expect(await pass).toMatchObject([{ claimed: 4, completed: 1, failed: 0, dead: 0, lost: 0 }]);
    expect(await view.archive("drained")).toEqual(["1"]);
    for (const row of await view.queue("drained")) expect(row.visible_in).toBeLessThanOrEqual(0);
    gate.runs[1]?.resolve(undefined);
    gate.runs[2]?.reject(new Error("aborted"));
    expect(await consumers.runPass({ batchSize: 4 })).toEqual([]);
    expect(log.filter(({ name }) => name === "message:released")).toHaveLength(3);
    expect(await view.queue("drained")).toHaveLength(3);
  });

  it("reads by itself, sooner when nudged, and outlives a database that is away", async () => {
    await view.fill("paced", []);
    let isAway = true;
    const query: typeof test.database.query = (...asked) =>
      isAway ? Promise.reject(Object.assign(new Error("away"), { code: "AWAY" })) : test.database.query(...asked);
    const { consumers, clock, log } = start({ paced: done }, { database: { ...test.database, query } });
    consumers.start();
    await clock.advance(0);
    expect(log).toEqual([{ name: "queue:failed", queue: "paced", code: "AWAY" }]);
    isAway = false;
    await view.fill("paced", [{}]);
    const archived = consumers.events.next("message:archived");
    await clock.advance(2_000);
    await archived;
    await view.fill("paced", [{}]);
    const next = consumers.events.next("message:archived");
    await expect.poll(() => clock.pendingTimers, patiently).toBe(1);
    consumers.nudge();
    await clock.advance(0);
    await next;
    expect(await consumers.drain(1_000)).toEqual({ jobIds: [] });
  });
});
