import {
  type BoundedMemory,
  createBoundedMemory,
  type Emitter,
  errorFields,
  FleetError,
  HOUR_MS,
  isFleetError,
  type Runtime,
  SECOND_MS,
  withTimeout,
} from "@shoal/kernel";
import pLimit from "p-limit";
import { type Answer, answerOf, MAX_ANSWER_BYTES } from "./answer.ts";
import { type AnswerId, type AnswerTable, RETRY_MS, type Taken } from "./answer-table.ts";
import type { DatabaseTime } from "./database-time.ts";
import type { AnalyticsEvents, AnswerLayer, AnswerResult } from "./events.ts";
import { type AnalyticsParameters, type AnalyticsQuery, answerKey } from "./queries.ts";
import type { AnalyticsReader } from "./reader.ts";
import type { SharedCache } from "./shared-cache.ts";

/** How old an answer may be that is served because no newer one can be had, in ms. Redis keeps them as long. */
export const RETENTION_MS = HOUR_MS;
const MEMORY_BYTES = 32 * 1024 * 1024;
/** Of an answer in memory, beside its data: there may be many that are small. */
const ENTRY_BYTES = 1024;
/** Questions that one daemon asks the database at a time: of its two connections one stays for people. */
const MAX_QUERIES = 1;
/** When to look again for an answer that another daemon makes, where no notification comes, in ms. */
const LOOK_AGAIN_MS = SECOND_MS;
/** The same while a caller waits. */
const WAIT_STEP_MS = 250;
/** How long a caller waits for other daemons, in ms. */
const WAIT_LIMIT_MS = 20 * SECOND_MS;

/** Of an answer that nobody was to make: it counts as out of date from its floor on. */
const NOTHING_SEEN = "{0}";

export interface ServedAnswer {
  readonly answer: Answer;
  readonly ageMs: number;
  /** Whether it is older than is promised: a newer one is being made, or cannot be had. */
  readonly isStale: boolean;
}

/** An answer in memory. */
export interface KeptAnswer {
  readonly key: string;
  readonly query: AnalyticsQuery;
  readonly answer: Answer;
  /** Until then it is served without a look elsewhere; by the monotonic clock. */
  readonly dueMs: number;
  /** Whether it is as young until then as is promised. */
  readonly isFresh: boolean;
  /** Whether the latest try to make a newer one failed. */
  readonly hasFailed: boolean;
}

export interface AnswersOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly reader: Pick<AnalyticsReader, "read">;
  readonly table: AnswerTable;
  readonly time: DatabaseTime;
  readonly events: Emitter<AnalyticsEvents>;
  /** Answers of another version are misses. */
  readonly versionOf: (query: AnalyticsQuery) => string;
  /** Undefined: there is none, or not yet. */
  readonly shared: () => SharedCache | undefined;
}

interface KeptHit {
  readonly kept: KeptAnswer;
  readonly result: AnswerResult;
  readonly layer: AnswerLayer;
}

interface Asked extends AnswerId {
  readonly parameters: AnalyticsParameters;
}

/**
 * Answers from memory, else from Redis, else from the database, where all daemons together ask each question once at a time. What is out of date
 * is served while a newer answer is made; what nobody asks for is not made.
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #memory: BoundedMemory<KeptAnswer> = createBoundedMemory(MEMORY_BYTES);
  /** One for each key at most. */
  readonly #renewals = new Map<string, Promise<KeptHit>>();
  /** Keys of renewals under way that have been told of since they last asked the database: what that has answered may be older. */
  readonly #told = new Set<string>();
  /** Those who wait for an answer of another daemon. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  /** What goes on after its caller has been answered. */
  readonly #sharing = new Set<Promise<void>>();
  readonly #limit = pLimit(MAX_QUERIES);
  readonly #closing = new AbortController();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Answers in memory. */
  kept(): Iterable<KeptAnswer> {
    return this.#memory.values();
  }

  /**
   * @throws ANALYTICS_BUSY (retryable) other daemons have not answered in time
   * @throws ANALYTICS_CLOSED (retryable) the daemon drains
   * and what `AnalyticsReader.read` throws, where there is no older answer
   */
  async ask(query: AnalyticsQuery, parameters: AnalyticsParameters): Promise<ServedAnswer> {
    const { clock } = this.#options.runtime;
    const startedMs = clock.monotonicMs();
    const version = this.#options.versionOf(query);
    const asked = { query, version, key: answerKey(query, parameters), parameters };
    // What is in memory is found in one turn: other requests do not come in between.
    const { kept, result, layer } = this.#inMemory(asked) ?? (await this.#renew(asked));
    const ageMs = this.#ageMs(kept.answer);
    const durationMs = clock.monotonicMs() - startedMs;
    this.#options.events.emit("answer:served", { query: query.name, result, layer, ageMs, durationMs });
    return { answer: kept.answer, ageMs, isStale: result === "stale" };
  }

  /** Another daemon, or this one, has made an answer. */
  told(key: string, madeMs: number): void {
    this.#waiting.get(key)?.resolve();
    if (this.#renewals.has(key)) this.#told.add(key);
    const kept = this.#memory.get(key);
    if (kept && kept.answer.madeMs < madeMs) this.#keep({ ...kept, dueMs: Number.NEGATIVE_INFINITY });
  }

  /** Ends all waits, and resolves when what is being made or shared is. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(closed());
    for (const { resolve } of this.#waiting.values()) resolve();
    await Promise.allSettled(this.#renewals.values());
    await Promise.allSettled(this.#sharing);
  }

  /** Answers that are being made or shared. */
  get busyCount(): number {
    return this.#renewals.size + this.#sharing.size;
  }

  /** Returns the answer in memory, and has a newer one made where it is out of date; undefined where it cannot be served. */
  #inMemory(asked: Asked): KeptHit | undefined {
    const kept = this.#memory.get(asked.key);
    if (!kept) return undefined;
    if (this.#options.runtime.clock.monotonicMs() < kept.dueMs) {
      return { kept, result: kept.isFresh ? "hit" : "stale", layer: "memory" };
    }
    if (this.#ageMs(kept.answer) >= asked.query.ttlMs && !kept.hasFailed) return undefined;
    // It has told its failure as an event.
    this.#renew(asked).catch(() => {});
    return { kept, result: "stale", layer: "memory" };
  }

  #renew(asked: Asked): Promise<KeptHit> {
    const running = this.#renewals.get(asked.key);
    if (running) {
      this.#options.events.emit("answer:coalesced", { query: asked.query.name });
      return running;
    }
    const renewal = this.#look(asked).finally(() => {
      this.#renewals.delete(asked.key);
      this.#told.delete(asked.key);
    });
    this.#renewals.set(asked.key, renewal);
    return renewal;
  }

  /** Finds a newer answer than the one in memory. Falls back on what there is. */
  async #look(asked: Asked): Promise<KeptHit> {
    const { query, key } = asked;
    let known = this.#memory.get(key)?.answer;
    try {
      const shared = answerOf(query, await this.#options.shared()?.get(sharedKey(asked)), this.#options.time.nowMs());
      if (shared && isNewer(shared, known)) {
        known = shared;
        const leftMs = query.floorMs - this.#madeAgoMs(shared);
        if (leftMs > 0) return this.#found(asked, shared, leftMs, "redis");
      }
      return await this.#take(asked, known);
    } catch (thrown) {
      this.#failed(query, thrown);
      const kept = known && this.#ageMs(known) < RETENTION_MS && this.#outOfDate(asked, known, RETRY_MS, true);
      if (!kept) throw thrown;
      return { kept, result: "stale", layer: "memory" };
    }
  }

  /** Takes what another daemon has made, waits until one has, or makes it. */
  async #take(asked: Asked, first: Answer | undefined): Promise<KeptHit> {
    const { clock } = this.#options.runtime;
    const untilMs = clock.monotonicMs() + WAIT_LIMIT_MS;
    for (let known = first, hasWaited = false; ; hasWaited = true) {
      this.#closing.signal.throwIfAborted();
      this.#told.delete(asked.key);
      const taken = await this.#options.table.take(asked, known?.madeMs ?? null);
      known = this.#givenBy(asked.query, taken, known);
      if (taken.kind === "answer" && known)
        return this.#found(asked, known, this.#promisedMs(asked.query, known), "database");
      if (taken.kind !== "wait") return this.#make(asked, taken);
      if (!hasWaited) this.#options.events.emit("answer:coalesced", { query: asked.query.name });
      if (known && this.#ageMs(known) < asked.query.ttlMs) {
        const lastsMs = this.#told.has(asked.key) ? 0 : LOOK_AGAIN_MS;
        return { kept: this.#outOfDate(asked, known, lastsMs, false), result: "stale", layer: "database" };
      }
      if (clock.monotonicMs() >= untilMs) throw busy(asked.key);
      await this.#waitFor(asked.key, Math.min(WAIT_STEP_MS, taken.waitMs + 1));
    }
  }

  /** Returns the answer that stands in the database; undefined where that is none. */
  #givenBy(query: AnalyticsQuery, { value, madeMs, asOfMs, nowMs }: Taken, known: Answer | undefined) {
    // What has not changed since is as of now.
    if (value === null) return known && madeMs === known.madeMs && asOfMs !== null ? { ...known, asOfMs } : known;
    return answerOf(query, { data: parsed(value), madeMs, asOfMs }, nowMs);
  }

  /** How long an answer of the database lasts: until it is as old as its floor, or as long again, because nothing had changed. */
  #promisedMs({ floorMs }: AnalyticsQuery, answer: Answer): number {
    const leftMs = floorMs - this.#madeAgoMs(answer);
    return leftMs > 0 ? leftMs : floorMs;
  }

  async #make(asked: Asked, { seen, nowMs: madeMs }: Taken): Promise<KeptHit> {
    const { reader, events, runtime, table } = this.#options;
    const { query, parameters } = asked;
    try {
      const read = await this.#limit(async () => {
        const startedMs = runtime.clock.monotonicMs();
        const answer = await reader.read(query, parameters);
        events.emit("query:ended", { query: query.name, durationMs: runtime.clock.monotonicMs() - startedMs });
        return answer;
      });
      const answer = { data: read.data, madeMs, asOfMs: read.asOf.getTime() };
      const bytes = Buffer.byteLength(JSON.stringify(answer));
      if (bytes > MAX_ANSWER_BYTES) throw tooLarge(query, bytes);
      this.#background(query, async () => {
        // First, because those who are told look there.
        await this.#options.shared()?.set(sharedKey(asked), answer);
        await table.put(asked, answer, seen ?? NOTHING_SEEN);
      });
      return { ...this.#found(asked, answer, query.floorMs, "database"), result: "miss" };
    } catch (thrown) {
      this.#background(query, () => table.giveUp(asked));
      throw thrown;
    }
  }

  /** The caller does not wait for it; `close` does. */
  #background(query: AnalyticsQuery, work: () => Promise<void>): void {
    const sharing: Promise<void> = work()
      .catch((thrown: unknown) => this.#failed(query, thrown))
      .finally(() => this.#sharing.delete(sharing));
    this.#sharing.add(sharing);
  }

  /** Waits for another daemon's notification: no more than one renewal waits for each key. */
  async #waitFor(key: string, limitMs: number): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(key, waiting);
    await withTimeout(this.#options.runtime.clock, limitMs, waiting.promise);
    this.#waiting.delete(key);
  }

  #found(asked: Asked, answer: Answer, lastsMs: number, layer: AnswerLayer): KeptHit {
    const dueMs = this.#options.runtime.clock.monotonicMs() + lastsMs;
    const { query, key } = asked;
    const kept = this.#keep({ key, query, answer, dueMs, isFresh: true, hasFailed: false });
    return { kept, result: "hit", layer };
  }

  #outOfDate({ key, query }: Asked, answer: Answer, lastsMs: number, hasFailed: boolean): KeptAnswer {
    const dueMs = this.#options.runtime.clock.monotonicMs() + lastsMs;
    return this.#keep({ key, query, answer, dueMs, isFresh: false, hasFailed });
  }

  #keep(kept: KeptAnswer): KeptAnswer {
    // As text; in memory it is about twice as much.
    const bytes = ENTRY_BYTES + 2 * (kept.key.length + JSON.stringify(kept.answer.data).length);
    this.#memory.set(kept.key, kept, bytes);
    return kept;
  }

  #failed(query: AnalyticsQuery, thrown: unknown): void {
    // A question that cannot be answered, because a field of it is wrong, is no failure.
    const isRefused = isFleetError(thrown) && thrown.details["field"] !== undefined;
    if (isRefused || this.#closing.signal.aborted) return;
    this.#options.events.emit("answer:failed", { query: query.name, code: errorFields(thrown).error_code });
  }

  #ageMs = ({ asOfMs }: Answer) => Math.max(0, this.#options.time.nowMs() - asOfMs);
  #madeAgoMs = ({ madeMs }: Answer) => Math.max(0, this.#options.time.nowMs() - madeMs);
}

const sharedKey = ({ version, key }: AnswerId) => `${version}:${key}`;

const isNewer = (one: Answer, other: Answer | undefined) => other === undefined || one.madeMs > other.madeMs;

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const closed = () => new FleetError("ANALYTICS_CLOSED", "the daemon drains; ask another one", { retryable: true });

const busy = (key: string) =>
  new FleetError("ANALYTICS_BUSY", "another daemon has not answered in time; ask again shortly", {
    retryable: true,
    details: { key },
  });

const tooLarge = ({ name }: AnalyticsQuery, bytes: number) =>
  new FleetError(
    "ANALYTICS_ANSWER_TOO_LARGE",
    `the answer of ${name} has ${bytes} bytes, ${MAX_ANSWER_BYTES} are allowed: limit the rows of the query in the fleet file`,
    { details: { query: name, bytes } },
  );
