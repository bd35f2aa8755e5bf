import type { MessageRow } from "../pgmq/statements.ts";

/** Makes a small message as the statement that reads queues returns it. */
export function messageRow(queue: string, id: string): MessageRow {
  return {
    ...{ queue, id, reads: 1, enqueued_at: new Date(0), message: "{}", key: null },
    ...{ bytes: 2, isTooLarge: false, isCut: false },
  };
}
