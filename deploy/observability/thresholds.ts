import { ANALYTICS_QUERIES } from "@shoal/bot-service/analytics-queries";
import { QUEUE_THRESHOLDS } from "@shoal/job-queue";

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
  /**
   * Part of the channels held that is not joined. One dead channel of a fleet of up to 100 is more; joins under way in a
   * larger one are less.
   */
  channelsNotJoinedRatio: 0.01,
  /** Part of a budget that is spent while something waits for it. */
  budgetUsedRatio: 0.95,
  /** Handshakes and reconnects per socket in 5 min. A restart of the server costs one each. */
  reconnectsPerSocket: 3,
  /** Timers late by more, 1 in 100. Heartbeats and the 8 s to confirm a match suffer from about a second on. */
  eventLoopLagSeconds: 0.25,
  /** 95 of 100 people are matched sooner. A bot may come after 4 s; both numbers are bounds of the histogram's buckets. */
  matchWaitSeconds: 8,
  /** Starts of one daemon within an hour. */
  restartsPerHour: 3,
  /** 99 of 100 commands take effect sooner. @source SPEC B */
  commandLatencySeconds: 0.1,
  // Those of the queues are the numbers that health goes by. @source SPEC E
  jobsPending: pending,
  jobsDead: dead,
  jobsPerHour: processedPerHour,
  jobsOldestSeconds: inSeconds(oldestPendingMs),
  jobWaitingSeconds: waitingMs / 1000,
  queueDepth: depth,
  /** Of one queue. The first one is somebody's lost message. */
  deadLetters: { warning: 1, critical: dead.critical },
  scheduleOverdueSeconds: inSeconds(scheduleOverdueMs),
  /** How long a strategy may be due before it is claimed. Intervals are a second or more, most are minutes. */
  strategyDueSeconds: { warning: 30, critical: 300 },
  /** Part of all runs in 15 min that was ended from outside, of at least `strategyKilledRuns`. Fuel and memory end loops without a kill. */
  strategyKilledRatio: 0.02,
  strategyKilledRuns: 5,
  /** Part of the owners with a strategy that fails again and again, of at least `strategyFailingOwners`: then it is not their code. */
  strategyOwnersFailingRatio: 0.2,
  strategyFailingOwners: 5,
  /** Since an order was sent of which nobody knows whether the exchange has it. */
  orderUnknownSeconds: { warning: 60, critical: 600 },
  /** From an intent until it is sent. The dispatcher takes them at once. */
  orderUnsentSeconds: 30,
  /** Bots of the fleet's own by which a replica may be away from its share; its share is even to one. */
  unevenBots: 1,
  /** Part of the statements in 10 min that took longer than SLOW_QUERY_MS, of at least `slowStatements` of them. */
  slowStatementsRatio: 0.05,
  slowStatements: 20,
  /** 99 of 100 statements have a connection sooner; after DATABASE_WAIT_MS (5 s) they fail. Bounds of the histogram's buckets. */
  connectionWaitSeconds: { warning: 0.2, critical: 2 },
  /** 95 of 100 answers are younger, by query: its time to live, and a minute in which it can be made anew. */
  answerAgeSeconds: new Map(ANALYTICS_QUERIES.map(({ name, ttlMs }) => [name, ttlMs / 1000 + 60])),
} as const;

/** What the breaker's states are worth on a dashboard, from well to worst. */
export const BREAKER_CODES = { up: 0, unknown: 1, held: 2, away: 3, refused: 4 } as const;
