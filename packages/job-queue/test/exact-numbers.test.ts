import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installPgmq } from "../src/index.ts";
import { createJobAdmin } from "../src/jobs/job-admin.ts";
import { claimByIds } from "../src/jobs/job-sql.ts";
import { ClaimedMessage } from "../src/pgmq/queue-source.ts";
import { ensureQueues } from "../src/pgmq/queues.ts";
import { createQueueStatements } from "../src/pgmq/statements.ts";
import { claim, emptyJobs } from "./support.ts";

const STORED = '{"id": 9007199254740993, "price": 0.12345678901234567890, "plain": [1, 2.5, "9007199254740993"]}';
const READ = { id: "9007199254740993", price: "0.12345678901234567890", plain: [1, 2.5, "9007199254740993"] };

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());

it("a job's payload keeps every digit on its way to the handler and to people", async () => {
  await emptyJobs(test.database);
  const add = async () => {
    const [row] = await test.database.query<{ id: string }>(
      "insert into shoal.jobs (type, payload) values ('a', ($1::text)::jsonb) returning id",
      [STORED],
    );
    return row?.id ?? "";
  };
  await add();
  expect((await claim(test.database)).map(({ payload }) => payload)).toEqual([READ]);
  const id = await add();
  const called = await claimByIds(test.database, { ids: [id], workerId: "w", leaseMs: 1000 });
  expect(called.map(({ payload }) => payload)).toEqual([READ]);
  const admin = createJobAdmin({ database: test.database, handlers: {} });
  expect(await admin.show(id)).toMatchObject({ payload: READ });
});

it("a message's payload keeps every digit on its way to the handler", async () => {
  await installPgmq(test.database);
  await ensureQueues(test.database, ["exact"]);
  await test.database.query("select pgmq.send('exact', ($1::text)::jsonb)", [STORED]);
  const { rows } = await createQueueStatements(test.database).read([{ lane: "exact", quantity: 1 }], 30);
  expect(rows.map((row) => new ClaimedMessage(row, 5).payload)).toEqual([READ]);
});
