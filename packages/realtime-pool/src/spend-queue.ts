import { type Alarm, type Clock, createAlarm } from "@shoal/kernel";
import { RankQueue } from "./rank-queue.ts";
import {
  afterQuiet,
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

/** Something that costs part of the budget and waits until that is to be had. */
export interface SpendRequest {
  /** Lower goes first; equal ranks keep their order of arrival. */
  readonly rank: number;
  /** Called at each try: the cost may grow while the request waits. */
  cost(): number;
  /** Infinity waits for ever. */
  readonly limitMs: number;
  /** Called once with whether the cost was spent and how long it took; not after the request was taken back. */
  settle(isGranted: boolean, waitMs: number): void;
}

export interface SpendQueueParts {
  readonly clock: Clock;
  readonly limits: WindowLimits;
  /** The server's counter is taken to have just started when ours does. */
  readonly isCold: boolean;
  /** Called when a rate signal halved our part. */
  readonly onThrottled: (ratio: number, coolDownMs: number) => void;
}

interface Waiting {
  readonly request: SpendRequest;
  readonly askedAtMs: number;
}

/** Requests with a time limit that may wait: more would time out all the same, and take memory meanwhile. */
const MAX_WAITING = 10_000;

/** A budget and the requests that wait for it. A request never overtakes a more urgent one, and none is forgotten. */
export class SpendQueue {
  readonly #parts: SpendQueueParts;
  readonly #waiting = new RankQueue<Waiting>();
  #budget: WindowBudget;
  #toldPerSecond = Number.POSITIVE_INFINITY;
  /** 0 to 1: the part of our share that this process may spend. */
  #ratio = 1;
  #isHeld = false;
  #isClosed = false;
  /** Set from a restart of the server until a channel of ours joins: then its counter runs. */
  #restart: { readonly isCertain: boolean } | null;
  readonly #wake: Alarm;

  constructor(parts: SpendQueueParts) {
    this.#parts = parts;
    this.#budget = windowBudget(parts.limits);
    this.#wake = createAlarm(parts.clock, () => {
      // Grants before it expires: a request that may go in this very moment is not refused.
      this.#pump();
      this.#expire();
    });
    this.#restart = parts.isCold ? { isCertain: false } : null;
  }

  get usage(): Usage {
    return usage(this.#budget, this.#nowMs());
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Spends at once, if the budget allows it and no request waits. */
  take(cost: number): boolean {
    if (this.#isHeld || this.#isClosed || this.#waiting.size > 0) return false;
    return this.#spend(cost).granted;
  }

  /** Settles at once like `take`, or later. Returns a function that takes the request back (idempotent). */
  ask(request: SpendRequest): () => void {
    const isTaken = this.take(request.cost());
    const isLimited = request.limitMs !== Number.POSITIVE_INFINITY;
    if (isTaken || this.#isClosed || (isLimited && this.#waiting.size >= MAX_WAITING)) {
      request.settle(isTaken, 0);
      return () => {};
    }
    const waiting = { request, askedAtMs: this.#nowMs() };
    this.#waiting.add(waiting, request.rank);
    if (isLimited) this.#wakeAt(waiting.askedAtMs + request.limitMs);
    if (this.#waiting.first === waiting) this.#pump();
    return () => {
      if (this.#waiting.delete(waiting)) this.#pump();
    };
  }

  /** Counts what was spent without a request. */
  record(count: number): void {
    this.#budget = record(afterQuiet(this.#budget, this.#nowMs()), this.#nowMs(), count);
  }

  /** The server told its limit; one lower than configured counts. */
  limitTold(perSecond: number): void {
    this.#toldPerSecond = perSecond;
    this.#limit();
  }

  /** From now on this process may spend that part of our share, 0 to 1; others spend the rest. */
  setShare(ratio: number): void {
    this.#ratio = ratio;
    this.#limit();
  }

  /** The server said "too many". */
  rateLimited(): void {
    const before = this.#budget;
    this.#budget = rateLimited(before, this.#nowMs());
    if (this.#budget !== before) this.#parts.onThrottled(this.usage.ratio, COOL_DOWN_MS);
  }

  /** The server went; `isCertain` when it forgot what it had counted. */
  restarted(isCertain: boolean): void {
    this.#restart = { isCertain: isCertain || (this.#restart?.isCertain ?? false) };
  }

  /** A channel joined: the server's counter runs by now. */
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

  /** Refuses every request, now and later. */
  close(): void {
    this.#isClosed = true;
    this.#wake.cancel();
    for (const waiting of [...this.#waiting]) this.#settle(waiting, false);
  }

  #limit(): void {
    const { perSecond, joinShare } = this.#parts.limits;
    const limits = {
      ...this.#budget.limits,
      perSecond: Math.min(perSecond, this.#toldPerSecond),
      joinShare: joinShare * this.#ratio,
    };
    this.#budget = { ...this.#budget, limits };
    this.#pump();
  }

  #pump(): void {
    if (this.#isClosed || this.#isHeld) return;
    for (let first = this.#waiting.first; first; first = this.#waiting.first) {
      const verdict = this.#spend(first.request.cost());
      if (!verdict.granted) return this.#wakeAt(verdict.retryAtMs);
      this.#settle(first, true);
    }
  }

  #spend(cost: number): ReturnType<typeof spend> {
    this.#budget = afterQuiet(this.#budget, this.#nowMs());
    const verdict = spend(this.#budget, this.#nowMs(), cost);
    if (verdict.granted) this.#budget = verdict.budget;
    return verdict;
  }

  #settle(waiting: Waiting, isGranted: boolean): void {
    this.#waiting.delete(waiting);
    waiting.request.settle(isGranted, this.#nowMs() - waiting.askedAtMs);
  }

  #expire(): void {
    const nowMs = this.#nowMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const waiting of [...this.#waiting]) {
      const dueAtMs = waiting.askedAtMs + waiting.request.limitMs;
      if (dueAtMs <= nowMs) this.#settle(waiting, false);
      else nextMs = Math.min(nextMs, dueAtMs);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#wakeAt(nextMs);
  }

  #wakeAt(atMs: number): void {
    if (!this.#isClosed) this.#wake.setIfEarlier(Math.ceil(atMs - this.#nowMs()));
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
