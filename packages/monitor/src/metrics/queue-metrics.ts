import type { Registry } from "prom-client";
import { counter, gauge, histogram, JOB_SECONDS } from "./instruments.ts";
import { errorCodes, workNames } from "./labels.ts";

/** What the pgmq queues show. Fed by `observeQueues`; what concerns the whole queue by `observeQueueFigures`. */
export type QueueMetrics = ReturnType<typeof createQueueMetrics>;

export function createQueueMetrics(registry: Registry) {
  const queue = workNames();
  const labels = { queue };
  return {
    depth: gauge(registry, {
      name: "shoal_queue_depth",
      help: "Messages in a queue, as of the last look; the same from every daemon.",
      labels,
    }),
    visible: gauge(registry, {
      name: "shoal_queue_visible",
      help: "Those of them that nobody has taken.",
      labels,
    }),
    oldest: gauge(registry, {
      name: "shoal_queue_oldest_seconds",
      help: "Age of the oldest message of a queue, as of the last look; the same from every daemon.",
      labels,
    }),
    deadLetters: gauge(registry, {
      name: "shoal_queue_dead_letters",
      help: "Messages in the dead-letter queue of a queue, as of the last look; the same from every daemon.",
      labels,
    }),
    read: counter(registry, {
      name: "shoal_queue_messages_read_total",
      help: "Messages read from a queue.",
      labels,
    }),
    duration: histogram(registry, {
      name: "shoal_queue_message_duration_seconds",
      help: "Time to handle a message. The count is the number of messages archived.",
      labels,
      buckets: JOB_SECONDS,
    }),
    failed: counter(registry, {
      name: "shoal_queue_messages_failed_total",
      help: "Attempts at a message that failed and will be made again.",
      labels,
    }),
    dead: counter(registry, {
      name: "shoal_queue_messages_dead_total",
      help: "Messages moved to the dead-letter queue.",
      labels,
    }),
    lost: counter(registry, {
      name: "shoal_queue_messages_lost_total",
      help: "Messages that another reader had before they were settled here.",
      labels,
    }),
    released: counter(registry, {
      name: "shoal_queue_messages_released_total",
      help: "Messages given back unfinished.",
      labels,
    }),
    errors: counter(registry, {
      name: "shoal_queue_errors_total",
      help: "Attempts at a message that failed, the last one included, by error code.",
      labels: { code: errorCodes() },
    }),
    roundsFailed: counter(registry, {
      name: "shoal_queue_rounds_failed_total",
      help: "Rounds of a consumer that failed, by error code.",
      labels: { code: errorCodes() },
    }),
  };
}
