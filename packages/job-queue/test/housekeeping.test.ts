import { type Sql, StoreError } from "@shoal/store";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { housekeep } from "../src/housekeeping/housekeep.ts";
import { oldCronRuns, prune } from "../src/housekeeping/prune.ts";
import { vacuum } from "../src/housekeeping/vacuum.ts";
import { installPgmq } from "../src/pgmq/install-pgmq.ts";
import { ensureQueues } from "../src/pgmq/queues.ts";

const never = new AbortController().signal;

describe.each(backends())("housekeeping on the %s Postgres", (backend) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
    await installPgmq(test.database);
    await ensureQueues(test.database, ["ours", "theirs"]);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const run = (signal = never) =>
    housekeep({ database: test.database, archiveAfterDays: 7, queues: ["ours", "not_made"], signal });
  const count = async (table: string) => {
    const rows = await test.database.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    return rows[0]?.count;
  };

  it("archives what has been over for longer than told, in as many batches as it takes, and nothing else", async () => {
    await test.database.query(
      `insert into shoal.jobs (type, status, finished_at)
       select 'x', status, clock_timestamp() - days * interval '1 day'
       from (values ('completed', 8, 1500), ('dead', 8, 600), ('completed', 6, 2), ('dead', 6, 1)) as given (status, days, many),
         generate_series(1, many)`,
    );
    await test.database.query(
      "insert into shoal.jobs (type, run_at) values ('x', clock_timestamp() - interval '30 days')",
    );
    const report = await run();
    expect(report.archivedJobs).toBe(2100);
    expect([await count("shoal.jobs"), await count("shoal.jobs_archive")]).toEqual([4, 2100]);
    expect((await run()).archivedJobs).toBe(0);
  });

  it("deletes what is older than 90 days, of our own queues only", async () => {
    const { database } = test;
    for (const queue of ["ours", "ours_dlq", "theirs"]) {
      await database.query("select pgmq.archive($1::text, id) from pgmq.send($1::text, '{}'::jsonb) as id", [queue]);
      await database.query("select pgmq.archive($1::text, id) from pgmq.send($1::text, '{}'::jsonb) as id", [queue]);
      await database.query(`update pgmq.a_${queue} set archived_at = now() - interval '91 days' where msg_id = 1`);
    }
    for (const days of [89, 91]) {
      await database.query(
        `with age as (select clock_timestamp() - $1::int * interval '1 day' as at),
         audit as (insert into shoal.job_audit (at, actor, action, outcome) select at, 'cli', 'retry', 'done' from age),
         acts as (insert into shoal.job_acts (actor, action, filter, last_id, expected, ended_at) select 'api', 'retry', '{}', 1, 1, at from age),
         letters as (insert into shoal.queue_dead_letters (queue, message_id, dlq_message_id, read_count, error_code, dead_at, redriven_at)
           select 'ours', 1, 1, 5, 'X', at, case when $1 > 90 then at end from age union all select 'ours', 2, 2, 5, 'X', at, null from age),
         commands as (insert into public.bot_control (bot_id, command, applied_at, outcome) select 'b', 'START_BOT', at, 'applied' from age),
         waiting as (insert into public.bot_control (bot_id, command, created_at) select 'b', 'START_BOT', at from age),
         leases as (insert into shoal.leases (resource, holder, epoch, expires_at)
           select name || $1, holder, 1, at from age, (values ('bot:a', null), ('bot:b', 'r'), ('other:', null)) as held (name, holder)),
         archived as (update shoal.jobs_archive set archived_at = age.at from age where id = (select min(id) + $1 from shoal.jobs_archive))
         insert into shoal.metric_samples (message_key, ordinal, name, value, sampled_at) select 'm' || $1, 1, 'n', 1, at from age`,
        [days],
      );
    }
    const { deleted } = await run();
    expect(deleted).toEqual({
      "shoal.jobs_archive": 1,
      "shoal.job_audit": 1,
      "shoal.job_acts": 1,
      "shoal.job_dual_runs": 0,
      "shoal.queue_dead_letters": 1,
      "shoal.metric_samples": 1,
      "shoal.alert_deliveries": 0,
      "shoal.risk_alerts": 0,
      "public.bot_control": 1,
      "shoal.leases": 1,
      'pgmq."a_ours"': 1,
      'pgmq."a_ours_dlq"': 1,
      'pgmq."a_not_made"': 0,
      'pgmq."a_not_made_dlq"': 0,
      "shoal.job_outbox": 0,
      "cron.job_run_details": 0,
    });
    expect(await count("pgmq.a_theirs")).toBe(2);
    expect(await count("shoal.queue_dead_letters")).toBe(3);
    expect(await count("public.bot_control where applied_at is null")).toBe(2);
  });

  it("really vacuums: the pages of what was deleted are free again", async () => {
    const { database } = test;
    await database.query("insert into shoal.jobs (type) select 'x' from generate_series(1, 2000)");
    await database.query("delete from shoal.jobs");
    const sizeOf = (table: string) => database.query("select pg_relation_size($1::regclass)::int as bytes", [table]);
    expect((await sizeOf("shoal.jobs"))[0]).not.toEqual({ bytes: 0 });
    const { vacuumed } = await run();
    expect(vacuumed).toEqual(
      expect.arrayContaining(["shoal.jobs", "shoal.jobs_archive", "pgmq.q_ours", "pgmq.a_ours_dlq"]),
    );
    expect(vacuumed.filter((table) => table.includes("theirs") || table.includes("not_made"))).toEqual([]);
    // A vacuum cuts off the empty pages at the end of a table, which nothing else does.
    expect(await sizeOf("shoal.jobs")).toEqual([{ bytes: 0 }]);
  });

  it("deletes the runs of our pg_cron jobs after 7 days, and leaves those of others", async () => {
    const { database } = test;
    await database.script(`
      create schema cron;
      create table cron.job (jobid bigint primary key, jobname text);
      create table cron.job_run_details (jobid bigint, runid bigint, end_time timestamptz);
      insert into cron.job values (1, 'shoal-cron'), (2, 'their-own');
      insert into cron.job_run_details select jobid, 1, now() - interval '8 days' from cron.job union all select 1, 2, now();`);
    expect((await run()).deleted["cron.job_run_details"]).toBe(1);
    expect(await count("cron.job_run_details")).toBe(2);
  });

  it("drops events for Inngest of jobs that were over long ago, and keeps those that may yet be sent", async () => {
    const { database } = test;
    await database.query(
      `with job as (
         insert into shoal.jobs (id, type, status, finished_at) overriding system value
         values (9001, 'x', 'pending', null), (9002, 'x', 'completed', now()), (9003, 'x', 'dead', now()) returning id)
       insert into shoal.job_outbox (job_id, send_at)
       select id, now() - interval '2 days' from job union all values (9004, now() - interval '2 days'), (9005, now())`,
    );
    expect((await run()).deleted["shoal.job_outbox"]).toBe(3);
    const kept = await database.query<{ id: number }>("select job_id::int as id from shoal.job_outbox order by 1");
    expect(kept.map(({ id }) => id)).toEqual([9001, 9005]);
  });

  it("lets be what it may not look at, as pg_cron where nobody has let us in", async () => {
    await test.database.script(
      "create schema if not exists cron; create table if not exists cron.job_run_details (jobid int)",
    );
    await test.database.script("grant select, delete on cron.job_run_details to public");
    const done = await test.database.transaction(async (tx) => {
      await tx.query("set local role anon");
      return [await prune(tx, oldCronRuns(), never), await vacuum(tx, ["ours"], never)];
    });
    expect(done).toEqual([0, []]);
  });

  it("goes on with the other tables where one takes longer than the server allows", async () => {
    const refusing = (code: string): Pick<Sql, "query"> => ({
      query: (text, params) =>
        text.endsWith("(analyze) shoal.jobs_archive")
          ? Promise.reject(new StoreError(code, "canceling statement due to statement timeout"))
          : test.database.query(text, params),
    });
    const vacuumed = await vacuum(refusing("STORE_QUERY"), ["ours"], never);
    expect(vacuumed).toEqual(expect.arrayContaining(["shoal.jobs", "shoal.metric_samples", "pgmq.q_ours"]));
    expect(vacuumed).not.toContain("shoal.jobs_archive");
    await expect(vacuum(refusing("STORE_UNAVAILABLE"), ["ours"], never)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
  });

  it("ends between two statements when it is told to", async () => {
    const reason = new Error("time limit");
    await expect(run(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
