import { type Backoff, backoffDelayMs, MINUTE_MS, proportionalJitter, type Rng, SECOND_MS } from "@shoal/kernel";
import type { ClaimedJob, JobHandler } from "../types.ts";

/** Five attempts span four minutes: a neighbour that restarts costs no job its life. @source types.ts, JobHandler */
const DEFAULT_BACKOFF: Backoff = proportionalJitter(15 * SECOND_MS, 15 * MINUTE_MS);
/** Five attempts span a quarter of an hour: daemons that know the type may be started by an update meanwhile. */
const UNKNOWN_TYPE_BACKOFF: Backoff = proportionalJitter(MINUTE_MS, 15 * MINUTE_MS);
export const DEFAULT_JOB_TIME_LIMIT_MS = 5 * MINUTE_MS;

/** Codes of errors that another attempt would meet again. */
const FINAL_CODES: ReadonlySet<string> = new Set(["JOB_GIVEN_UP", "JOB_INVALID"]);

/** When work that failed with this code is tried again, in whole ms from now; null: never, it is dead. Pure. */
export function retryInMs(
  job: Pick<ClaimedJob, "attempt" | "maxAttempts">,
  code: string,
  handler: Pick<JobHandler, "backoff"> | undefined,
  rng: Rng,
): number | null {
  if (job.attempt >= job.maxAttempts || FINAL_CODES.has(code)) return null;
  const usual = code === "JOB_TYPE_UNKNOWN" ? UNKNOWN_TYPE_BACKOFF : DEFAULT_BACKOFF;
  return Math.round(backoffDelayMs(handler?.backoff ?? usual, job.attempt, rng));
}
