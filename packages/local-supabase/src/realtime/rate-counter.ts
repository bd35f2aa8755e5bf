import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";

/** Options of a counter. Defaults: 12 ticks of 5 s. */
export interface RateCounterOptions {
  /** Per second; read at each tick. */
  readonly limit: () => number;
  /**
   * Whether other clients of the project use up the rest of the limit. Read at each tick but the first. While it is true
   * the limit is reached; afterwards the average falls as the window moves on. Default: never.
   */
  readonly isExceeded?: () => boolean;
  readonly tickMs?: number;
  /** How many ticks the average covers. */
  readonly bucketCount?: number;
}

/** @source supabase/realtime 2.129.8, lib/realtime/tenants.ex: joins, events and presence alike */
const TICK_MS = 5 * SECOND_MS;
const BUCKET_COUNT = 12;
/** How often a counter that has counted nothing is dropped. @source lib/realtime/rate_counter/rate_counter.ex */
const IDLE_CHECK_MS = 5 * MINUTE_MS;

/** The state of a running counter: from its first use until it is dropped. */
interface Run {
  readonly startedAtMs: number;
  /** Newest last, at most `bucketCount`. */
  readonly buckets: number[];
  tickCount: number;
  idleCheckCount: number;
  /** Since the last tick. */
  pending: number;
  averagePerSecond: number;
  isTripped: boolean;
}

/**
 * Averages counts per second as the real server does. The counter starts at its first use and ticks at once, then every
 * `tickMs`. The average is the sum of the ticks kept, divided by their number and length, and changes only at ticks. So a
 * new counter is stricter than a warm one: at its second tick, after 5 s, it divides by 10 s.
 *
 * Makes the ticks that are due whenever it is called, so it needs no timer. `nowMs` is monotonic and never goes back.
 */
export class RateCounter {
  readonly #limit: () => number;
  readonly #isExceeded: () => boolean;
  readonly #tickMs: number;
  readonly #bucketCount: number;
  #run: Run | undefined;

  constructor({ limit, isExceeded, tickMs = TICK_MS, bucketCount = BUCKET_COUNT }: RateCounterOptions) {
    this.#limit = limit;
    this.#isExceeded = isExceeded ?? (() => false);
    this.#tickMs = tickMs;
    this.#bucketCount = bucketCount;
  }

  add(nowMs: number, count = 1): void {
    this.#at(nowMs).pending += count;
  }

  /** Returns the average of the last tick. Starts the counter. */
  averagePerSecond(nowMs: number): number {
    return this.#at(nowMs).averagePerSecond;
  }

  /** Whether the average was at or above the limit at the last tick. Starts the counter. */
  isTripped(nowMs: number): boolean {
    return this.#at(nowMs).isTripped;
  }

  /** Makes the ticks that are due, so that a limit changed now applies from the next tick on. Does not start the counter. */
  settle(nowMs: number): void {
    if (this.#run && !this.#catchUp(this.#run, nowMs)) this.#run = undefined;
  }

  #at(nowMs: number): Run {
    this.settle(nowMs);
    this.#run ??= this.#start(nowMs);
    return this.#run;
  }

  #start(nowMs: number): Run {
    const run: Run = {
      startedAtMs: nowMs,
      buckets: [],
      tickCount: 0,
      idleCheckCount: 0,
      pending: 0,
      averagePerSecond: 0,
      isTripped: false,
    };
    this.#tick(run);
    return run;
  }

  /** Makes the ticks that are due. False when the counter was dropped by one of them. */
  #catchUp(run: Run, nowMs: number): boolean {
    for (;;) {
      const nextTickMs = run.startedAtMs + run.tickCount * this.#tickMs;
      const nextIdleCheckMs = run.startedAtMs + (run.idleCheckCount + 1) * IDLE_CHECK_MS;
      if (Math.min(nextTickMs, nextIdleCheckMs) > nowMs) return true;
      if (nextTickMs < nextIdleCheckMs) this.#tick(run);
      else if (run.buckets.every((count) => count === 0)) return false;
      else run.idleCheckCount += 1;
    }
  }

  #tick(run: Run): void {
    const limit = this.#limit();
    run.buckets.push(run.pending);
    if (run.buckets.length > this.#bucketCount) run.buckets.shift();
    const spanSeconds = (run.buckets.length * this.#tickMs) / SECOND_MS;
    const sum = run.buckets.reduce((total, count) => total + count, 0);
    const missing = limit * spanSeconds - sum;
    const isExceeded = run.tickCount > 0 && this.#isExceeded();
    // Without a limit the rest is infinite: as a count it would never leave the average.
    const foreign = isExceeded && missing > 0 && Number.isFinite(missing) ? missing : 0;
    run.buckets[run.buckets.length - 1] = run.pending + foreign;
    run.averagePerSecond = (sum + foreign) / spanSeconds;
    run.isTripped = isExceeded || run.averagePerSecond >= limit;
    run.pending = 0;
    run.tickCount += 1;
  }
}
