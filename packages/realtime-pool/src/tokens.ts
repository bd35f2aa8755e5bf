import {
  type Backoff,
  backoffDelayMs,
  type Clock,
  createEmitter,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  proportionalJitter,
  type Runtime,
  SECOND_MS,
  type Timer,
  toError,
  type Unsubscribe,
  uniform,
  withTimeout,
} from "@shoal/kernel";
import { tokenUnavailable } from "./errors.ts";
import type { PoolEvents } from "./types.ts";

export interface TokenSourceParts {
  readonly runtime: Runtime;
  /** The caller's `accessToken`. May fail or hang. */
  readonly ask: () => Promise<string | null>;
}

/** When to do what with one token. Null: it has no expiry that can be read. */
interface Plan {
  readonly refreshAtMs: EpochMs | null;
  /** A join sent later might arrive with a token that has run out. */
  readonly joinableUntilMs: EpochMs | null;
}

interface Held extends Plan {
  readonly value: string | null;
  readonly expiresAtMs: EpochMs | null;
  readonly obtainedAtMs: EpochMs;
}

/** How long a call may take, and how long a join waits for one. */
export const TOKEN_LIMIT_MS = 10 * SECOND_MS;
/** A token is renewed at this part of its life, or so long before its end if that is earlier, but not before half of it. */
const REFRESH_RATIO = 0.8;
const REFRESH_BEFORE_END_MS = MINUTE_MS;
const EARLIEST_REFRESH_RATIO = 0.5;
/** Daemons started together would ask together for ever: each asks up to this part of its wait earlier. */
const REFRESH_JITTER_RATIO = 0.1;
/** A token is about to run out so long before its end, or in this last part of its life if that is less. */
const JOIN_MARGIN_MS = 10 * SECOND_MS;
const JOIN_MARGIN_RATIO = 0.1;
/** Spreads a new token over all sockets within this, or within this part of what the old one has left. */
const SHOW_WITHIN_MS = 5 * SECOND_MS;
const SHOW_WITHIN_RATIO = 0.25;
/** The shortest and the longest time between two calls to a source that repeats one token. */
const MIN_REFRESH_MS = SECOND_MS;
const MAX_REFRESH_MS = HOUR_MS;
const RETRY: Backoff = proportionalJitter(SECOND_MS, MINUTE_MS);
/** Refused tokens remembered: sources repeat the last one, never an old one. */
const MAX_REFUSED = 16;

/** When a JWT runs out, unverified; null for anything else, `sb_` keys included. @source RFC 7519 4.1.4 */
export function readExpiry(token: string): EpochMs | null {
  const body = token.split(".")[1];
  if (body === undefined || token.startsWith("sb_")) return null;
  try {
    const claims: unknown = JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")));
    const exp = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : null;
    return typeof exp === "number" && Number.isFinite(exp) ? exp * SECOND_MS : null;
  } catch {
    return null;
  }
}

/** Pure. `obtainedAtMs` is when this token was seen first, which is not now where a source repeats it. */
export function planToken(expiresAtMs: EpochMs | null, obtainedAtMs: EpochMs, nowMs: EpochMs): Plan {
  if (expiresAtMs === null) return { refreshAtMs: null, joinableUntilMs: null };
  const lifeMs = expiresAtMs - obtainedAtMs;
  const leftMs = expiresAtMs - nowMs;
  const waitMs = Math.max(
    leftMs * EARLIEST_REFRESH_RATIO,
    Math.min(leftMs * REFRESH_RATIO, leftMs - REFRESH_BEFORE_END_MS),
    MIN_REFRESH_MS,
  );
  return {
    refreshAtMs: nowMs + waitMs,
    joinableUntilMs: expiresAtMs - Math.min(JOIN_MARGIN_MS, Math.max(0, lifeMs) * JOIN_MARGIN_RATIO),
  };
}

/**
 * The one place that asks for access tokens: once for the whole pool, ahead of the end of the last one, and at once
 * when the server says a token is no good. Invariants:
 *
 * - T1 one call at a time, however many ask
 * - T2 a token that was refused is never handed out again
 * - T3 a token that has run out, or is about to, is not handed out for a join
 * - T4 nothing is asked while no socket listens and no join waits, and no timer is left after `close`
 */
export class TokenSource {
  readonly events = createEmitter<Pick<PoolEvents, "token:refreshed" | "token:failed">>();
  readonly #runtime: Runtime;
  readonly #ask: () => Promise<string | null>;
  readonly #listeners = new Set<(token: string | null, withinMs: number) => void>();
  readonly #refused = new Set<string>();
  #held: Held | null = null;
  #failures = 0;
  #retryAtMs = 0;
  #waiting = 0;
  #isAsking = false;
  #isClosed = false;
  /** Until the next call, or the limit of the one under way. */
  #timer: Timer | undefined;
  /** Settled by every answer, good or bad. */
  #answer = Promise.withResolvers<void>();

  constructor({ runtime, ask }: TokenSourceParts) {
    this.#runtime = runtime;
    this.#ask = ask;
  }

  /**
   * A token that is good for a join sent now; null where the source has none to give. Waits for a fresh one up to 10 s.
   * @throws POOL_TOKEN_UNAVAILABLE (retryable)
   */
  async forJoin(): Promise<string | null> {
    const { clock } = this.#runtime;
    const untilMs = clock.monotonicMs() + TOKEN_LIMIT_MS;
    this.#waiting += 1;
    try {
      while (!this.#isJoinable(this.#held)) {
        const leftMs = untilMs - clock.monotonicMs();
        if (this.#isClosed || leftMs <= 0) throw tokenUnavailable(TOKEN_LIMIT_MS);
        this.#schedule();
        await withTimeout(clock, leftMs, this.#answer.promise);
      }
      return this.#held?.value ?? null;
    } finally {
      this.#waiting -= 1;
      this.#schedule();
    }
  }

  /** The server refused this token: it is forgotten, and a fresh one asked for at once. Idempotent. */
  refuse(token: string | null): void {
    if (token === null || this.#refused.has(token)) return;
    this.#refused.add(token);
    const [oldest] = this.#refused;
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
    if (this.#held?.value === token) this.#held = null;
    this.#schedule();
  }

  /**
   * Calls back with every token that differs from the one before, and within how many ms the server should be shown it.
   * While there is a listener, tokens are renewed ahead of time.
   */
  onFresh(listener: (token: string | null, withinMs: number) => void): Unsubscribe {
    this.#listeners.add(listener);
    this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      this.#schedule();
    };
  }

  /** Asks no more; joins that wait for a token get none. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#answer.resolve();
  }

  #isJoinable(held: Held | null): boolean {
    if (held === null) return false;
    return held.joinableUntilMs === null || this.#runtime.clock.now() < held.joinableUntilMs;
  }

  #schedule(): void {
    if (this.#isAsking) return;
    this.#timer?.cancel();
    if (this.#isClosed || (this.#listeners.size === 0 && this.#waiting === 0)) return;
    const waitMs = this.#waitMs(this.#runtime.clock);
    if (waitMs <= 0) return void this.#askNow();
    this.#timer = this.#runtime.clock.after(Math.min(waitMs, MAX_REFRESH_MS), () => this.#schedule());
  }

  /** How long the next call can wait. */
  #waitMs(clock: Clock): number {
    if (this.#failures > 0) return this.#retryAtMs - clock.monotonicMs();
    if (!this.#isJoinable(this.#held)) return 0;
    return (this.#held?.refreshAtMs ?? Number.POSITIVE_INFINITY) - clock.now();
  }

  async #askNow(): Promise<void> {
    this.#isAsking = true;
    const outcome = await this.#answerInTime();
    this.#isAsking = false;
    if (this.#isClosed) return;
    if ("reason" in outcome) this.#failed(outcome.reason);
    else this.#obtained(outcome.token);
    const answered = this.#answer;
    this.#answer = Promise.withResolvers<void>();
    answered.resolve();
    this.#schedule();
  }

  #answerInTime(): Promise<{ readonly token: string | null } | { readonly reason: string }> {
    return new Promise((resolve) => {
      const late = { reason: `no answer in ${TOKEN_LIMIT_MS} ms` };
      const limit = this.#runtime.clock.after(TOKEN_LIMIT_MS, () => resolve(late));
      this.#timer = limit;
      const call = async () => this.#ask();
      call()
        .then(
          (token) => resolve({ token }),
          (thrown: unknown) => resolve({ reason: `it failed with ${toError(thrown).name}` }),
        )
        .finally(() => limit.cancel());
    });
  }

  #obtained(value: string | null): void {
    if (value !== null && this.#refused.has(value)) return this.#failed("it gave the token that was refused");
    const nowMs = this.#runtime.clock.now();
    const before = this.#held;
    const isSame = before?.value === value;
    const obtainedAtMs = isSame ? before.obtainedAtMs : nowMs;
    const expiresAtMs = value === null ? null : readExpiry(value);
    const plan = planToken(expiresAtMs, obtainedAtMs, nowMs);
    const held: Held = {
      value,
      expiresAtMs,
      obtainedAtMs,
      ...plan,
      refreshAtMs: this.#jittered(plan.refreshAtMs, nowMs),
    };
    if (!this.#isJoinable(held)) return this.#failed("it gave a token that has run out");
    this.#held = held;
    this.#failures = 0;
    if (isSame) return;
    this.events.emit("token:refreshed", { expiresInMs: expiresAtMs === null ? null : expiresAtMs - nowMs });
    const oldLeftMs = before?.expiresAtMs ? before.expiresAtMs - nowMs : 0;
    const withinMs = Math.max(0, Math.min(SHOW_WITHIN_MS, oldLeftMs * SHOW_WITHIN_RATIO));
    for (const listener of [...this.#listeners]) listener(value, withinMs);
  }

  #failed(reason: string): void {
    this.#failures += 1;
    this.#retryAtMs = this.#runtime.clock.monotonicMs() + backoffDelayMs(RETRY, this.#failures, this.#runtime.rng);
    this.events.emit("token:failed", { reason });
  }

  #jittered(atMs: EpochMs | null, nowMs: EpochMs): EpochMs | null {
    return atMs === null ? null : nowMs + (atMs - nowMs) * uniform(this.#runtime.rng, 1 - REFRESH_JITTER_RATIO, 1);
  }
}
