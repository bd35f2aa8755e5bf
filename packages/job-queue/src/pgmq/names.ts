import { JobQueueError } from "../errors.ts";

/** Where the dead letters of a queue are: pgmq has no such thing, so this is our convention. */
const DLQ_SUFFIX = "_dlq";

/** pgmq takes 47 characters, and the queue of the dead letters must fit as well. @source pgmq 1.5.1, validate_queue_name */
const MAX_CHARACTERS = 47 - DLQ_SUFFIX.length;

/** Upper case is left out because pgmq folds it in tables and not in its list: `Jobs` and `jobs` would share one table. */
const NAME = /^(?!.*--)[a-z0-9_-]+$/;

/**
 * Names that may stand in SQL between double quotes.
 * @throws QUEUE_INVALID too long, or with characters that pgmq does not take
 */
export function checkQueueNames(names: readonly string[]): void {
  for (const name of names) {
    if (name.length <= MAX_CHARACTERS && NAME.test(name)) continue;
    throw new JobQueueError(
      "QUEUE_INVALID",
      `A queue's name has 1 to ${MAX_CHARACTERS} characters of a-z, 0-9, _ and -, and no two - in a row. Choose another one.`,
      // The beginning is enough to find it by; a name from outside may be long.
      { details: { queue: name.slice(0, 64) } },
    );
  }
}

export function dlqOf(queue: string): string {
  return queue + DLQ_SUFFIX;
}

/** @throws QUEUE_UNKNOWN it is none of the configured ones: other queues of the project are left alone */
export function checkKnown(queue: string, queues: readonly string[]): void {
  if (queues.includes(queue)) return;
  const message = `Queue ${queue} is not configured here. Configured are: ${queues.join(", ")}.`;
  throw new JobQueueError("QUEUE_UNKNOWN", message, { details: { queue } });
}
