import { type Backoff, backoffDelayMs, fullJitter, MINUTE_MS, type Rng, SECOND_MS } from "@shoal/kernel";
import type { ClaimedJob, JobHandler } from "../types.ts";

/** @source types.ts, JobHandler */
export const DEFAULT_JOB_BACKOFF: Backoff = fullJitter(5 * SECOND_MS, 15 * MINUTE_MS);
export const DEFAULT_JOB_TIME_LIMIT_MS = 5 * MINUTE_MS;

/** Another attempt would meet the same. */
const FINAL_CODES: ReadonlySet<string> = new Set(["JOB_GIVEN_UP", "JOB_INVALID"]);

/** When a job that failed with this code is to be tried again, in whole ms from now; null: never, it is dead. Pure. */
export function retryInMs(
  job: Pick<ClaimedJob, "attempt" | "maxAttempts">,
  code: string,
  handler: Pick<JobHandler, "backoff"> | undefined,
  rng: Rng,
): number | null {
  if (job.attempt >= job.maxAttempts || FINAL_CODES.has(code)) return null;
  return Math.round(backoffDelayMs(handler?.backoff ?? DEFAULT_JOB_BACKOFF, job.attempt, rng));
}
