import type { Clock, Timer } from "@shoal/kernel";
import { busy } from "./errors.ts";

export interface ConnectionLineOptions {
  readonly clock: Clock;
  /** Connections that may be at work at a time. */
  readonly limit: number;
  /** How long anybody waits for one, in ms. */
  readonly waitLimitMs: number;
  /** Called each time somebody has a connection, or is refused one. */
  readonly onWaited: (waitedMs: number, isBusy: boolean) => void;
}

/** One of those that stand in a line. */
export interface LineUser {
  /** Connections that it may hold at a time. */
  readonly limit: number;
}

interface Waiting {
  readonly user: LineUser;
  readonly sinceMs: number;
  readonly timer: Timer;
  readonly turn: PromiseWithResolvers<void>;
}

/**
 * The line for a few connections, in the order of asking. The driver has one of its own, which is not used: nobody can tell who waits
 * in it and for how long, it has no end, and it sends statements behind a slow one while another connection is free.
 */
export class ConnectionLine {
  readonly #options: ConnectionLineOptions;
  readonly #held = new Map<LineUser, number>();
  readonly #waiting = new Set<Waiting>();
  #busyCount = 0;
  #emptied: (() => void)[] = [];

  constructor(options: ConnectionLineOptions) {
    this.#options = options;
  }

  get busyCount(): number {
    return this.#busyCount;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Does `work` when a connection is free. Begins it in this turn where one is. @throws STORE_BUSY none became free in time */
  async use<T>(user: LineUser, work: () => Promise<T>): Promise<T> {
    if (this.#mayGo(user)) this.#take(user, 0);
    else await this.#wait(user);
    try {
      return await work();
    } finally {
      this.#leave(user);
    }
  }

  /** Refuses all who wait. */
  refuseAll(error: Error): void {
    for (const waiting of this.#waiting) this.#end(waiting).reject(error);
  }

  /** Resolves when nobody has a connection or waits for one. */
  async whenEmpty(): Promise<void> {
    if (this.#busyCount > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve));
  }

  #mayGo(user: LineUser): boolean {
    return this.#busyCount < this.#options.limit && (this.#held.get(user) ?? 0) < user.limit;
  }

  #take(user: LineUser, waitedMs: number): void {
    this.#busyCount += 1;
    this.#held.set(user, (this.#held.get(user) ?? 0) + 1);
    this.#options.onWaited(waitedMs, false);
  }

  #wait(user: LineUser): Promise<void> {
    const { clock, limit, waitLimitMs, onWaited } = this.#options;
    const refuse = () => {
      this.#end(waiting).reject(busy(waitLimitMs, Math.min(limit, user.limit)));
      onWaited(waitLimitMs, true);
    };
    const waiting: Waiting = {
      user,
      sinceMs: clock.monotonicMs(),
      timer: clock.after(waitLimitMs, refuse),
      turn: Promise.withResolvers(),
    };
    this.#waiting.add(waiting);
    return waiting.turn.promise;
  }

  #end(waiting: Waiting): PromiseWithResolvers<void> {
    waiting.timer.cancel();
    this.#waiting.delete(waiting);
    return waiting.turn;
  }

  #leave(user: LineUser): void {
    this.#busyCount -= 1;
    this.#held.set(user, (this.#held.get(user) ?? 1) - 1);
    for (const waiting of this.#waiting) {
      if (!this.#mayGo(waiting.user)) continue;
      this.#take(waiting.user, this.#options.clock.monotonicMs() - waiting.sinceMs);
      this.#end(waiting).resolve();
    }
    if (this.#busyCount > 0) return;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }
}
