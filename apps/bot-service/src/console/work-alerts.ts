import { QUEUE_THRESHOLDS, type WorkFigures } from "@shoal/job-queue";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { type AlertRule, inMs, isTroubled, rule, seconds, twice, when } from "./alert-rule.ts";
import { SHARED_THRESHOLDS } from "./thresholds.ts";

/** Few jobs are done while due ones wait that are not about to be claimed. */
function jobsSlow(severity: AlertRule["severity"], isFew: (processed: number) => boolean): AlertRule {
  return rule({
    ...{ alert: "ShoalJobsSlow", forMs: 5 * MINUTE_MS, severity, summary: "Few jobs are done while others wait" },
    find({ work }) {
      const { oldestPendingMs = 0, processedLastHour = 0 } = work?.counts ?? {};
      const isWaiting = (oldestPendingMs ?? 0) >= QUEUE_THRESHOLDS.waitingMs;
      return when(
        isWaiting && isFew(processedLastHour),
        `${processedLastHour} jobs were done in the last hour, and due ones wait.`,
      );
    },
  });
}

const { processedPerHour } = QUEUE_THRESHOLDS;

/** Of the deepest queue. */
const mostOf = (work: WorkFigures | undefined, figure: "length" | "dlqLength") =>
  work?.depths && Math.max(0, ...work.depths.map((depth) => depth[figure]));

const WORK: readonly AlertRule[] = [
  ...twice(
    QUEUE_THRESHOLDS.pending,
    { alert: "ShoalJobsPending", forMs: 5 * MINUTE_MS, summary: "Jobs pile up" },
    ({ work }) => work?.counts.pending,
    (count) => `${count} jobs are pending.`,
  ),
  ...twice(
    QUEUE_THRESHOLDS.oldestPendingMs,
    { alert: "ShoalJobsOld", forMs: MINUTE_MS, summary: "A due job has waited for hours" },
    ({ work }) => work?.counts.oldestPendingMs,
    (ms) => `The oldest due job has waited for ${(ms / HOUR_MS).toFixed(1)} h.`,
  ),
  jobsSlow("warning", (count) => count < processedPerHour.warning && count > processedPerHour.critical),
  jobsSlow("critical", (count) => count <= processedPerHour.critical),
  ...twice(
    QUEUE_THRESHOLDS.dead,
    { alert: "ShoalJobsDead", forMs: MINUTE_MS, summary: "Dead jobs pile up" },
    ({ work }) => work?.counts.dead,
    (count) => `${count} jobs are dead and are not run again by themselves.`,
  ),
  rule({
    ...{ alert: "ShoalJobsDying", forMs: 0, severity: "warning", summary: "Jobs died" },
    find({ past }) {
      const count = past.increase("jobs_dead_per_s", 15 * MINUTE_MS);
      return when(count > 0, `${Math.ceil(count)} jobs used up their attempts here in 15 min.`);
    },
  }),
  ...twice(
    QUEUE_THRESHOLDS.depth,
    { alert: "ShoalQueueDeep", forMs: 5 * MINUTE_MS, summary: "Messages pile up" },
    ({ work }) => mostOf(work, "length"),
    (count) => `${count} messages are in one queue.`,
  ),
  ...twice(
    SHARED_THRESHOLDS.deadLetters,
    { alert: "ShoalDeadLetters", forMs: MINUTE_MS, summary: "Messages are dead" },
    ({ work }) => mostOf(work, "dlqLength"),
    (count) => `${count} messages are in one dead-letter queue.`,
  ),
  ...twice(
    QUEUE_THRESHOLDS.scheduleOverdueMs,
    { alert: "ShoalScheduleLate", forMs: MINUTE_MS, summary: "A schedule is late" },
    ({ work }) => work?.scheduleOverdueMs,
    (ms) => `The most overdue schedule should have fired ${seconds(ms)} ago.`,
  ),
];

const STRATEGIES: readonly AlertRule[] = [
  ...twice(
    inMs(SHARED_THRESHOLDS.strategyDueSeconds),
    { alert: "ShoalStrategiesLate", forMs: MINUTE_MS, summary: "Strategies run late" },
    ({ now }) => now.strategies?.oldest_due_ms,
    (ms) => `The strategy that is due longest has waited for ${seconds(ms)}.`,
  ),
  rule({
    ...{ alert: "ShoalSandboxFailing", forMs: MINUTE_MS, summary: "The sandbox does not start: no strategy runs" },
    find({ now }) {
      const sandbox = isTroubled(now, "sandbox");
      return when(sandbox !== undefined, sandbox?.detail ?? "None can be started.");
    },
  }),
  rule({
    ...{ alert: "ShoalStrategyOwnersFailing", forMs: 5 * MINUTE_MS, severity: "warning" },
    summary: "Strategies of many owners fail at once",
    find({ now: { strategies } }) {
      if (!strategies || strategies.owners_failing < SHARED_THRESHOLDS.strategyFailingOwners) return null;
      const ratio = strategies.owners_failing / Math.max(1, strategies.owners);
      const { owners, owners_failing } = strategies;
      return when(
        ratio > SHARED_THRESHOLDS.strategyOwnersFailingRatio,
        `${owners_failing} of ${owners} owners have a strategy whose last three runs failed.`,
      );
    },
  }),
  rule({
    ...{ alert: "ShoalMarketAway", forMs: 5 * MINUTE_MS, severity: "warning" },
    summary: "A market cannot be asked for candles",
    find({ now }) {
      const market = isTroubled(now, "market");
      return when(market !== undefined, market?.detail ?? "Strategies have old candles or none.");
    },
  }),
  rule({
    ...{ alert: "ShoalStrategiesQuarantined", forMs: 0, severity: "warning" },
    summary: "A strategy is in quarantine",
    find({ past }) {
      const count = past.increase("strategies_quarantined_per_s", 15 * MINUTE_MS);
      return when(count > 0, `${Math.ceil(count)} strategies were killed too often here in 15 min.`);
    },
  }),
  ...twice(
    inMs(SHARED_THRESHOLDS.orderUnknownSeconds),
    { alert: "ShoalOrdersUnknown", forMs: MINUTE_MS, summary: "Nobody knows whether an exchange has an order" },
    ({ now }) => now.strategies?.orders.oldest_unknown_ms,
    (ms) => `The order that is unknown longest was sent ${seconds(ms)} ago.`,
  ),
  rule({
    ...{ alert: "ShoalOrdersNotSent", forMs: MINUTE_MS, summary: "Orders are not sent" },
    find({ now: { strategies } }) {
      const oldestMs = strategies?.orders.oldest_intended_ms ?? 0;
      const isLate = oldestMs > SHARED_THRESHOLDS.orderUnsentSeconds * SECOND_MS;
      return when(isLate, `An order has waited for ${seconds(oldestMs)} to be sent.`);
    },
  }),
];

export const WORK_ALERTS: readonly AlertRule[] = [...WORK, ...STRATEGIES];
