import { SHARED_THRESHOLDS } from "@shoal/bot-service/alert-thresholds";
import { ANALYTICS_QUERIES } from "@shoal/bot-service/analytics-queries";
import { QUEUE_THRESHOLDS } from "@shoal/job-queue";

export { BREAKER_CODES } from "@shoal/bot-service/alert-thresholds";

const { pending, depth, dead, processedPerHour, oldestPendingMs, scheduleOverdueMs, waitingMs } = QUEUE_THRESHOLDS;

const inSeconds = ({ warning, critical }: { readonly warning: number; readonly critical: number }) => ({
  warning: warning / 1000,
  critical: critical / 1000,
});

/**
 * Where good ends, for the alert rules and for the colours of the dashboards alike: change a number here and run
 * `bun deploy/observability/main.ts`.
 */
export const THRESHOLDS = {
  ...SHARED_THRESHOLDS,
  /** Since a conversation was marked in which somebody may want to harm themselves, and nobody has looked. */
  markUnseenSeconds: 15 * 60,
  /** Starts of one daemon within an hour. */
  restartsPerHour: 3,
  /** 99 of 100 commands take effect sooner. @source SPEC B */
  commandLatencySeconds: 0.1,
  /** Part of the people of a bucket matched in 15 min whose wait missed `match.sla_ms` of the fleet file. */
  matchObjectiveMissedRatio: 0.05,
  // Those of the queues are the numbers that health goes by. @source SPEC E
  jobsPending: pending,
  jobsDead: dead,
  jobsPerHour: processedPerHour,
  jobsOldestSeconds: inSeconds(oldestPendingMs),
  jobWaitingSeconds: waitingMs / 1000,
  queueDepth: depth,
  scheduleOverdueSeconds: inSeconds(scheduleOverdueMs),
  /** Part of all runs in 15 min that was ended from outside, of at least `strategyKilledRuns`. Fuel and memory end loops without a kill. */
  strategyKilledRatio: 0.02,
  strategyKilledRuns: 5,
  /** Bots of the fleet's own by which a replica may be away from its share; its share is even to one. */
  unevenBots: 1,
  /** Part of the replies in 10 min that the rules gave in the model's place, of at least `repliesFailed` of them. */
  repliesFailedRatio: 0.5,
  repliesFailed: 5,
  /** Part of the hand-overs in 15 min that the replica asked has refused. One that is full refuses, and another takes the conversation. */
  handOversRefusedRatio: 0.1,
  /** Part of the statements in 10 min that took longer than SLOW_QUERY_MS, of at least `slowStatements` of them. */
  slowStatementsRatio: 0.05,
  slowStatements: 20,
  /** 95 of 100 answers are younger, by query: its time to live, and a minute in which it can be made anew. */
  answerAgeSeconds: new Map(ANALYTICS_QUERIES.map(({ name, ttlMs }) => [name, ttlMs / 1000 + 60])),
} as const;
