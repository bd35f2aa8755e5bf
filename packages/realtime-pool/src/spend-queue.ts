import type { Clock, Timer } from "@shoal/kernel";
import { RankQueue } from "./rank-queue.ts";
import {
  COOL_DOWN_MS,
  rateLimited,
  record,
  serverStarted,
  spend,
  type Usage,
  usage,
  type WindowBudget,
  type WindowLimits,
  windowBudget,
} from "./window-budget.ts";

/** Something that waits until the budget has room for it. */
export interface Wish {
  /** Lower goes first; among equals whoever came first. */
  readonly rank: number;
  /** Asked whenever there may be room: what it costs may grow while it waits. */
  cost(): number;
  /** Infinity waits for ever. */
  readonly limitMs: number;
  /** Once: whether the cost was spent, and how long it took. Never after the wish was taken back. */
  settle(isGranted: boolean, waitMs: number): void;
}

export interface SpendQueueParts {
  readonly clock: Clock;
  readonly limits: WindowLimits;
  /** The server's counter is taken to have just started when ours does. */
  readonly isCold: boolean;
  /** A rate signal halved what is ours. */
  readonly onThrottled: (ratio: number, coolDownMs: number) => void;
}

interface Waiting {
  readonly wish: Wish;
  readonly askedAtMs: number;
}

/** Of those who wait for a limited time: more would wait for nothing, and take memory meanwhile. */
const MAX_WAITING = 10_000;

/** A budget and those who wait for it. Nobody is passed by one of a lower rank, and nobody is forgotten. */
export class SpendQueue {
  readonly #parts: SpendQueueParts;
  readonly #waiting = new RankQueue<Waiting>();
  #budget: WindowBudget;
  #isHeld = false;
  #isClosed = false;
  /** The server restarted; its counter starts with the first of our channels that joins. */
  #restart: { readonly isCertain: boolean } | null;
  #wake: { readonly atMs: number; readonly timer: Timer } | null = null;

  constructor(parts: SpendQueueParts) {
    this.#parts = parts;
    this.#budget = windowBudget(parts.limits);
    this.#restart = parts.isCold ? { isCertain: false } : null;
  }

  get usage(): Usage {
    return usage(this.#budget, this.#nowMs());
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Spends at once, if there is room and nobody waits. */
  take(cost: number): boolean {
    if (this.#isHeld || this.#isClosed || this.#waiting.size > 0) return false;
    const verdict = spend(this.#budget, this.#nowMs(), cost);
    if (verdict.granted) this.#budget = verdict.budget;
    return verdict.granted;
  }

  /** Settles at once, if there is room and nobody waits, or later. Returns how to take the wish back (idempotent). */
  ask(wish: Wish): () => void {
    const isTaken = this.take(wish.cost());
    const isLimited = wish.limitMs !== Number.POSITIVE_INFINITY;
    if (isTaken || this.#isClosed || (isLimited && this.#waiting.size >= MAX_WAITING)) {
      wish.settle(isTaken, 0);
      return () => {};
    }
    const waiting = { wish, askedAtMs: this.#nowMs() };
    this.#waiting.add(waiting, wish.rank);
    if (isLimited) this.#wakeAt(waiting.askedAtMs + wish.limitMs);
    if (this.#waiting.first === waiting) this.#pump();
    return () => {
      if (this.#waiting.delete(waiting)) this.#pump();
    };
  }

  /** Counts what nobody asked for. */
  record(count: number): void {
    this.#budget = record(this.#budget, this.#nowMs(), count);
  }

  /** The server said what its limit is; a lower one than was configured counts. */
  limitTold(perSecond: number): void {
    const limits = { ...this.#parts.limits, perSecond: Math.min(this.#parts.limits.perSecond, perSecond) };
    this.#budget = { ...this.#budget, limits };
    this.#pump();
  }

  /** The server said "too many". */
  rateLimited(): void {
    const before = this.#budget;
    this.#budget = rateLimited(before, this.#nowMs());
    if (this.#budget !== before) this.#parts.onThrottled(this.usage.ratio, COOL_DOWN_MS);
  }

  /** The server was seen to go; `isCertain` when it forgot what it had counted. */
  restarted(isCertain: boolean): void {
    this.#restart = { isCertain: isCertain || (this.#restart?.isCertain ?? false) };
  }

  /** A channel joined, by which time the server's counter runs. */
  joined(): void {
    if (!this.#restart) return;
    this.#budget = serverStarted(this.#budget, this.#nowMs(), this.#restart.isCertain);
    this.#restart = null;
    this.#pump();
  }

  /** Nothing is granted until `release`. Both are idempotent. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  /** Refuses everybody, now and later. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.timer.cancel();
    this.#wake = null;
    for (const waiting of [...this.#waiting]) this.#settle(waiting, false);
  }

  #pump(): void {
    if (this.#isClosed || this.#isHeld) return;
    for (let first = this.#waiting.first; first; first = this.#waiting.first) {
      const verdict = spend(this.#budget, this.#nowMs(), first.wish.cost());
      if (!verdict.granted) return this.#wakeAt(verdict.retryAtMs);
      this.#budget = verdict.budget;
      this.#settle(first, true);
    }
  }

  #settle(waiting: Waiting, isGranted: boolean): void {
    this.#waiting.delete(waiting);
    waiting.wish.settle(isGranted, this.#nowMs() - waiting.askedAtMs);
  }

  #expire(): void {
    const nowMs = this.#nowMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const waiting of [...this.#waiting]) {
      const dueAtMs = waiting.askedAtMs + waiting.wish.limitMs;
      if (dueAtMs <= nowMs) this.#settle(waiting, false);
      else nextMs = Math.min(nextMs, dueAtMs);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#wakeAt(nextMs);
  }

  #wakeAt(atMs: number): void {
    if (this.#isClosed || (this.#wake && this.#wake.atMs <= atMs)) return;
    this.#wake?.timer.cancel();
    const timer = this.#parts.clock.after(Math.ceil(atMs - this.#nowMs()), () => {
      this.#wake = null;
      // Room first: whoever may go in this very moment is not sent away.
      this.#pump();
      this.#expire();
    });
    this.#wake = { atMs, timer };
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
