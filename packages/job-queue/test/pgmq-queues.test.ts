import type { Database } from "@shoal/store";
import { backends, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWorkFigures } from "../src/health/read-figures.ts";
import { createQueueConsumers, ensureQueues, installPgmq, type Json, sendMessage } from "../src/index.ts";
import { redriveDlq } from "../src/pgmq/queues.ts";
import { queueView } from "./pgmq-support.ts";

const BAD_NAMES = ["", "Jobs", "a b", "a;b", "a--b", 'a"b', "a'b", "a$b", "a.b", "é", "a".repeat(44)];

describe.each(backends())("pgmq queues on the %s backend", (backend) => {
  let test: TestDatabase;
  let database: Database<string>;

  beforeAll(async () => {
    test = await testDatabase({ backend });
    database = test.database;
    await installPgmq(database);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const queueDepths = async (of: Database, names: readonly string[]) => (await readWorkFigures(of, names)).depths;

  const queueNames = async () => {
    const rows = await database.query<{ queue_name: string }>("select queue_name from pgmq.list_queues() order by 1");
    return rows.map((row) => row.queue_name);
  };

  it("makes queues with their dead letter queues once, however many ask", async () => {
    const longest = "a".repeat(43);
    const names = ["made", "made-2", longest];
    await database.query("select pgmq.create('made')");
    await Promise.all([1, 2, 3].map(() => ensureQueues(test.connect(1), [...names, "made"])));
    expect(await queueNames()).toEqual(names.flatMap((name) => [name, `${name}_dlq`]).toSorted());
    await sendMessage(database, longest, {});
    expect(await queueDepths(database, [longest])).toMatchObject([{ length: 1, dlqLength: 0 }]);
  });

  it.each(BAD_NAMES)("refuses the name %j and makes none", async (name) => {
    const before = await queueNames();
    const refused = { code: "QUEUE_INVALID", details: { queue: name } };
    await expect(ensureQueues(database, ["fine", name])).rejects.toMatchObject(refused);
    await expect(sendMessage(database, name, {})).rejects.toMatchObject(refused);
    await expect(queueDepths(database, [name])).rejects.toMatchObject(refused);
    await expect(redriveDlq(database, name, 1)).rejects.toMatchObject(refused);
    const handlers = { [name]: { run: async () => {} } };
    const make = () =>
      createQueueConsumers({ database, runtime: testRuntime(), handlers, batchSize: 1, concurrency: 1 });
    expect(make).toThrow(expect.objectContaining(refused));
    expect(await queueNames()).toEqual(before);
  });

  it("sends within the transaction of the caller, now or later", async () => {
    await ensureQueues(database, ["sent"]);
    const rolledBack = database.transaction(async (tx) => {
      await sendMessage(tx, "sent", {});
      throw new Error("never mind");
    });
    await expect(rolledBack).rejects.toThrow("never mind");
    expect(await sendMessage(database, "sent", { text: "ä 'quoted' \\u0041" })).toMatch(/^\d+$/);
    await sendMessage(database, "sent", null, { delaySeconds: 60 });
    expect(await database.query("select message from pgmq.q_sent order by msg_id")).toEqual([
      { message: { text: "ä 'quoted' \\u0041" } },
      { message: null },
    ]);
    expect(await queueDepths(database, ["sent"])).toEqual([
      { queue: "sent", length: 2, visible: 1, oldestMs: expect.any(Number), dlqLength: 0 },
    ]);
  });

  it.each<[string, unknown, number | undefined, string]>([
    ["a negative delay", {}, -1, "JOB_INVALID"],
    ["half a second", {}, 0.5, "JOB_INVALID"],
    ["a delay beyond an int", {}, 2 ** 31, "JOB_INVALID"],
    ["what is not JSON", undefined, undefined, "JOB_INVALID"],
    ["what JSON has no way to write", 1n, undefined, "JOB_INVALID"],
    ["the character NUL", { text: "\0" }, undefined, "JOB_INVALID"],
    ["half of a pair", { text: "\ud800" }, undefined, "JOB_INVALID"],
    ["more than 1 MB", { text: "x".repeat(1_048_576) }, undefined, "JOB_PAYLOAD_TOO_LARGE"],
  ])("refuses %s, with nothing sent", async (_what, payload, delaySeconds, code) => {
    await ensureQueues(database, ["refusing"]);
    const options = delaySeconds === undefined ? {} : { delaySeconds };
    await expect(sendMessage(database, "refusing", payload as Json, options)).rejects.toMatchObject({ code });
    expect(await queueDepths(database, ["refusing"])).toEqual([
      { queue: "refusing", length: 0, visible: 0, oldestMs: null, dlqLength: 0 },
    ]);
  });

  it("says that a queue is unknown, and leaves it out of the depths", async () => {
    await ensureQueues(database, ["known"]);
    const unknown = { code: "QUEUE_UNKNOWN", details: { queue: "unknown" } };
    await expect(sendMessage(database, "unknown", {})).rejects.toMatchObject(unknown);
    await expect(redriveDlq(database, "unknown", 1)).rejects.toMatchObject(unknown);
    expect(await queueDepths(database, ["unknown", "known"])).toMatchObject([{ queue: "known" }]);
  });

  it("counts dead letters with the queue they come from", async () => {
    await queueView(database).fill("counted", [{}, {}, {}]);
    await database.query("select pgmq.send('counted_dlq', '{}'), pgmq.read('counted', 30, 1)");
    expect(await queueDepths(database, ["counted"])).toMatchObject([{ length: 3, visible: 2, dlqLength: 1 }]);
  });
});

describe.each(backends())("a database without pgmq on the %s backend", (backend) => {
  it("says so, and what to do, and changes nothing where it cannot be installed", async () => {
    await using test = await testDatabase({ backend });
    const { database, name } = test;
    const missing = { code: "QUEUE_PGMQ_MISSING", message: expect.stringContaining("create extension pgmq") };
    await expect(ensureQueues(database, ["jobs"])).rejects.toMatchObject(missing);
    await expect(sendMessage(database, "jobs", {})).rejects.toMatchObject(missing);
    await expect(redriveDlq(database, "jobs", 1)).rejects.toMatchObject(missing);
    const handlers = { jobs: { run: async () => {} } };
    const consumers = createQueueConsumers({
      database,
      runtime: testRuntime(),
      handlers,
      batchSize: 1,
      concurrency: 1,
    });
    await expect(consumers.runPass({ batchSize: 1 })).rejects.toMatchObject(missing);

    const role = `${name}_poor`;
    await database.query(`create role ${role}`);
    try {
      const asPoor: Pick<Database<string>, "transaction"> = {
        transaction: (work) =>
          database.transaction(async (tx) => {
            await tx.query(`set local role ${role}`);
            return work(tx);
          }),
      };
      await expect(installPgmq(asPoor)).rejects.toMatchObject(missing);
      expect(await database.query("select to_regnamespace('pgmq') as pgmq")).toEqual([{ pgmq: null }]);
    } finally {
      await database.query(`drop role ${role}`);
    }
  });

  it("is told apart from a pgmq that is too old", async () => {
    await using test = await testDatabase({ backend });
    await test.database.script(`
      create schema pgmq; create function pgmq."create"(queue_name text) returns void language sql as 'select'`);
    await expect(installPgmq(test.database)).rejects.toMatchObject({
      code: "QUEUE_PGMQ_MISSING",
      message: expect.stringContaining("older than 1.5.1"),
    });
  });
});
