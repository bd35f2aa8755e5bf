import { type Alert, count, seconds, twice } from "./alert.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** Whoever waits for less is about to be claimed. */
const WAITING = `shoal:jobs_oldest_pending_seconds:max >= ${THRESHOLDS.jobWaitingSeconds}`;

const slow = (severity: Alert["severity"], bounds: string): Alert => ({
  alert: "ShoalJobsSlow",
  expr: `shoal:jobs_processed_per_hour:max ${bounds} and on (job) ${WAITING}`,
  for: "5m",
  severity,
  summary: "Few jobs are done while others wait",
  description: `${count} jobs were done in the last hour, and due ones wait.`,
});

const JOBS: readonly Alert[] = [
  ...twice('shoal:jobs:max{status="pending"}', THRESHOLDS.jobsPending, {
    alert: "ShoalJobsPending",
    for: "5m",
    summary: "Jobs pile up",
    description: `${count} jobs are pending.`,
  }),
  ...twice("shoal:jobs_oldest_pending_seconds:max", THRESHOLDS.jobsOldestSeconds, {
    alert: "ShoalJobsOld",
    for: "1m",
    summary: "A due job has waited for hours",
    description: `The oldest due job has waited for ${seconds}.`,
  }),
  slow("warning", `< ${THRESHOLDS.jobsPerHour.warning} > ${THRESHOLDS.jobsPerHour.critical}`),
  slow("critical", `<= ${THRESHOLDS.jobsPerHour.critical}`),
  ...twice('shoal:jobs:max{status="dead"}', THRESHOLDS.jobsDead, {
    alert: "ShoalJobsDead",
    for: "1m",
    summary: "Dead jobs pile up",
    description: `${count} jobs are dead and are not run again by themselves.`,
  }),
  {
    alert: "ShoalJobsDying",
    expr: "sum by (job, type) (increase(shoal_jobs_dead_total[15m])) > 0",
    for: "0m",
    severity: "warning",
    summary: "Jobs died",
    description: `${count} jobs of type {{ $labels.type }} used up their attempts in 15 min.`,
  },
  {
    alert: "ShoalJobsNotClaimed",
    // Whatever Inngest runs is claimed by its call.
    expr: `min_over_time(shoal:jobs_oldest_pending_seconds:max[5m]) >= ${THRESHOLDS.jobWaitingSeconds} and on (job) sum by (job) (increase(shoal_jobs_claimed_total[5m])) + sum by (job) (increase(shoal_inngest_invocations_total{outcome="ran"}[5m])) == 0`,
    for: "1m",
    severity: "critical",
    summary: "Jobs are due and none is claimed",
    description: `For 5 min a job has been due for at least ${seconds}, and no daemon claimed any.`,
  },
];

const MESSAGES: readonly Alert[] = [
  ...twice("max by (job, queue) (shoal_queue_depth)", THRESHOLDS.queueDepth, {
    alert: "ShoalQueueDeep",
    for: "5m",
    summary: "Messages pile up",
    description: `${count} messages are in the queue {{ $labels.queue }}.`,
  }),
  {
    alert: "ShoalMessagesNotRead",
    expr: "max by (job, queue) (min_over_time(shoal_queue_visible[5m])) > 0 and on (job, queue) sum by (job, queue) (increase(shoal_queue_messages_read_total[5m])) == 0",
    for: "1m",
    severity: "critical",
    summary: "A queue has messages and none is read",
    description: `At least ${count} messages of {{ $labels.queue }} have waited for 5 min and no daemon read any.`,
  },
  ...twice("max by (job, queue) (shoal_queue_dead_letters)", THRESHOLDS.deadLetters, {
    alert: "ShoalDeadLetters",
    for: "1m",
    summary: "Messages are dead",
    description: `${count} messages of {{ $labels.queue }} are in its dead-letter queue.`,
  }),
];

const SCHEDULES: readonly Alert[] = [
  ...twice("max by (job) (shoal_schedule_overdue_seconds)", THRESHOLDS.scheduleOverdueSeconds, {
    alert: "ShoalScheduleLate",
    for: "1m",
    summary: "A schedule is late",
    description: `The most overdue schedule should have fired ${seconds} ago.`,
  }),
  {
    alert: "ShoalInngestOutboxStuck",
    expr: "max by (job) (min_over_time(shoal_inngest_outbox[5m])) > 0 and on (job) sum by (job) (increase(shoal_inngest_events_sent_total[5m])) == 0",
    for: "1m",
    severity: "warning",
    summary: "Inngest takes no events",
    description: `At least ${count} events have waited for 5 min and Inngest took none.`,
  },
];

export const QUEUE_ALERTS: readonly Alert[] = [...JOBS, ...MESSAGES, ...SCHEDULES];
