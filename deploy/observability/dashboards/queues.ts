import { chart, maxOf, quantileOf, quantilesOf, rateOf, sumOf } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { limitsOf, type Page, type Row } from "./frame.ts";

const TABLE: Row = {
  title: "The jobs table",
  panels: [
    chart({
      title: "Pending",
      description: "In the whole table, those of later included. Alert ShoalJobsPending.",
      unit: "short",
      limits: limitsOf(THRESHOLDS.jobsPending),
      queries: [
        { expr: maxOf("shoal_jobs", undefined, 'status="pending"'), legend: "pending" },
        { expr: maxOf("shoal_jobs", undefined, 'status="running"'), legend: "running" },
      ],
    }),
    chart({
      title: "Oldest due job",
      description: "How long it has waited. Alerts ShoalJobsOld and ShoalJobsNotClaimed.",
      unit: "s",
      limits: limitsOf(THRESHOLDS.jobsOldestSeconds),
      queries: [{ expr: maxOf("shoal_jobs_oldest_pending_seconds"), legend: "oldest" }],
    }),
    chart({
      title: "Dead",
      description: "They wait for somebody to look at them. Alerts ShoalJobsDead and ShoalJobsDying.",
      unit: "short",
      limits: limitsOf(THRESHOLDS.jobsDead),
      queries: [{ expr: maxOf("shoal_jobs", undefined, 'status="dead"'), legend: "dead" }],
    }),
    chart({
      title: "Done in the last hour",
      description: "Alert ShoalJobsSlow while others wait.",
      unit: "short",
      queries: [{ expr: maxOf("shoal_jobs_processed_per_hour"), legend: "done" }],
    }),
    chart({
      title: "Wait until claimed",
      description: "How long jobs had been due.",
      unit: "s",
      queries: quantilesOf("shoal_job_wait_seconds"),
    }),
    chart({
      title: "Running here",
      description: "Jobs that each daemon holds.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: sumOf("shoal_jobs_held", "instance"), legend: "{{instance}}" }],
    }),
  ],
};

const WORK: Row = {
  title: "What becomes of jobs",
  panels: [
    chart({
      title: "Done",
      description: "By type.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_jobs_completed_total", "type"), legend: "{{type}}" }],
    }),
    chart({
      title: "Failed and dead",
      description: "A failed attempt is made again, by type.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_jobs_failed_total", "type"), legend: "failed {{type}}" },
        { expr: rateOf("shoal_jobs_dead_total", "type"), legend: "dead {{type}}" },
      ],
    }),
    chart({
      title: "Why attempts fail",
      description: "By error code.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_job_errors_total", "code"), legend: "{{code}}" }],
    }),
    chart({
      title: "An attempt took, p95",
      description: "By type.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_job_duration_seconds", "type"), legend: "{{type}}" }],
    }),
    chart({
      title: "Changed hands",
      description: "Rescued: from workers that went without a word. Lost: while it ran here. Released: given back.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_jobs_rescued_total"), legend: "rescued" },
        { expr: rateOf("shoal_jobs_lost_total"), legend: "lost" },
        { expr: rateOf("shoal_jobs_released_total"), legend: "released" },
      ],
    }),
    chart({
      title: "The worker",
      description: "Claims, and rounds that failed by error code.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_jobs_claimed_total"), legend: "claimed" },
        { expr: rateOf("shoal_job_rounds_failed_total", "code"), legend: "failed round {{code}}" },
      ],
    }),
    chart({
      title: "A round of the worker",
      description: "Claims, outcomes and leases; most of it the database's.",
      unit: "s",
      queries: quantilesOf("shoal_job_round_duration_seconds"),
    }),
  ],
};

const MESSAGES: Row = {
  title: "pgmq queues",
  panels: [
    chart({
      title: "Messages in the queue",
      description: "Those taken by somebody included. Alerts ShoalQueueDeep and ShoalMessagesNotRead.",
      unit: "short",
      limits: limitsOf(THRESHOLDS.queueDepth),
      queries: [
        { expr: maxOf("shoal_queue_depth", "queue"), legend: "{{queue}}" },
        { expr: maxOf("shoal_queue_visible", "queue"), legend: "{{queue}} not taken" },
      ],
    }),
    chart({
      title: "Oldest message",
      description: "Its age.",
      unit: "s",
      queries: [{ expr: maxOf("shoal_queue_oldest_seconds", "queue"), legend: "{{queue}}" }],
    }),
    chart({
      title: "Dead letters",
      description: "Alert ShoalDeadLetters, from the first one on.",
      unit: "short",
      limits: limitsOf(THRESHOLDS.deadLetters),
      queries: [{ expr: maxOf("shoal_queue_dead_letters", "queue"), legend: "{{queue}}" }],
    }),
    chart({
      title: "Read and archived",
      description: "A message that is read again was not archived before its visibility timeout.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_queue_messages_read_total", "queue"), legend: "read {{queue}}" },
        { expr: rateOf("shoal_queue_message_duration_seconds_count", "queue"), legend: "archived {{queue}}" },
      ],
    }),
    chart({
      title: "Failed and dead messages",
      description: "A failed attempt is made again, and what was given back is read again.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_queue_messages_failed_total", "queue"), legend: "failed {{queue}}" },
        { expr: rateOf("shoal_queue_messages_dead_total", "queue"), legend: "dead {{queue}}" },
        { expr: rateOf("shoal_queue_messages_lost_total"), legend: "lost to another reader" },
        { expr: rateOf("shoal_queue_messages_released_total"), legend: "given back" },
      ],
    }),
    chart({
      title: "A message took, p95",
      description: "Time to handle one.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_queue_message_duration_seconds", "queue"), legend: "{{queue}}" }],
    }),
    chart({
      title: "Why messages fail",
      description: "Attempts and rounds of consumers, by error code.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_queue_errors_total", "code"), legend: "{{code}}" },
        { expr: rateOf("shoal_queue_rounds_failed_total", "code"), legend: "failed round {{code}}" },
      ],
    }),
  ],
};

const OTHERS: Row = {
  title: "Schedules and Inngest",
  panels: [
    chart({
      title: "Ticks",
      description: "Jobs added by the clock, and ticks that were left out.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_schedules_fired_total", "schedule"), legend: "{{schedule}}" },
        { expr: rateOf("shoal_schedules_missed_total", "schedule"), legend: "missed {{schedule}}" },
        { expr: rateOf("shoal_schedule_rounds_failed_total", "code"), legend: "failed round {{code}}" },
      ],
    }),
    chart({
      title: "Late by",
      description: "The most overdue schedule now, and how late ticks were. Alert ShoalScheduleLate.",
      unit: "s",
      limits: limitsOf(THRESHOLDS.scheduleOverdueSeconds),
      queries: [
        { expr: maxOf("shoal_schedule_overdue_seconds"), legend: "overdue" },
        ...quantilesOf("shoal_schedule_lateness_seconds"),
      ],
    }),
    chart({
      title: "Inngest: events",
      description: "Those due and not sent yet. Alert ShoalInngestOutboxStuck.",
      unit: "short",
      queries: [{ expr: maxOf("shoal_inngest_outbox"), legend: "due" }],
    }),
    chart({
      title: "Inngest: sent",
      description: "Events taken, and batches not taken by error code.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_inngest_events_sent_total"), legend: "sent" },
        { expr: rateOf("shoal_inngest_sends_failed_total", "code"), legend: "not taken {{code}}" },
      ],
    }),
    chart({
      title: "Inngest: calls",
      description: "By what they found to do; done: by who executed the job.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_inngest_invocations_total", "outcome"), legend: "{{outcome}}" },
        { expr: rateOf("shoal_jobs_completed_total", "executor"), legend: "done by {{executor}}" },
      ],
    }),
  ],
};

export const QUEUES: Page = {
  uid: "shoal-queues",
  title: "Shoal: queues",
  description: "Jobs, messages of pgmq queues, schedules and Inngest.",
  rows: [TABLE, WORK, MESSAGES, OTHERS],
};
