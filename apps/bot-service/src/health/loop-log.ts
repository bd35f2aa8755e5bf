import type { Log } from "@shoal/kernel";
import type { LoopOutcome } from "@shoal/monitor";

const FAILING = "a loop of the daemon fails: the daemon is not ready until it works again; it keeps trying";

/** Logs one line when a loop begins to fail and one when it works again. The loops log each single failure at debug. */
export function logLoop(log: Log, now: LoopOutcome, before: LoopOutcome): void {
  const { name: loop, since, errorCode, detail } = now;
  if (now.state === "failing") return log.warn({ loop, since, error_code: errorCode, error_message: detail }, FAILING);
  const failedForMs = Date.parse(since) - Date.parse(before.since);
  const fields = { loop, failed_for_ms: failedForMs, failure_count: before.failureCount };
  log.info(fields, "a loop of the daemon works again");
}
