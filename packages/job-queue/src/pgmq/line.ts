import { type Emitter, errorFields, type LoopReport, type Runtime, SECOND_MS, unreachable } from "@shoal/kernel";
import { JobQueueError } from "../errors.ts";
import type { Enqueued, JobOutcome, NewJob, QueueEvents, QueueHandler } from "../types.ts";
import { Held, type Outcome, type Phase, type Tally } from "./held.ts";
import { createMessageAttempts, neverFinished, outcomeOf } from "./message-attempt.ts";
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
  /** Hears how statements end that write what became of messages. */
  readonly report: LoopReport;
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
  /** Takes in what was read, to be run when its turn comes. */
  admit(read: Read): void;
  /** Begins the one that has waited longest. */
  runNext(): void;
  /** Makes the messages here invisible to others for a whole term more; drops those that others have by now. */
  extend(): Promise<boolean>;
  /** Nothing more is to be read: gives back what has not begun. */
  releaseWaiting(): void;
  /** Aborts the handlers and gives all back. Resolves when that was tried once. */
  abandon(): Promise<void>;
  failed(error: unknown): void;
}

/** What one read of a queue brought. */
export interface Read {
  readonly rows: readonly MessageRow[];
  /** As many as were asked for: there may be more. */
  readonly isFull: boolean;
  /** On the monotonic clock, in ms. */
  readonly expiresAtMs: number;
  /** Of the pass it is for. */
  readonly tally: Tally | undefined;
}

/** How much the last duration counts in the average. */
const NEWEST_SHARE = 0.2;

export function createLine(options: LineOptions): Line {
  const { queue, statements, runtime, events, visibilitySeconds, maxReads, onRoom } = options;
  const { clock } = runtime;
  const log = runtime.log.child({ part: "queue", queue });
  const held = new Map<string, Held>();
  const waiting: Held[] = [];
  const startMessage = createMessageAttempts(options);
  let running = 0;
  /** The queue has more than was read. */
  let isFull = false;
  let averageMs: number | undefined;
  const load: Load = {
    queue,
    get waiting() {
      return waiting.length;
    },
    get running() {
      return running;
    },
    get unwritten() {
      return settler.unwritten;
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

  const enter = (message: Held, phase: Phase) => {
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
    isBusy: () => isFull || running > 0 || waiting.length > 0,
    onSettled,
    onWritten: onRoom,
    onError: failed,
  });

  const settle = (message: Held, outcome: Outcome) => {
    enter(message, "settling");
    settler.add(message, outcome);
  };

  const concluded = (message: Held, outcome: JobOutcome) => {
    const { durationMs } = outcome;
    averageMs = averageMs === undefined ? durationMs : averageMs + (durationMs - averageMs) * NEWEST_SHARE;
    if (message.phase === "running") settle(message, outcomeOf(outcome));
    onRoom();
  };

  return {
    queue,
    get isEmpty() {
      return held.size === 0;
    },
    load,

    admit({ rows, expiresAtMs, tally, ...read }) {
      // A pass reads once, however much there is.
      isFull = read.isFull && !tally;
      for (const row of rows) {
        const earlier = held.get(row.id);
        if (earlier && earlier.phase !== "over") lose(earlier);
        const message = new Held(row, maxReads, expiresAtMs, tally);
        held.set(row.id, message);
        waiting.push(message);
        if (tally) tally.open += 1;
      }
      if (tally) tally.report.claimed += rows.length;
      if (rows.length > 0) events.emit("messages:read", { queue, count: rows.length });
      settler.check();
    },

    runNext() {
      const message = waiting.shift();
      if (message?.phase !== "waiting") return;
      // Another process may have it by now: better none than two.
      const nowMs = clock.monotonicMs();
      if (nowMs >= message.expiresAtMs) return lose(message);
      const end = neverFinished(message.message);
      if (end) return settle(message, end);
      enter(message, "running");
      message.attempt = startMessage(message, nowMs);
      void message.attempt.outcome.then((outcome) => concluded(message, outcome));
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
      isFull = false;
      for (const message of waiting.splice(0)) if (message.phase === "waiting") settle(message, { kind: "released" });
      settler.check();
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

/** Neither settled nor on the way to it. */
function isHeld({ phase }: Held): boolean {
  return phase === "waiting" || phase === "running";
}

function report(events: Emitter<QueueEvents>, held: Held, outcome: Outcome): void {
  const { id: messageId, reads: readCount } = held;
  const { queue } = held.message;
  switch (outcome.kind) {
    case "completed":
      return events.emit("message:archived", { queue, messageId, readCount, durationMs: outcome.durationMs });
    case "failed": {
      const { code, retrySeconds } = outcome;
      const retryInMs = retrySeconds * SECOND_MS;
      return events.emit("message:failed", { queue, messageId, readCount, code, retryInMs });
    }
    case "dead":
      return events.emit("message:dead", { queue, messageId, readCount, code: outcome.code });
    case "released":
      return events.emit("message:released", { queue, messageId, readCount });
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
