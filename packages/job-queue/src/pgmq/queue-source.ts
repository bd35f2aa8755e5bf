import {
  type Emitter,
  errorFields,
  isFleetError,
  type Log,
  parseExactJson,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  unreported,
} from "@shoal/kernel";
import { isAboutTheValues } from "@shoal/store";
import { JobQueueError } from "../errors.ts";
import type { Enqueued, EnqueueSql, Json, NewJob, QueueEvents, QueueHandler, QueueMessage } from "../types.ts";
import { AttemptContext, type ContextOptions, type WorkHandler } from "../work/attempt.ts";
import type { Ask } from "../work/claim-plan.ts";
import { type InFlight, kindOf } from "../work/in-flight.ts";
import type { SourceReports, SourceTraits, Turn, WorkSource } from "../work/work-source.ts";
import { unknownQueue } from "./queue-errors.ts";
import { existingQueues } from "./queues.ts";
import {
  type DeadLetter,
  MAX_MESSAGE_BYTES,
  type MessageRow,
  type QueueRead,
  type QueueStatements,
  type TimedRead,
} from "./statements.ts";

export interface QueueSourceOptions {
  readonly sql: EnqueueSql;
  readonly statements: QueueStatements;
  readonly runtime: Runtime;
  /** By queue. */
  readonly handlers: Readonly<Record<string, QueueHandler>>;
  readonly events: Emitter<QueueEvents>;
  readonly visibilitySeconds: number;
  readonly maxReads: number;
  readonly enqueue: (job: NewJob) => Promise<Enqueued>;
  /** As that of the consumers. */
  readonly reportLoop: ReportLoop;
  /** Whether it is told of all that can be read, so that it need not ask. Default: it is not. */
  readonly isAnnounced?: () => boolean;
}

type InFlightMessage = InFlight<ClaimedMessage>;

const DEFAULT_TIME_LIMIT_MS = 30 * SECOND_MS;

const NOTHING: QueueRead = { rows: [], nextDueMs: undefined };

/** A queue that did not exist is looked for again after so long. */
const ABSENT_MS = 30 * SECOND_MS;

const IDLE_MIN_MS = 25;
const IDLE_MAX_MS = SECOND_MS;

const TRAITS = {
  writesWithClaims: false,
  takesLateOutcomes: true,
  // It would hide a message that was just given back.
  extendsWhileWriting: false,
  maxWriteCount: Infinity,
  lingerMs: 20,
  readAheadMs: 250,
  paceMs: 20,
  idleMinMs: IDLE_MIN_MS,
  idleMaxMs: IDLE_MAX_MS,
};

/** The messages of pgmq queues, a lane each: one statement reads all queues, and the outcomes of each are written apart. */
export class QueueSource implements WorkSource<ClaimedMessage> {
  readonly traits: SourceTraits;
  readonly reports: SourceReports;
  readonly lanes: readonly string[];
  readonly #options: QueueSourceOptions;
  readonly #handlers: ReadonlyMap<string, WorkHandler<ClaimedMessage>>;
  readonly #contextOptions: ContextOptions;
  readonly #absentUntilMs = new Map<string, number>();
  readonly #log: Log;

  constructor(options: QueueSourceOptions) {
    const { handlers, runtime, enqueue, visibilitySeconds, reportLoop } = options;
    this.#options = options;
    this.reports = {
      claims: reportLoop("queues"),
      writesOf: (queue) => reportLoop(`queue:${queue}`),
      leases: unreported("queue-leases"),
    };
    this.traits = { ...TRAITS, leaseMs: visibilitySeconds * SECOND_MS, isAnnounced: options.isAnnounced };
    this.lanes = Object.keys(handlers);
    this.#handlers = new Map(Object.entries(handlers).map(([queue, handler]) => [queue, adapted(handler)]));
    this.#contextOptions = { runtime, executor: "supabase", enqueue };
    this.#log = runtime.log.child({ part: "queue" });
  }

  laneOf({ queue }: ClaimedMessage): string {
    return queue;
  }

  isAvailable(queue: string): boolean {
    const untilMs = this.#absentUntilMs.get(queue);
    return untilMs === undefined || this.#options.runtime.clock.monotonicMs() >= untilMs;
  }

  async completeAndClaim(done: readonly InFlightMessage[], asks: readonly Ask[]): Promise<Turn<ClaimedMessage>> {
    const written = await this.#write(done);
    const { rows, nextDueMs } = asks.length > 0 ? await this.#read(asks) : NOTHING;
    const cutLanes = new Set(rows.filter(({ isCut }) => isCut).map(({ queue }) => queue));
    const claimed = rows.map((row) => new ClaimedMessage(row, this.#options.maxReads));
    return { ...written, claimed, cutLanes, nextDueMs };
  }

  /** A queue that is missing (dropped, or never made) fails the read of all: it is left out for a while. */
  async #read(asks: readonly Ask[]): Promise<QueueRead> {
    const { sql, statements, visibilitySeconds, runtime } = this.#options;
    try {
      return await statements.read(asks, visibilitySeconds);
    } catch (thrown) {
      if (!isFleetError(thrown, "QUEUE_UNKNOWN")) throw thrown;
      const names = asks.map(({ lane }) => lane);
      const existing = await existingQueues(sql, names);
      const rest = asks.filter(({ lane }) => existing.has(lane));
      if (rest.length === asks.length) throw thrown;
      for (const queue of names.filter((name) => !existing.has(name))) {
        this.#absentUntilMs.set(queue, runtime.clock.monotonicMs() + ABSENT_MS);
        this.emitFailed(unknownQueue(queue), [queue]);
      }
      return rest.length > 0 ? this.#read(rest) : NOTHING;
    }
  }

  /** One statement for each kind of outcome, side by side: one that fails keeps no other from being written. */
  async #write(done: readonly InFlightMessage[]): Promise<Pick<Turn<ClaimedMessage>, "lostIds" | "unwritten">> {
    const [first] = done;
    if (!first) return { lostIds: new Set() };
    const { statements } = this.#options;
    const queue = first.lane;
    const completed: InFlightMessage[] = [];
    const hidden: InFlightMessage[] = [];
    const dead: InFlightMessage[] = [];
    for (const item of done) {
      const kind = kindOf(item.outcome);
      (kind === "completed" ? completed : kind === "dead" ? dead : hidden).push(item);
    }
    const lostIds = new Set<string>();
    const unwritten: NonNullable<Turn<ClaimedMessage>["unwritten"]>[number][] = [];
    const write = async (items: readonly InFlightMessage[], send: () => Promise<ReadonlySet<string>>) => {
      if (items.length === 0) return;
      try {
        const ours = await send();
        if (ours.size === items.length) return;
        for (const item of items) if (!ours.has(item.work.id) && !this.#wasOurs(item)) lostIds.add(item.work.id);
      } catch (error) {
        unwritten.push({ items, error });
      }
    };
    await Promise.all([
      write(completed, () => statements.archive(queue, completed.map(readOf))),
      write(hidden, () => statements.setVisibility(queue, hidden.map(hiddenRead))),
      write(dead, () => statements.bury(queue, dead.map(letterOf))),
    ]);
    return { lostIds, unwritten };
  }

  /** Others could not have read it yet, so it was the write without an answer that took it away. */
  #wasOurs({ mayBeWritten, expiresAtMs }: InFlightMessage): boolean {
    return mayBeWritten && this.#options.runtime.clock.monotonicMs() < expiresAtMs;
  }

  extend(queue: string, held: readonly InFlightMessage[]): Promise<ReadonlySet<string>> {
    const { statements, visibilitySeconds: seconds } = this.#options;
    return statements.setVisibility(
      queue,
      held.map((item) => ({ ...readOf(item), seconds })),
    );
  }

  /** A function or right that is missing may come back; the messages of a queue that was dropped do not. */
  isRefused(error: unknown): boolean {
    return isAboutTheValues(error) || isFleetError(error, "QUEUE_UNKNOWN") || isFleetError(error, "JOB_INVALID");
  }

  handlerOf({ queue, isTooLarge }: ClaimedMessage): WorkHandler<ClaimedMessage> {
    if (isTooLarge) return TOO_LARGE;
    return this.#handlers.get(queue) ?? NO_HANDLER;
  }

  contextOf(message: ClaimedMessage): AttemptContext {
    return new MessageContext(message, this.#contextOptions);
  }

  leaseLost({ queue, id, attempt }: ClaimedMessage): Error {
    return new JobQueueError("QUEUE_MESSAGE_LOST", `Message ${id} of ${queue} is lost: another reader may have it.`, {
      details: { queue, message_id: id, read_count: attempt },
    });
  }

  drained({ queue, id }: ClaimedMessage): Error {
    return new JobQueueError("JOB_DRAINED", `Message ${id} of ${queue} is given back because this process ends.`, {
      retryable: true,
      details: { queue, message_id: id },
    });
  }

  emitClaimed(queue: string, messages: readonly ClaimedMessage[]): void {
    this.#options.events.emit("messages:read", { queue, count: messages.length });
  }

  emitOutcome({ work, outcome }: InFlightMessage, isLost: boolean): void {
    const { events } = this.#options;
    const message = { queue: work.queue, messageId: work.id, readCount: work.attempt };
    if (isLost) return events.emit("message:lost", message);
    if (!outcome || outcome.kind === "aborted") return events.emit("message:released", message);
    if (outcome.kind === "completed") {
      return events.emit("message:archived", { ...message, durationMs: outcome.durationMs });
    }
    const { code, retryInMs } = outcome;
    if (retryInMs === null) return events.emit("message:dead", { ...message, code });
    events.emit("message:failed", { ...message, code, retryInMs: wholeSeconds(retryInMs) * SECOND_MS });
  }

  emitFailed(error: unknown, queues: readonly string[]): void {
    const fields = errorFields(error);
    for (const queue of queues) {
      this.#log.debug({ ...fields, queue }, "a statement about a queue failed; it is sent again");
      this.#options.events.emit("queue:failed", { queue, code: fields.error_code });
    }
  }
}

/** A message as one read of it. Few handlers ask for its time or its key, so both are made then. */
export class ClaimedMessage implements QueueMessage {
  readonly queue: string;
  readonly id: string;
  readonly payload: Json;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly payloadBytes: number;
  readonly isTooLarge: boolean;
  readonly #row: MessageRow;

  constructor(row: MessageRow, maxAttempts: number) {
    this.queue = row.queue;
    this.id = row.id;
    this.payload = row.message === null ? null : (parseExactJson(row.message) as Json);
    this.attempt = row.reads;
    this.maxAttempts = maxAttempts;
    this.payloadBytes = row.bytes;
    this.isTooLarge = row.isTooLarge;
    this.#row = row;
  }

  get enqueuedAt(): string {
    return this.#row.enqueued_at.toISOString();
  }

  /** The same for all attempts. With the time, because ids begin anew when a queue is dropped and made again. */
  get key(): string {
    const { key, queue, id, enqueued_at: enqueuedAt } = this.#row;
    return key ?? `${queue}:${id}:${enqueuedAt.getTime()}`;
  }
}

class MessageContext extends AttemptContext {
  readonly #message: ClaimedMessage;

  constructor(message: ClaimedMessage, options: ContextOptions) {
    super(options);
    this.#message = message;
  }

  get idempotencyKey(): string {
    return this.#message.key;
  }

  protected get logFields() {
    const { queue, id, attempt } = this.#message;
    return { part: "queue", queue, message_id: id, attempt };
  }
}

/** Dead at its first attempt: another one would not make it smaller. */
const TOO_LARGE: QueueHandler = {
  check: () => `The message is larger than ${MAX_MESSAGE_BYTES} bytes, and was not read.`,
  run: async () => {},
};

const NO_HANDLER: QueueHandler = {
  async run({ queue }) {
    throw new JobQueueError("QUEUE_UNKNOWN", `This process has no handler for the queue ${queue}.`);
  },
};

function adapted(handler: QueueHandler): WorkHandler<ClaimedMessage> {
  return {
    run: (message, context) => handler.run(message, context),
    check: (payload) => (isObject(payload) ? (handler.check?.(payload) ?? null) : "The payload is not a JSON object."),
    timeLimitMs: handler.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
    ...(handler.backoff && { backoff: handler.backoff }),
  };
}

/** Handlers take their payload apart; what is not an object would fail in all of them. */
function isObject(payload: Json): boolean {
  return typeof payload === "object" && payload !== null && !Array.isArray(payload);
}

/** pgmq counts in whole seconds. */
const wholeSeconds = (ms: number) => Math.max(1, Math.ceil(ms / SECOND_MS));

const readOf = ({ work: { id, attempt: reads } }: InFlightMessage) => ({ id, reads });

function hiddenRead(item: InFlightMessage): TimedRead {
  const retryInMs = item.outcome?.kind === "failed" ? item.outcome.retryInMs : null;
  return { ...readOf(item), seconds: retryInMs === null ? 0 : wholeSeconds(retryInMs) };
}

function letterOf(item: InFlightMessage): DeadLetter {
  const { code, message } = item.outcome?.kind === "failed" ? item.outcome : { code: "", message: "" };
  return { ...readOf(item), key: item.work.key, code, message };
}
