import type { Config } from "../config.ts";

export type QueueConfig = Pick<Config, "executionQueue" | "alertQueue" | "metricsQueue" | "orderCloseQueue">;

/** The pgmq queues that the daemon has by its configuration, whether or not somebody handles them. */
function configuredQueues(config: QueueConfig): string[] {
  return [config.executionQueue, config.alertQueue, config.metricsQueue, config.orderCloseQueue];
}

/** Those, and what the fleet file handles besides. */
export function allQueues(config: QueueConfig, handlers: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...configuredQueues(config), ...Object.keys(handlers)])];
}
