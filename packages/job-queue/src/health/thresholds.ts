import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";

/**
 * From where on work that piles up is a fault: `warning` and `critical`. Health, alert rules and dashboards use these numbers.
 * @source SPEC E; `scheduleOverdueMs` and `waitingMs` are ours
 */
export const QUEUE_THRESHOLDS = {
  /** Jobs that are pending. */
  pending: { warning: 50, critical: 100 },
  /** Messages in one pgmq queue. */
  depth: { warning: 100, critical: 500 },
  /** Jobs that are dead, and dead letters of one pgmq queue. */
  dead: { warning: 10, critical: 50 },
  /** Jobs done in the last hour: fewer than `warning`, or not more than `critical`, while some wait. */
  processedPerHour: { warning: 10, critical: 0 },
  /** How long the oldest due job has waited. */
  oldestPendingMs: { warning: HOUR_MS, critical: 3 * HOUR_MS },
  /** How late the most overdue schedule is. Ticks are looked for every few seconds. */
  scheduleOverdueMs: { warning: 5 * MINUTE_MS, critical: HOUR_MS },
  /** A due job that has waited for so long is not about to be claimed: only then is a low rate a fault. */
  waitingMs: MINUTE_MS,
} as const;
