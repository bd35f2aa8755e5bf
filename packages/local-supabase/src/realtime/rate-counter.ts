import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";

/** How a counter looks at time. Defaults: 12 ticks of 5 s. */
export interface RateCounterOptions {
  /** Per second; asked at each tick. */
  readonly limit: () => number;
  /**
   * Whether somebody else counts too, asked at each tick but the first: then it finds the limit reached. When that ends,
   * the average falls as the window moves on. Default never.
   */
  readonly isExceeded?: () => boolean;
  readonly tickMs?: number;
  /** How many ticks the average reaches back. */
  readonly bucketCount?: number;
}

/** @source supabase/realtime 2.129.8, lib/realtime/tenants.ex: joins, events and presence alike */
const TICK_MS = 5 * SECOND_MS;
const BUCKET_COUNT = 12;
/** A counter that counted nothing is dropped this often. @source lib/realtime/rate_counter/rate_counter.ex */
const IDLE_CHECK_MS = 5 * MINUTE_MS;

/** A running counter. Absent until first used, and again once it was dropped. */
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
 * An average per second as the real server takes it. The counter starts when it is first used and ticks at once, then
 * every `tickMs`; the average is the sum over the ticks kept, divided by their number and length, and changes at ticks
 * only. So a cold counter is stricter than a warm one: at its first real look, after 5 s, it divides by 10 s.
 *
 * Ticks are caught up with when it is asked, so it needs no timer. `nowMs` is monotonic and never goes back.
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

  /** As of the last tick. Asking starts the counter. */
  averagePerSecond(nowMs: number): number {
    return this.#at(nowMs).averagePerSecond;
  }

  /** Whether the average was at or above the limit at the last tick. Asking starts the counter. */
  isTripped(nowMs: number): boolean {
    return this.#at(nowMs).isTripped;
  }

  /** Makes the ticks that are due, so that a limit changed now holds from the next one on. Does not start the counter. */
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

  /** False when the counter was dropped on the way. */
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
    // What is missing to no limit cannot be counted: it would never leave the average.
    const foreign = isExceeded && missing > 0 && Number.isFinite(missing) ? missing : 0;
    run.buckets[run.buckets.length - 1] = run.pending + foreign;
    run.averagePerSecond = (sum + foreign) / spanSeconds;
    run.isTripped = isExceeded || run.averagePerSecond >= limit;
    run.pending = 0;
    run.tickCount += 1;
  }
}
