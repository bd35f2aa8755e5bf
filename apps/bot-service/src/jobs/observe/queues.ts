import type { QueueEvents } from "@shoal/job-queue";
import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, errorCodes, JOB_SECONDS, type Metrics, subscribe, workNames } from "@shoal/monitor";

/**
 * Feeds the metrics of pgmq queues from the events of their consumers; the series of `names`, those that are consumed, start
 * at 0. Once per `metrics`. The result takes all listeners away again.
 */
export function observeQueues(
  { counter, histogram }: Metrics,
  events: EventSubscriber<QueueEvents>,
  names: readonly string[],
): Unsubscribe {
  const labels = { queue: workNames() };
  const read = counter({ name: "shoal_queue_messages_read_total", help: "Messages read from a queue.", labels });
  const duration = histogram({
    name: "shoal_queue_message_duration_seconds",
    help: "Time to handle a message. The count is the number of messages archived.",
    labels,
    buckets: JOB_SECONDS,
  });
  const failed = counter({
    name: "shoal_queue_messages_failed_total",
    help: "Attempts at a message that failed and will be made again.",
    labels,
  });
  const dead = counter({
    name: "shoal_queue_messages_dead_total",
    help: "Messages moved to the dead-letter queue.",
    labels,
  });
  const lost = counter({
    name: "shoal_queue_messages_lost_total",
    help: "Messages that another reader had before they were settled here.",
    labels,
  });
  const released = counter({
    name: "shoal_queue_messages_released_total",
    help: "Messages given back unfinished.",
    labels,
  });
  const errors = counter({
    name: "shoal_queue_errors_total",
    help: "Attempts at a message that failed, the last one included, by error code.",
    labels: { code: errorCodes() },
  });
  const roundsFailed = counter({
    name: "shoal_queue_rounds_failed_total",
    help: "Rounds of a consumer that failed, by error code.",
    labels: { code: errorCodes() },
  });
  for (const queue of names) {
    for (const each of [read, failed, dead, lost, released, duration]) each.zero({ queue });
  }
  return subscribe<QueueEvents>(events, {
    "messages:read": ({ queue, count }) => read.inc({ queue }, count),
    "message:archived": ({ queue, durationMs }) => duration.observe({ queue }, durationMs / SECOND_MS),
    "message:failed": ({ queue, code }) => {
      failed.inc({ queue });
      errors.inc({ code });
    },
    "message:dead": ({ queue, code }) => {
      dead.inc({ queue });
      errors.inc({ code });
    },
    "message:lost": ({ queue }) => lost.inc({ queue }),
    "message:released": ({ queue }) => released.inc({ queue }),
    "queue:failed": ({ code }) => roundsFailed.inc({ code }),
  });
}
