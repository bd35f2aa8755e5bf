import type { Sql } from "@shoal/store";
import { type AskKept, pagesOfKeptPlans, testDatabase, usualBackends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { claimByIds, completeAndClaim, type Fence, renew, rescue } from "../src/jobs/job-sql.ts";

const FEW = 8;
const MANY = 60_000;
const BATCH = 25;
const WORKER = "w1";
const LIMIT_MS = 120_000;

/** Of 8 kB each. The table of the many has 1,300. */
const MAX_PAGES = 700;
/** A rescue looks at each job that is held: one in four, far more than workers ever hold. */
const MAX_PAGES_OF_RESCUE = 2500;

/** Jobs in turn pending, held, completed and dead; a few leases have run out. Without triggers, which would take most of the time. */
const addJobs = (first: number, last: number) => `
  set session_replication_role = replica;
  insert into shoal.jobs (id, type, status, run_at, epoch, worker_id, lease_expires_at, finished_at, unique_key)
    select n, 'plan.test', (array['pending', 'running', 'completed', 'dead'])[1 + n % 4], clock_timestamp() - interval '1 minute', 1,
      case when n % 4 > 0 then '${WORKER}' end,
      case when n % 4 = 1 then clock_timestamp() + case n % 2000 when 1 then '-1 hour' else interval '1 hour' end end,
      case when n % 4 > 1 then clock_timestamp() - interval '1 hour' end, 'key ' || n
    from generate_series(${first}, ${last}) n;
  set session_replication_role = origin;`;

const held = (isFull: boolean): Fence[] =>
  Array.from({ length: isFull ? BATCH : 2 }, (_, n) => ({ id: String((isFull ? MANY / 2 + 5 : 1) + 4 * n), epoch: 1 }));
const idsOf = (jobs: readonly Fence[]) => jobs.map(({ id }) => id);
const failed = (jobs: readonly Fence[]) => jobs.map((each) => ({ ...each, code: "X", message: "", retryInMs: 1 }));
const claimBy = (workerId: string, limit: number) => ({ workerId, limit, leaseMs: 10_000 });

/** What workers, sweeps and people ask for. */
const ASKS: Record<string, AskKept> = {
  "a claim": (sql) => completeAndClaim(sql, claimBy("w2", BATCH), {}),
  completed: (sql, isFull) => completeAndClaim(sql, claimBy(WORKER, 0), { completed: held(isFull) }),
  failed: (sql, isFull) => completeAndClaim(sql, claimBy(WORKER, 0), { failed: failed(held(isFull)) }),
  "completed after a loss": (sql, isFull) => completeAndClaim(sql, claimBy("w2", 0), { completed: held(isFull) }),
  "released after a loss": (sql, isFull) => completeAndClaim(sql, claimBy("w2", 0), { released: held(isFull) }),
  "a renewal": (sql, isFull) => renew(sql, WORKER, held(isFull), 10_000),
  "claims by ids": (sql, isFull) => claimByIds(sql, { ids: idsOf(held(isFull)), workerId: "w2", leaseMs: 10_000 }),
  "a look for the next due one": (sql) => sql.query("select shoal.job_next_due_ms()"),
  "a look for the first due one": (sql) => sql.query("select shoal.job_due_ms()"),
  "the archive": (sql) => sql.query(`select shoal.job_archive(0, ${BATCH})`),
  "a redrive": (sql) => sql.query(`select shoal.job_redrive(null, ${BATCH})`),
  "a retry": (sql) => sql.query("select shoal.job_retry(3)"),
  "a cancellation": (sql) => sql.query("select shoal.job_cancel(4)"),
  "an enqueue of known keys": (sql, isFull) =>
    sql.query("select * from shoal.job_enqueue(($1::text)::jsonb)", [
      JSON.stringify(held(isFull).map(({ id }) => ({ type: "plan.test", unique_key: `key ${id}` }))),
    ]),
};

/** Looks at each job that is held, as a rescue does. */
const pulse: AskKept = (sql) =>
  sql.query(
    `select outlook from shoal.pulse('r', 10000, 3, 10, '{}', '{}',
       '{control,held_jobs,jobs,orders,outbox,queues,schedules,strategies}', '{none}')`,
  );

describe.each(usualBackends())("on the %s Postgres, plans from when there were a few jobs", (backend) => {
  it(
    "read a few pages of many",
    async () => {
      await using test = await testDatabase({ backend });
      const asks = { ...ASKS, "a rescue": (sql: Sql<string>) => rescue(sql), "a pulse": pulse };
      const {
        "a rescue": ofRescue,
        "a pulse": ofPulse,
        ...others
      } = await pagesOfKeptPlans(test, {
        asks,
        few: addJobs(1, FEW),
        many: addJobs(FEW + 1, MANY),
      });
      expect(Object.entries(others).filter(([, pageCount]) => pageCount > MAX_PAGES)).toEqual([]);
      expect(ofRescue).toBeLessThan(MAX_PAGES_OF_RESCUE);
      expect(ofPulse).toBeLessThan(MAX_PAGES_OF_RESCUE);
    },
    LIMIT_MS,
  );
});
