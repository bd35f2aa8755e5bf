import type { Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { handlerOf } from "../jobs/check-job.ts";
import { enqueue } from "../jobs/enqueue.ts";
import { runJob } from "../jobs/run-job.ts";
import type { ClaimedJob, Enqueued, JobHandlers, NewJob } from "../types.ts";
import { hasLeg, legOutcome, recordLegs } from "./dual-runs.ts";
import { forgetJob } from "./outbox.ts";
import type { CallResult } from "./port.ts";

const READ = `
select id::text as id, type, payload, 1 as attempt, max_attempts as "maxAttempts", epoch
from shoal.jobs where id = $1::text::bigint`;

/**
 * What a call is for in a dual run: the handler runs once more beside the workers, and what it came to is kept for
 * comparison. The job's row is read and never written; a job that the handler adds is checked and taken back.
 */
export async function runShadow(
  jobId: string,
  options: {
    readonly database: Database;
    readonly runtime: Runtime;
    readonly handlers: JobHandlers;
    readonly signal: AbortSignal;
  },
): Promise<CallResult> {
  const { database, runtime, handlers, signal } = options;
  const [job] = await database.query<ClaimedJob>(READ, [jobId]);
  if (!job || (await hasLeg(database, jobId, "inngest"))) {
    await forgetJob(database, jobId);
    return { outcome: "not_needed" };
  }
  const enqueueInVain = (added: NewJob) => addAndTakeBack(database, added, handlers);
  const handler = handlerOf(handlers, job.type);
  const outcome = await runJob(job, handler, { runtime, leg: "inngest", signal, enqueue: enqueueInVain });
  const kept = legOutcome(job, "inngest", outcome);
  if (!kept) throw signal.reason;
  await recordLegs(database, [kept]);
  await forgetJob(database, jobId);
  return { outcome: "shadowed" };
}

class TakenBack extends Error {}

async function addAndTakeBack(database: Database, job: NewJob, handlers: JobHandlers): Promise<Enqueued> {
  let added: Enqueued | undefined;
  try {
    await database.transaction(async (tx) => {
      added = await enqueue(tx, job, handlers);
      throw new TakenBack();
    });
  } catch (thrown) {
    if (!(thrown instanceof TakenBack)) throw thrown;
  }
  if (!added) throw new TakenBack();
  return added;
}
