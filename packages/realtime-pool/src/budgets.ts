import type { Emitter, Runtime } from "@shoal/kernel";
import type { Failure } from "./classify.ts";
import { poolClosed, sendThrottled } from "./errors.ts";
import { EventsHold } from "./events-hold.ts";
import type { EventsAnswer, NoticeSender } from "./notices.ts";
import type { PoolOptions } from "./options.ts";
import type { SlotHolder } from "./socket.ts";
import { SpendQueue } from "./spend-queue.ts";
import type { PoolEvents } from "./types.ts";
import type { Usage } from "./window-budget.ts";

export interface BudgetsParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly events: Emitter<PoolEvents>;
  readonly notices: NoticeSender;
  /** Called when the events limit lets the holder join again. */
  readonly resume: (holder: SlotHolder) => void;
}

/** A match notice matters more than a line of talk. */
const NOTICE_RANK = -1;
/**
 * The server counts a message or notice once, and once more for each that it is delivered to. How many these are is not known:
 * one person is assumed. Deliveries to channels of ours are counted when they arrive.
 */
const MESSAGE_COST = 2;
/** The server counts a call, and a diff for each channel in the topic, listening or not: all of ours, and one person's. */
const PRESENCE_CALL_COST = 2;

/**
 * Decides when the fleet may send: messages and notices within the project's events, presence calls within its presence
 * events. Joins are the dispatcher's.
 */
export class Budgets {
  readonly #parts: BudgetsParts;
  readonly #events: SpendQueue;
  readonly #presence: SpendQueue;
  readonly #hold: EventsHold;
  /** Holders that are in a topic, and how many each topic has. */
  readonly #members = new Set<SlotHolder>();
  readonly #memberCounts = new Map<string, number>();
  /** Messages that were granted and go out as soon as the stack is empty. */
  #going = 0;
  #isClosed = false;

  constructor(parts: BudgetsParts) {
    this.#parts = parts;
    const { options, events, runtime, resume } = parts;
    this.#events = this.#createQueue("events", options.eventsPerSecond);
    this.#presence = this.#createQueue("presence", options.presenceEventsPerSecond);
    this.#hold = new EventsHold({
      runtime,
      resume,
      probe: () => this.#probe(),
      onHold: () => {
        this.#events.rateLimited();
        this.#events.hold();
      },
      onRelease: () => this.#events.release(),
    });
    // The server counts what it delivers, too.
    events.on("message:received", () => this.#events.record(1));
    events.on("channel:joined", () => {
      this.#events.joined();
      this.#presence.joined();
    });
  }

  get figures(): Readonly<Record<"events" | "presence", Usage>> {
    return { events: this.#events.usage, presence: this.#presence.usage };
  }

  /**
   * Null: one message may go now. Otherwise resolves when it may.
   * @throws POOL_SEND_THROTTLED (retryable) after `sendWaitMs`
   * @throws POOL_CLOSED the pool is draining
   */
  maySend(topic: string, rank: number): Promise<void> | null {
    // A message goes behind granted ones, or it would overtake an earlier one of the same channel.
    if (this.#events.take(MESSAGE_COST)) return this.#going > 0 ? Promise.resolve() : null;
    const { options, events } = this.#parts;
    return new Promise((resolve, reject) => {
      const granted = (waitMs: number) => {
        this.#going += 1;
        events.emit("send:waited", { topic, waitMs });
        resolve();
        queueMicrotask(() => {
          this.#going -= 1;
        });
      };
      const refused = (waitMs: number) => {
        if (!this.#isClosed) events.emit("send:refused", { topic });
        reject(this.#isClosed ? poolClosed(topic) : sendThrottled(topic, waitMs));
      };
      const settle = (isGranted: boolean, waitMs: number) => (isGranted ? granted(waitMs) : refused(waitMs));
      this.#events.ask({ rank, cost: () => MESSAGE_COST, limitMs: options.sendWaitMs, settle });
    });
  }

  /** Like `maySend` for an HTTP broadcast, which goes before every message. */
  mayNotify(topic: string): Promise<void> | null {
    return this.maySend(topic, NOTICE_RANK);
  }

  /** Calls `grant` when one presence call may go, at once or later. Returns a function that takes the request back (idempotent). */
  askPresence(topic: string, rank: number, grant: () => void): () => void {
    return this.#presence.ask({
      rank,
      cost: () => PRESENCE_CALL_COST + (this.#memberCounts.get(topic) ?? 0),
      limitMs: Number.POSITIVE_INFINITY,
      settle: (isGranted) => {
        if (isGranted) grant();
      },
    });
  }

  /**
   * Null: a channel with a presence entry may leave its topic now; the server tells that to each channel there. Otherwise resolves
   * when it may, or after `limitMs`, because it has to go.
   */
  mayLeave(topic: string, rank: number, limitMs: number): Promise<void> | null {
    const cost = () => this.#memberCounts.get(topic) ?? 1;
    if (this.#presence.take(cost())) return null;
    return new Promise((resolve) => {
      this.#presence.ask({ rank, cost, limitMs, settle: () => resolve() });
    });
  }

  /** Takes in what the answer to a notice said of the project's events. */
  readonly answered = ({ isOver, limitPerSecond }: EventsAnswer): void => {
    if (limitPerSecond !== null) this.#events.limitTold(limitPerSecond);
    if (isOver) this.#hold.over();
  };

  /** Throttles the budget whose limit a channel was lost or refused for. */
  onFailure(holder: SlotHolder, { limit }: Failure): void {
    if (limit === "presence") this.#presence.rateLimited();
    if (limit === "events") this.#hold.over(holder);
  }

  /** Parks a holder that was closed by the events limit until the project is below it. False: its own backoff decides. */
  park(holder: SlotHolder): boolean {
    return this.#hold.park(holder);
  }

  /** The holder sends a join: from then on the server tells it each presence change, and first the whole state if it listens. */
  joining(holder: SlotHolder, listens: boolean): void {
    if (listens) this.#presence.record(1);
    if (this.#members.has(holder)) return;
    this.#members.add(holder);
    this.#memberCounts.set(holder.topic, (this.#memberCounts.get(holder.topic) ?? 0) + 1);
  }

  joined(holder: SlotHolder): void {
    this.#hold.joined(holder);
  }

  /** The holder was released or has failed. Idempotent. */
  forget(holder: SlotHolder): void {
    this.#hold.forget(holder);
    if (!this.#members.delete(holder)) return;
    const left = (this.#memberCounts.get(holder.topic) ?? 1) - 1;
    if (left > 0) this.#memberCounts.set(holder.topic, left);
    else this.#memberCounts.delete(holder.topic);
  }

  /** From now on this process may spend that part of our share of events and presence events, 0 to 1. */
  setShare(ratio: number): void {
    this.#events.setShare(ratio);
    this.#presence.setShare(ratio);
  }

  serverStarted(isCertain: boolean): void {
    this.#events.restarted(isCertain);
    this.#presence.restarted(isCertain);
  }

  /** Refuses every message, now and later. Idempotent. */
  closeSends(): void {
    this.#isClosed = true;
    this.#hold.close();
    this.#events.close();
  }

  /** Refuses every request that waits, lets all that leave go, and leaves no timer. Idempotent. */
  close(): void {
    this.closeSends();
    this.#presence.close();
  }

  async #probe(): Promise<"over" | "under" | "unknown"> {
    const { isOver, limitPerSecond } = await this.#parts.notices.probe();
    if (limitPerSecond !== null) this.#events.limitTold(limitPerSecond);
    if (isOver === null) return "unknown";
    if (isOver) return "over";
    // The server took it, so it counts it.
    this.#events.record(1);
    return "under";
  }

  #createQueue(budget: "events" | "presence", perSecond: number): SpendQueue {
    const { runtime, options, events } = this.#parts;
    return new SpendQueue({
      clock: runtime.clock,
      limits: { perSecond, joinShare: options.joinShare, windowMs: options.windowMs },
      isCold: options.unknownServerAge === "cold",
      onThrottled: (ratio, coolDownMs) => events.emit("budget:throttled", { budget, ratio, coolDownMs }),
    });
  }
}
