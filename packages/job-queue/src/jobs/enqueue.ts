import { invariant, isFleetError } from "@shoal/kernel";
import { statement } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import type { Enqueued, EnqueueSql, JobHandlers, NewJob } from "../types.ts";
import { jobAsJson } from "./check-job.ts";

/** Limits of one statement; further jobs go with the next one. */
const MAX_BATCH_COUNT = 1000;
const MAX_BATCH_CHARACTERS = 16_000_000;

/**
 * Adds a job. On a transaction it commits or vanishes with it; it is claimed once it is committed. Not idempotent, unless it
 * has a `uniqueKey`: while a job of that key is pending or running, its id is given and nothing is added.
 *
 * @param handlers of this process; their checks and numbers of attempts apply
 * @throws JOB_INVALID `details.field` names what is wrong; nothing was added
 * @throws JOB_PAYLOAD_TOO_LARGE more than 1 MB of JSON @source SPEC E
 * @throws as `Sql.query`
 */
export async function enqueue(sql: EnqueueSql, job: NewJob, handlers?: JobHandlers): Promise<Enqueued> {
  const [enqueued] = await enqueueAll(sql, [job], handlers);
  invariant(enqueued, "an added job has an id");
  return enqueued;
}

/**
 * Adds jobs, one answer for each, in their order. All are checked before the first is added, and each 1,000 go in one
 * statement; give a transaction where more than that must be all or nothing. Errors as `enqueue`.
 */
export async function enqueueAll(
  sql: EnqueueSql,
  jobs: readonly NewJob[],
  handlers?: JobHandlers,
): Promise<Enqueued[]> {
  const enqueued: Enqueued[] = [];
  for (const batch of batched(jobs.map((job) => jobAsJson(job, handlers)))) enqueued.push(...(await add(sql, batch)));
  return enqueued;
}

const ENQUEUE = statement("job_enqueue", "select id, is_new from shoal.job_enqueue(($1::text)::jsonb) order by ord");

async function add(sql: EnqueueSql, batch: readonly string[]): Promise<Enqueued[]> {
  const rows = await sql
    .query<{ id: string; is_new: boolean }>(ENQUEUE, [`[${batch.join(",")}]`])
    .catch((thrown: unknown) => {
      throw isTooLarge(thrown) ? tooLarge(thrown) : thrown;
    });
  return rows.map(({ id, is_new: isNew }) => ({ id, isNew }));
}

function batched(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let room = 0;
  let batch: string[] = [];
  for (const text of texts) {
    if (room < text.length || batch.length === MAX_BATCH_COUNT) {
      batch = [];
      batches.push(batch);
      room = MAX_BATCH_CHARACTERS;
    }
    batch.push(text);
    room -= text.length;
  }
  return batches;
}

/** Numbers like 1e300 are a few characters in JSON and hundreds in the database. */
const isTooLarge = (thrown: unknown) =>
  isFleetError(thrown, "STORE_CONSTRAINT") && thrown.details["constraint"] === "job_payload_size";

function tooLarge(cause: unknown): JobQueueError {
  return new JobQueueError("JOB_PAYLOAD_TOO_LARGE", "A payload is larger than 1 MB as the database writes it.", {
    details: { field: "payload" },
    cause,
  });
}
