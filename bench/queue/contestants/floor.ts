import { createSystemRuntime, sleep } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { type ContestantKind, JOB_TYPE, PAYLOAD } from "../contestant.ts";

/** Claims jobs with the least that keeps others from the same jobs: writes no lease, no epoch and no attempt. */
const CLAIM_SQL = `
with due as materialized (
  select id from shoal.jobs
  where status = 'pending' and run_at <= clock_timestamp()
  order by priority desc, run_at, id
  limit $1 for update skip locked
)
update shoal.jobs set status = 'running' from due where jobs.id = due.id returning jobs.id, type, payload`;

const COMPLETE_SQL = "update shoal.jobs set status = 'completed' where id = any($1::bigint[])";

const INSERT_SQL = `
insert into shoal.jobs (type, payload)
select $1, value from jsonb_array_elements(($2::text)::jsonb) value`;

const IDLE_MS = 5;

/** The floor: claims and completes in turn, by the barest statements. */
export function floor(batchSize: number): ContestantKind {
  return {
    settings: `claims and completes ${batchSize} at a time, sequentially, on our table and driver`,
    clearSql: "truncate shoal.jobs",
    leftSql: "select from shoal.jobs where status = 'running' limit 1",
    async open(url, onRun) {
      const { clock, ...runtime } = createSystemRuntime();
      const database = createDatabase<string>({ url, runtime: { ...runtime, clock }, maxConnections: 8 });
      let working: Promise<void> | undefined;
      let isWorking = false;
      const loop = async () => {
        while (isWorking) if ((await claimAndComplete(database, batchSize, onRun)) === 0) await sleep(clock, IDLE_MS);
      };
      const insert = async (count: number) => {
        const payloads = JSON.stringify(Array.from({ length: count }, () => PAYLOAD));
        await database.query(INSERT_SQL, [JOB_TYPE, payloads]);
      };
      const rest = async () => {
        isWorking = false;
        await working;
      };
      return {
        insertMany: insert,
        insertOne: () => insert(1),
        async work() {
          isWorking = true;
          working = loop();
        },
        rest,
        close: async () => {
          await rest();
          await database.close();
        },
      };
    },
  };
}

async function claimAndComplete(database: Database<string>, batchSize: number, onRun: () => void): Promise<number> {
  const claimed = await database.query<{ id: string }>(CLAIM_SQL, [batchSize]);
  for (const _job of claimed) onRun();
  if (claimed.length > 0) await database.query(COMPLETE_SQL, [claimed.map(({ id }) => id)]);
  return claimed.length;
}
