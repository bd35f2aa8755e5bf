import { QUEUE_THRESHOLDS } from "@shoal/job-queue";

/**
 * Where good ends, for what both a daemon tells of itself in the console and Prometheus of all: deploy/observability/thresholds.ts has these
 * numbers from here.
 */
export const SHARED_THRESHOLDS = {
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
  /** Of one queue. The first one is somebody's lost message. */
  deadLetters: { warning: 1, critical: QUEUE_THRESHOLDS.dead.critical },
  /** How long a strategy may be due before it is claimed. Intervals are a second or more, most are minutes. */
  strategyDueSeconds: { warning: 30, critical: 300 },
  /** Part of the owners with a strategy that fails again and again, of at least `strategyFailingOwners`: then it is not their code. */
  strategyOwnersFailingRatio: 0.2,
  strategyFailingOwners: 5,
  /** Since an order was sent of which nobody knows whether the exchange has it. */
  orderUnknownSeconds: { warning: 60, critical: 600 },
  /** From an intent until it is sent. The dispatcher takes them at once. */
  orderUnsentSeconds: 30,
  /** 99 of 100 statements have a connection sooner; after DATABASE_WAIT_MS (5 s) they fail. Bounds of the histogram's buckets. */
  connectionWaitSeconds: { warning: 0.2, critical: 2 },
} as const;

/** What the breaker's states are worth in a chart, from well to worst. */
export const BREAKER_CODES = { up: 0, unknown: 1, held: 2, away: 3, refused: 4 } as const;
