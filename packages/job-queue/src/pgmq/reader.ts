import { type Clock, isFleetError, SECOND_MS } from "@shoal/kernel";
import type { EnqueueSql } from "../types.ts";
import type { Tally } from "./held.ts";
import type { Line } from "./line.ts";
import { unknownQueue } from "./queue-errors.ts";
import { existingQueues } from "./queues.ts";
import type { Ask, MessageRow, QueueStatements } from "./statements.ts";

export interface ReaderOptions {
  readonly sql: EnqueueSql;
  readonly statements: Pick<QueueStatements, "read">;
  readonly lines: readonly Line[];
  readonly clock: Clock;
  readonly visibilitySeconds: number;
}

/** Reads from all queues in one statement. */
export interface Reader {
  /** The queues that are there, as far as is known. */
  present(): readonly Line[];
  /** Reads into the lines and counts what came, by queue. Errors as `Sql.query`, QUEUE_PGMQ_MISSING. */
  read(asks: readonly Ask[], tallies?: ReadonlyMap<string, Tally>): Promise<ReadonlyMap<string, number>>;
}

/** A queue that was not there is looked for again after so long. */
const ABSENT_MS = 30 * SECOND_MS;

export function createReader({ sql, statements, lines, clock, visibilitySeconds }: ReaderOptions): Reader {
  const lineOf = new Map(lines.map((line) => [line.queue, line]));
  const absentUntilMs = new Map<string, number>();

  /** One that is missing (dropped, or never made) fails the read of all: it is left out for a while. */
  const readThere = async (asks: readonly Ask[]): Promise<MessageRow[]> => {
    try {
      return await statements.read(asks, visibilitySeconds);
    } catch (thrown) {
      if (!isFleetError(thrown, "QUEUE_UNKNOWN")) throw thrown;
      const there = await existingQueues(
        sql,
        asks.map((ask) => ask.queue),
      );
      const rest = asks.filter((ask) => there.has(ask.queue));
      if (rest.length === asks.length) throw thrown;
      for (const line of lines.filter(({ queue }) => asks.some((ask) => ask.queue === queue) && !there.has(queue))) {
        absentUntilMs.set(line.queue, clock.monotonicMs() + ABSENT_MS);
        line.failed(unknownQueue(line.queue));
      }
      return rest.length > 0 ? readThere(rest) : [];
    }
  };

  return {
    present: () => lines.filter(({ queue }) => clock.monotonicMs() >= (absentUntilMs.get(queue) ?? 0)),
    async read(asks, tallies) {
      if (asks.length === 0) return new Map();
      // Counted from before the question: we stop before another one can start.
      const expiresAtMs = clock.monotonicMs() + visibilitySeconds * SECOND_MS;
      const rows = await readThere(asks);
      const byQueue = Map.groupBy(rows, (row) => row.queue);
      for (const { queue, quantity } of asks) {
        const ours = byQueue.get(queue) ?? [];
        const isFull = ours.length === quantity;
        lineOf.get(queue)?.admit({ rows: ours, isFull, expiresAtMs, tally: tallies?.get(queue) });
      }
      return new Map([...byQueue].map(([queue, each]) => [queue, each.length]));
    },
  };
}
