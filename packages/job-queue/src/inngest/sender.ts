import { createLoop, type Emitter, errorFields, proportionalJitter, type Runtime, withTimeLimit } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { InngestEvents } from "../types.ts";
import type { ExecutorMode } from "./mode.ts";
import { HOLD_MS, markAccepted, type OutgoingEvent, putBack, takeEvents } from "./outbox.ts";
import type { InngestPort } from "./port.ts";

/** How often the outbox is read without a nudge: jobs fall due by themselves. */
const POLL_MS = 1_000;
/** The same while others say when that is. */
const QUIET_POLL_MS = 60_000;
/** Far below what Inngest takes in one request. @source inngest/inngest pkg/consts: 5,000 events, 10 MB */
const BATCH = 100;
const SEND_LIMIT_MS = 10_000;
const BACKOFF = proportionalJitter(1_000, 60_000);

export interface Sender {
  start(): void;
  /** There may be something to send. */
  nudge(): void;
  /** An event is due in so many ms. */
  dueIn(delayMs: number): void;
  /** Aborts a batch under way: its events stay in the outbox. Idempotent. */
  stop(): Promise<void>;
}

export interface SenderOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly port: Pick<InngestPort, "send">;
  readonly events: Emitter<InngestEvents>;
  readonly calls: ExecutorMode["calls"];
  /** After so long, in ms, an accepted event is followed by another one for the same job. */
  readonly watchMs: number;
  /** Inngest is asked to call no earlier than so long after the job is due, in ms. */
  readonly callAfterMs: number | null;
  /** Whether it is told of all events that are due. Default: it is not. */
  readonly isAnnounced?: () => boolean;
}

/**
 * Sends the outbox, batch by batch, at least once: an event is struck out when Inngest has taken it, never before. Any
 * number of daemons may send at the same time.
 */
export function createSender(options: SenderOptions): Sender {
  const { database, runtime, events } = options;
  const stopping = new AbortController();

  const round = async (): Promise<number> => {
    while (!stopping.signal.aborted) {
      const taken = await takeEvents(database, { ...options, limit: BATCH, holdMs: HOLD_MS });
      if (taken.events.length > 0) await sendBatch(taken.events);
      if (!taken.isFull) break;
    }
    return options.isAnnounced?.() ? QUIET_POLL_MS : POLL_MS;
  };

  const sendBatch = async (batch: readonly OutgoingEvent[]): Promise<void> => {
    const limit = { clock: runtime.clock, limitMs: SEND_LIMIT_MS, signal: stopping.signal };
    try {
      await withTimeLimit(limit, (signal) => options.port.send(batch.map(asInngestEvent), signal));
    } catch (thrown) {
      // Should this fail as well, the hold runs out by itself.
      await putBack(database, batch).catch(() => {});
      throw thrown;
    }
    events.emit("inngest:sent", { count: batch.length });
    await markAccepted(database, batch, options.watchMs);
  };

  const asInngestEvent = ({ eventId, ...job }: OutgoingEvent) => ({
    ...job,
    id: eventId,
    notBeforeMs: options.callAfterMs === null ? null : job.dueAtMs + options.callAfterMs,
  });

  const loop = createLoop({
    runtime,
    work: round,
    onError: (error, retryInMs) => {
      if (stopping.signal.aborted) return;
      const { error_code: code } = errorFields(error);
      events.emit("inngest:failed", { code, retryInMs });
    },
    backoff: BACKOFF,
    nudgeMs: 5,
  });

  return {
    start: loop.start,
    nudge: loop.nudge,
    dueIn: loop.dueIn,
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}
