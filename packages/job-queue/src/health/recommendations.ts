import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import type { QueueFigures } from "./read-figures.ts";
import { QUEUE_THRESHOLDS } from "./thresholds.ts";

/** `2 jobs wait`, `1 job waits`. */
const some = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

function duration(ms: number): string {
  return ms < HOUR_MS ? `${Math.floor(ms / MINUTE_MS)} min` : `${(ms / HOUR_MS).toFixed(1)} h`;
}

function aboutBacklog({ counts, processes, executionMode }: QueueFigures): string[] {
  const { pending, oldestPendingMs, processedLastHour } = counts;
  const { pending: many, oldestPendingMs: old, processedPerHour, waitingMs } = QUEUE_THRESHOLDS;
  const waitsMs = oldestPendingMs ?? 0;
  const isSlow = waitsMs >= waitingMs && processedLastHour < processedPerHour.warning;
  if (pending < many.warning && waitsMs < old.warning && !isSlow) return [];
  const due = oldestPendingMs === null ? "none of them due" : `the oldest due for ${duration(waitsMs)}`;
  const what = `${some(pending, "job is", "jobs are")} pending, ${due}; ${processedLastHour} done in the last hour.`;
  if (executionMode === "inngest") {
    return [
      `${what} Inngest executes alone: see whether it reaches /api/inngest, or set INNGEST_FALLBACK=true so that the workers help.`,
    ];
  }
  if (!processes.jobs)
    return [
      `${what} This daemon does not work on jobs: have one that does (PROCESS_JOBS=true, and not SHOAL_ROLE=fleet).`,
    ];
  if (waitsMs < waitingMs) return [`${what} Those due are claimed at once; the others wait for their time.`];
  return [
    `${what} Raise JOBS_CONCURRENCY and BATCH_SIZE or start another daemon; "shoal jobs list --status pending" shows them.`,
  ];
}

function aboutDead({ counts: { dead } }: QueueFigures): string[] {
  if (dead < QUEUE_THRESHOLDS.dead.warning) return [];
  return [
    `${some(dead, "job is", "jobs are")} dead. "shoal jobs list --status dead" says why; mend the cause, then "shoal jobs redrive" runs them again.`,
  ];
}

function aboutQueues({ depths, handlersMissing, processes }: QueueFigures): string[] {
  if (depths === null) {
    return processes.pgmq
      ? ['The database has no pgmq: enable it ("create extension pgmq"), or set PROCESS_PGMQ=false to do without.']
      : [];
  }
  return depths.flatMap(({ queue, length, dlqLength }) => {
    const isDeep = length >= QUEUE_THRESHOLDS.depth.warning;
    const isUnhandled = handlersMissing.includes(queue) && length > 0;
    const found: string[] = [];
    if (isUnhandled) {
      found.push(
        `${some(length, "message", "messages")} in ${queue} and this process has no handler for them: add one under jobs.queues in fleet.config.ts; the alert queue only needs ALERT_WEBHOOK_URLS.`,
      );
    } else if (isDeep && !processes.pgmq) {
      found.push(
        `${some(length, "message", "messages")} in ${queue}, and this daemon does not read queues: have one that does (PROCESS_PGMQ=true, and not SHOAL_ROLE=fleet).`,
      );
    } else if (isDeep) {
      found.push(
        `${some(length, "message", "messages")} in ${queue}. Raise BATCH_SIZE and JOBS_CONCURRENCY or start another daemon.`,
      );
    }
    if (dlqLength >= QUEUE_THRESHOLDS.dead.warning) {
      found.push(
        `${some(dlqLength, "message is", "messages are")} dead in ${queue}_dlq. Its side table has the error of each; mend the cause, then "shoal jobs redrive --queue ${queue}".`,
      );
    }
    return found;
  });
}

function aboutSchedules({ scheduleOverdueMs }: QueueFigures): string[] {
  if (scheduleOverdueMs < QUEUE_THRESHOLDS.scheduleOverdueMs.warning) return [];
  return [
    `A schedule is ${duration(scheduleOverdueMs)} late: no daemon looks for ticks. Start one, or let pg_cron call POST /api/jobs/cron (supabase/cron.sql).`,
  ];
}

/** What an operator should do about these figures: the command or the variable, in words. None when all is well. */
export function recommendationsFor(figures: QueueFigures): string[] {
  return [...aboutBacklog(figures), ...aboutDead(figures), ...aboutQueues(figures), ...aboutSchedules(figures)];
}
