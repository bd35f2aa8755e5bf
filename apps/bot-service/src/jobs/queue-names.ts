import type { Config } from "../config.ts";

export type QueueConfig = Pick<Config, "executionQueue" | "alertQueue" | "metricsQueue" | "orderCloseQueue">;

/** The pgmq queues that the daemon has by its configuration, handled or not, and those that the fleet file handles besides. */
export function allQueues(config: QueueConfig, handlers: Readonly<Record<string, unknown>>): string[] {
  const { executionQueue, alertQueue, metricsQueue, orderCloseQueue } = config;
  return [...new Set([executionQueue, alertQueue, metricsQueue, orderCloseQueue, ...Object.keys(handlers)])];
}
