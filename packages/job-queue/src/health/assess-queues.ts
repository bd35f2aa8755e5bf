import type { ExecutionMode, QueueFigures } from "./read-figures.ts";
import { recommendationsFor } from "./recommendations.ts";
import { QUEUE_THRESHOLDS } from "./thresholds.ts";

export type QueueStatus = "healthy" | "warning" | "critical";

interface QueueHealth {
  readonly status: QueueStatus;
  /** Messages in it, including those being worked on. */
  readonly depth: number;
  readonly visible: number;
  /** In ms, null when it is empty. */
  readonly oldestMs: number | null;
  readonly deadLetters: number;
  readonly hasHandler: boolean;
}

/** The body of `GET /api/health/queues`. @source SPEC E, API */
export interface QueuesHealth {
  readonly status: QueueStatus;
  readonly executionMode: ExecutionMode;
  readonly dbQueue: {
    readonly status: QueueStatus;
    readonly pending: number;
    readonly running: number;
    readonly completed: number;
    readonly dead: number;
    /** How long the oldest due job has waited, in ms; null when none is due. */
    readonly oldestPending: number | null;
    /** Jobs done in the last hour. */
    readonly processingRate: number;
  };
  readonly pgmqQueues: {
    readonly status: QueueStatus;
    readonly queues: Readonly<Record<string, QueueHealth>>;
    readonly totals: { readonly depth: number; readonly visible: number; readonly deadLetters: number };
  };
  /** What to do, in words; empty when all is well. */
  readonly recommendations: readonly string[];
}

const LEVELS = ["healthy", "warning", "critical"] as const;

interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

function rate(value: number, { warning, critical }: Threshold): QueueStatus {
  if (value >= critical) return "critical";
  return value >= warning ? "warning" : "healthy";
}

const worst = (...statuses: QueueStatus[]): QueueStatus =>
  LEVELS[Math.max(0, ...statuses.map((status) => LEVELS.indexOf(status)))] ?? "healthy";

/** Judges how few jobs are done, which is no fault while none waits. */
function rateOfWork({ oldestPendingMs, processedLastHour }: QueueFigures["counts"]): QueueStatus {
  const { waitingMs, processedPerHour } = QUEUE_THRESHOLDS;
  if ((oldestPendingMs ?? 0) < waitingMs) return "healthy";
  if (processedLastHour <= processedPerHour.critical) return "critical";
  return processedLastHour < processedPerHour.warning ? "warning" : "healthy";
}

function assessJobs(counts: QueueFigures["counts"]): QueuesHealth["dbQueue"] {
  const { pending, running, completed, dead, oldestPendingMs, processedLastHour } = counts;
  return {
    status: worst(
      rate(pending, QUEUE_THRESHOLDS.pending),
      rate(dead, QUEUE_THRESHOLDS.dead),
      rate(oldestPendingMs ?? 0, QUEUE_THRESHOLDS.oldestPendingMs),
      rateOfWork(counts),
    ),
    pending,
    running,
    completed,
    dead,
    oldestPending: oldestPendingMs,
    processingRate: processedLastHour,
  };
}

function assessMessages({ depths, handlersMissing }: QueueFigures): QueuesHealth["pgmqQueues"] {
  const queues = (depths ?? []).map(({ queue, length: depth, visible, oldestMs, dlqLength: deadLetters }) => {
    const status = worst(rate(depth, QUEUE_THRESHOLDS.depth), rate(deadLetters, QUEUE_THRESHOLDS.dead));
    return [queue, { status, depth, visible, oldestMs, deadLetters, hasHandler: !handlersMissing.includes(queue) }] as [
      string,
      QueueHealth,
    ];
  });
  const total = (figure: "depth" | "visible" | "deadLetters") =>
    queues.reduce((sum, [, each]) => sum + each[figure], 0);
  return {
    status: worst(...queues.map(([, { status }]) => status)),
    queues: Object.fromEntries(queues),
    totals: { depth: total("depth"), visible: total("visible"), deadLetters: total("deadLetters") },
  };
}

/** Judges the queues by `QUEUE_THRESHOLDS`. Pure: the same figures give the same body. */
export function assessQueues(figures: QueueFigures): QueuesHealth {
  const dbQueue = assessJobs(figures.counts);
  const pgmqQueues = assessMessages(figures);
  const schedules = rate(figures.scheduleOverdueMs, QUEUE_THRESHOLDS.scheduleOverdueMs);
  return {
    status: worst(dbQueue.status, pgmqQueues.status, schedules),
    executionMode: figures.executionMode,
    dbQueue,
    pgmqQueues,
    recommendations: recommendationsFor(figures),
  };
}
