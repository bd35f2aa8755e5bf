import { createEmitter, createSystemRuntime, type Runtime, unreported } from "@shoal/kernel";
import { backends, emptyTables, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { CallInbox } from "../src/inngest/call-inbox.ts";
import { CallSource } from "../src/inngest/call-source.ts";
import { enqueueAll } from "../src/jobs/enqueue.ts";
import { JobSource } from "../src/jobs/job-source.ts";
import { installPgmq } from "../src/pgmq/install-pgmq.ts";
import { QueueSource } from "../src/pgmq/queue-source.ts";
import { ensureQueues, sendMessage } from "../src/pgmq/queues.ts";
import { createQueueStatements } from "../src/pgmq/statements.ts";
import type { JobEvents, QueueEvents } from "../src/types.ts";
import type { ClaimedWork } from "../src/work/attempt.ts";
import type { WorkSource } from "../src/work/work-source.ts";
import { type ExampleRun, RUNS_SQL, RunSource } from "./run-source.ts";
import { emptyJobs } from "./support.ts";
import { describeWorkSource, type Run, type SourceHarness } from "./work-source-conformance.ts";

const LEASE_MS = 30_000;
const reports = {
  claims: unreported("test"),
  writesOf: () => unreported("test"),
  leases: unreported("test"),
};

describe.each(backends())("on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let runtime: Runtime;
  let inbox: CallInbox;

  beforeAll(async () => {
    test = await testDatabase({ backend });
    await installPgmq(test.database);
    await ensureQueues(test.database, ["work"]);
    await test.database.query(RUNS_SQL);
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    runtime = createSystemRuntime();
    inbox = new CallInbox(() => {});
    await emptyJobs(test.database);
    await test.database.query("select pgmq.purge_queue(name) from unnest(array['work', 'work_dlq']) as name");
    await emptyTables(test.database, ["public.example_runs", "shoal.queue_dead_letters"]);
  });

  const rows = <Row extends object>(text: string, ...params: string[]) => test.database.query<Row>(text, params);
  /** The engine hands a source only work of its own. */
  const ofAnyWork = <Work extends ClaimedWork>(source: WorkSource<Work>) =>
    source as unknown as WorkSource<ClaimedWork>;
  const stateOf = async (text: string, id: string) => {
    const [row] = await rows<{ state: string }>(text, id);
    return row?.state === "completed" || row?.state === "done" ? "done" : row?.state === "dead" ? "dead" : "open";
  };

  const jobs = (open: SourceHarness["open"], offer: (id: string) => void): SourceHarness => ({
    runtime,
    open,
    async add(count) {
      const added = await enqueueAll(
        test.database,
        Array.from({ length: count }, () => ({ type: "t" })),
      );
      for (const { id } of added) offer(id);
      return added.map(({ id }) => id);
    },
    offerAgain: offer,
    steal: async (id) =>
      void (await rows("update shoal.jobs set epoch = epoch + 1, worker_id = 'other' where id = $1::bigint", id)),
    stateOf: (id) => stateOf("select status as state from shoal.jobs where id = $1::bigint", id),
  });
  const jobOptions = (run: Run, ownRuntime = runtime) => ({
    ...{ database: test.database, runtime: ownRuntime, workerId: "me", handlers: { t: { run } }, leaseMs: LEASE_MS },
    ...{ events: createEmitter<JobEvents>(), reports },
  });

  describeWorkSource("jobs", () =>
    jobs(
      (...options) => ofAnyWork(new JobSource({ ...jobOptions(...options), executor: "supabase" })),
      () => {},
    ),
  );

  describeWorkSource("Inngest's calls", () =>
    jobs(
      (...options) => ofAnyWork(new CallSource({ ...jobOptions(...options), inbox, dueForMs: 0 })),
      (id) => void inbox.receive(id).catch(() => {}),
    ),
  );

  describeWorkSource("pgmq messages", () => ({
    runtime,
    open: (run, ownRuntime = runtime) =>
      ofAnyWork(
        new QueueSource({
          ...{ sql: test.database, statements: createQueueStatements(test.database), runtime: ownRuntime },
          ...{ handlers: { work: { run } }, events: createEmitter<QueueEvents>(), visibilitySeconds: 30, maxReads: 5 },
          ...{ reportLoop: unreported, enqueue: () => Promise.reject(new Error("no job is added here")) },
        }),
      ),
    async add(count) {
      const ids: string[] = [];
      while (ids.length < count) ids.push(await sendMessage(test.database, "work", {}));
      return ids;
    },
    offerAgain: () => {},
    steal: async (id) =>
      void (await rows("update pgmq.q_work set read_ct = read_ct + 1 where msg_id = $1::bigint", id)),
    stateOf: (id) =>
      stateOf(
        `select case when exists (select from pgmq.q_work where msg_id = $1::bigint) then 'open'
           when exists (select from shoal.queue_dead_letters where message_id = $1::bigint) then 'dead'
           else 'done' end as state`,
        id,
      ),
  }));

  describeWorkSource("runs that are claimed and written by one statement", () => ({
    runtime,
    open: (run, ownRuntime = runtime) => ofAnyWork<ExampleRun>(new RunSource(test.database, ownRuntime, run)),
    add: async (count) =>
      (
        await rows<{ id: string }>(
          "insert into public.example_runs select from generate_series(1, $1::int) returning id::text",
          String(count),
        )
      ).map(({ id }) => id),
    offerAgain: () => {},
    steal: async (id) =>
      void (await rows("update public.example_runs set epoch = epoch + 1, holder = 'other' where id = $1::bigint", id)),
    stateOf: (id) => stateOf("select state from public.example_runs where id = $1::bigint", id),
  }));
});
