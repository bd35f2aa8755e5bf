import { type Emitter, errorFields, type Runtime, SECOND_MS, unreachable } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { Enqueued, NewJob, QueueEvents, QueueHandler } from "../types.ts";
import { startMessage } from "./attempt.ts";
import type { Held, Outcome, Tally } from "./held.ts";
import type { Load } from "./reading.ts";
import { createSettler } from "./settler.ts";
import type { MessageRow, QueueStatements } from "./statements.ts";

export interface LineOptions {
  readonly queue: string;
  readonly handler: QueueHandler;
  readonly statements: QueueStatements;
  readonly runtime: Runtime;
  readonly events: Emitter<QueueEvents>;
  readonly batchSize: number;
  readonly visibilitySeconds: number;
  readonly maxReads: number;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
  /** A handler ended, or a message was settled. */
  readonly onRoom: () => void;
}

/** The messages of one queue that are here: those that wait, run and are being settled. */
export interface Line {
  readonly queue: string;
  /** Nothing is left to settle. */
  readonly isEmpty: boolean;
  /** As it is now: the same object always, because it is looked at for each message. */
  readonly load: Load;
  /** Takes in what was read, to be run when its turn comes. `expiresAtMs`: on the monotonic clock. */
  admit(rows: readonly MessageRow[], expiresAtMs: number, tally?: Tally): void;
  /** Begins the one that has waited longest. */
  runNext(): void;
  /** Makes the messages here invisible to others for a whole term more; drops those that others have by now. */
  extend(): Promise<boolean>;
  /** Gives back what has not begun. */
  releaseWaiting(): void;
  /** Aborts the handlers and gives all back. Resolves when that was tried once. */
  abandon(): Promise<void>;
  failed(error: unknown): void;
}

/** How much the last duration counts in the average. */
const NEWEST_SHARE = 0.2;

export function createLine(options: LineOptions): Line {
  const { queue, statements, runtime, events, visibilitySeconds, onRoom } = options;
  const { clock } = runtime;
  const log = runtime.log.child({ part: "queue", queue });
  const held = new Map<string, Held>();
  const waiting: Held[] = [];
  let running = 0;
  let averageMs: number | undefined;
  const load: Load = {
    queue,
    get waiting() {
      return waiting.length;
    },
    get running() {
      return running;
    },
    get averageMs() {
      return averageMs;
    },
  };

  const failed = (error: unknown) => {
    const fields = errorFields(error);
    log.debug(fields, "a statement about a queue failed");
    events.emit("queue:failed", { queue, code: fields.error_code });
  };

  const enter = (message: Held, phase: Held["phase"]) => {
    if (message.phase === "running") running -= 1;
    if (phase === "running") running += 1;
    message.phase = phase;
  };

  const end = (message: Held, count: "completed" | "failed" | "dead" | "lost" | undefined) => {
    enter(message, "over");
    // Read again by ourselves: then the entry is the newer read's.
    if (held.get(message.id) === message) held.delete(message.id);
    const { tally } = message;
    if (!tally) return;
    if (count) tally.report[count] += 1;
    tally.open -= 1;
    if (tally.open === 0) tally.done.resolve();
  };

  const lose = (message: Held) => {
    message.attempt?.abort(lostError(message));
    events.emit("message:lost", { queue, messageId: message.id, readCount: message.reads });
    end(message, "lost");
  };

  /**
   * What its handler does after its time, another one may be doing as well. It has until the next beat to end: should
   * nobody have read the message, its outcome still counts.
   */
  const cutOff = (message: Held) => {
    if (clock.monotonicMs() < message.expiresAtMs) return;
    if (message.phase === "waiting") return lose(message);
    message.isCutOff = true;
    message.attempt?.abort(lostError(message));
  };

  const onSettled = (message: Held, outcome: Outcome, isOurs: boolean) => {
    // Read again by ourselves before its outcome was written.
    if (message.phase === "over") return;
    if (isOurs) {
      report(events, message, outcome);
      end(message, outcome.kind === "released" ? undefined : outcome.kind);
    } else lose(message);
  };

  const settler = createSettler({
    ...options,
    isBusy: () => running > 0 || waiting.length > 0,
    onSettled,
    onWritten: onRoom,
    onError: failed,
  });

  const settle = (message: Held, outcome: Outcome) => {
    enter(message, "settling");
    settler.add(message, outcome);
  };

  const concluded = (message: Held, outcome: Outcome, startedAtMs: number) => {
    const tookMs = clock.monotonicMs() - startedAtMs;
    averageMs = averageMs === undefined ? tookMs : averageMs + (tookMs - averageMs) * NEWEST_SHARE;
    if (message.phase === "running") settle(message, outcome);
    onRoom();
  };

  return {
    queue,
    get isEmpty() {
      return held.size === 0;
    },
    load,

    admit(rows, expiresAtMs, tally) {
      for (const row of rows) {
        const earlier = held.get(row.id);
        if (earlier && earlier.phase !== "over") lose(earlier);
        const message = heldOf(row, expiresAtMs, tally);
        held.set(row.id, message);
        waiting.push(message);
        if (tally) tally.open += 1;
      }
      if (tally) tally.report.claimed += rows.length;
      if (rows.length > 0) events.emit("messages:read", { queue, count: rows.length });
    },

    runNext() {
      const message = waiting.shift();
      if (message?.phase !== "waiting") return;
      // Another process may have it by now: better none than two.
      if (clock.monotonicMs() >= message.expiresAtMs) return lose(message);
      enter(message, "running");
      const startedAtMs = clock.monotonicMs();
      message.attempt = startMessage(message.message, message.key, options);
      void message.attempt.outcome.then((outcome) => concluded(message, outcome, startedAtMs));
    },

    async extend() {
      for (const message of held.values()) if (message.isCutOff && isHeld(message)) lose(message);
      const mine = [...held.values()].filter(isHeld);
      if (mine.length === 0) return true;
      const expiresAtMs = clock.monotonicMs() + visibilitySeconds * SECOND_MS;
      try {
        const ours = await statements.setVisibility(
          queue,
          mine.map(({ id, reads }) => ({ id, reads, seconds: visibilitySeconds })),
        );
        for (const message of mine.filter(isHeld)) {
          if (ours.has(message.id)) message.expiresAtMs = expiresAtMs;
          else lose(message);
        }
        onRoom();
        return true;
      } catch (thrown) {
        failed(thrown);
        mine.filter(isHeld).forEach(cutOff);
        onRoom();
        return false;
      }
    },

    releaseWaiting() {
      for (const message of waiting.splice(0)) if (message.phase === "waiting") settle(message, { kind: "released" });
    },

    async abandon() {
      this.releaseWaiting();
      for (const message of [...held.values()].filter(isHeld)) {
        message.attempt?.abort(new Error("the daemon ends"));
        settle(message, { kind: "released" });
      }
      await settler.finish();
    },

    failed,
  };
}

function heldOf(row: MessageRow, expiresAtMs: number, tally: Tally | undefined): Held {
  const { queue, id, reads, message: payload, enqueued_at: enqueuedAt } = row;
  // With the time, because ids begin anew when a queue is dropped and made again.
  const key = row.key ?? `${queue}:${id}:${enqueuedAt.getTime()}`;
  const message = {
    queue,
    id,
    payload,
    attempt: reads,
    // Few handlers look at it.
    get enqueuedAt() {
      return enqueuedAt.toISOString();
    },
  };
  return { id, reads, message, key, expiresAtMs, phase: "waiting", isCutOff: false, tally };
}

/** Neither settled nor on the way to it. */
function isHeld({ phase }: Held): boolean {
  return phase === "waiting" || phase === "running";
}

function report(events: Emitter<QueueEvents>, { message, reads }: Held, outcome: Outcome): void {
  const subject = { queue: message.queue, messageId: message.id, readCount: reads };
  switch (outcome.kind) {
    case "completed":
      return events.emit("message:archived", { ...subject, durationMs: outcome.durationMs });
    case "failed":
      return events.emit("message:failed", {
        ...subject,
        code: outcome.code,
        retryInMs: outcome.retrySeconds * SECOND_MS,
      });
    case "dead":
      return events.emit("message:dead", { ...subject, code: outcome.code });
    case "released":
      return events.emit("message:released", subject);
    default:
      unreachable(outcome);
  }
}

function lostError({ message }: Held): JobQueueError {
  return new JobQueueError(
    "QUEUE_MESSAGE_LOST",
    `Message ${message.id} of ${message.queue} may be another reader's by now.`,
    {
      details: { queue: message.queue, message_id: message.id, read_count: message.attempt },
    },
  );
}
