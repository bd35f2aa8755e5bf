import type { Clock, EpochMs, Timer } from "@shoal/kernel";
import type { PushReply } from "./driver.ts";
import type { Payload } from "./types.ts";

export interface PresenceWriterParts {
  readonly clock: Clock;
  readonly limit: { readonly calls: number; readonly windowMs: number };
  /** Calls `grant` when the project's presence budget allows one call. Returns a function that takes the request back. */
  readonly ask: (grant: () => void) => () => void;
  /** Tracks the entry; null untracks. */
  readonly push: (entry: Payload | null) => Promise<PushReply>;
  /** The error for a call that was refused, was not answered, or can never be made. */
  readonly error: (why: "refused" | "timeout" | "ended", text: string) => Error;
}

/**
 * Keeps the server's presence entry at what the holder last asked for, within the server's limit of calls and the
 * project's budget. Calls that must wait are folded into the last one; a rejoin tracks again by itself.
 */
export class PresenceWriter {
  readonly #parts: PresenceWriterParts;
  #wanted: Payload | null = null;
  /** Whether the server has an entry of us on this join. */
  #isTracked = false;
  #isDirty = false;
  #isJoined = false;
  /** The number of the join: an answer on an earlier one says nothing about this one. */
  #join = 0;
  #isPushing = false;
  #hasEnded = false;
  /** One for all calls since the last push, and one for each push that was lost. */
  #waiters: PromiseWithResolvers<void>[] = [];
  #calls: PresenceCalls = [];
  #timer: Timer | undefined;
  /** Set while a call waits for the budget. */
  #takeBack: (() => void) | null = null;

  constructor(parts: PresenceWriterParts) {
    this.#parts = parts;
  }

  /** Whether the server may have an entry of us, which everybody in the topic is told of when it goes. */
  get isShown(): boolean {
    return this.#isJoined && (this.#isTracked || this.#isPushing);
  }

  set(entry: Payload | null): Promise<void> {
    if (this.#hasEnded) return Promise.reject(this.#parts.error("ended", "the channel is over"));
    this.#wanted = entry;
    this.#isDirty = true;
    const waiter = this.#waiters.at(-1) ?? Promise.withResolvers<void>();
    if (this.#waiters.length === 0) this.#waiters.push(waiter);
    this.#flush();
    return waiter.promise;
  }

  joined(): void {
    if (this.#hasEnded) return;
    this.#isJoined = true;
    this.#join += 1;
    this.#isTracked = false;
    // The server counts per channel process, and a join makes a new one. @source REALTIME.md 2.3
    this.#calls = [];
    if (this.#wanted !== null) this.#isDirty = true;
    this.#flush();
  }

  down(): void {
    this.#isJoined = false;
    this.#waitNoMore();
  }

  end(): void {
    this.#hasEnded = true;
    this.down();
    const error = this.#parts.error("ended", "the channel is over");
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #flush(): void {
    if (!this.#isDirty || this.#isPushing) return;
    if (this.#wanted === null && !this.#isTracked) {
      this.#isDirty = false;
      this.#waitNoMore();
      for (const waiter of this.#waiters.splice(0)) waiter.resolve();
      return;
    }
    if (!this.#isJoined || this.#timer || this.#takeBack || !this.#mayCall()) return;
    let isGranted = false;
    const takeBack = this.#parts.ask(() => {
      isGranted = true;
      this.#takeBack = null;
      this.#call();
    });
    if (!isGranted) this.#takeBack = takeBack;
  }

  /** Whether the channel's own limit allows a call; if not, sets a timer for when it does. */
  #mayCall(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    const call = presenceCall(this.#calls, this.#parts.limit, nowMs);
    if (!call.allowed) {
      this.#timer = this.#parts.clock.after(call.retryAtMs - nowMs, () => {
        this.#timer = undefined;
        this.#flush();
      });
    }
    return call.allowed;
  }

  /** Pushes what is wanted now, which may differ from what was wanted when the call began to wait. */
  #call(): void {
    const call = presenceCall(this.#calls, this.#parts.limit, this.#parts.clock.monotonicMs());
    if (!call.allowed) return this.#flush();
    this.#calls = call.calls;
    void this.#push(this.#wanted, this.#waiters.splice(0));
  }

  async #push(entry: Payload | null, waiters: readonly PromiseWithResolvers<void>[]): Promise<void> {
    this.#isDirty = false;
    this.#isPushing = true;
    const join = this.#join;
    const reply = await this.#parts
      .push(entry)
      .catch((): PushReply => ({ kind: "refused", text: "cannot be encoded" }));
    this.#isPushing = false;
    if ((reply.kind === "gone" || join !== this.#join) && !this.#hasEnded) {
      // Lost on the way, or sent on an earlier join: the next join's track answers the callers that wait.
      this.#waiters.unshift(...waiters);
      this.#isDirty = true;
    } else if (reply.kind === "ok") {
      this.#isTracked = entry !== null;
      for (const waiter of waiters) waiter.resolve();
    } else {
      // It is not known whether the server has it: it is sent again, within the limit of calls, until the server answers.
      if (reply.kind === "timeout") this.#isDirty = true;
      const why = reply.kind === "gone" ? "ended" : reply.kind;
      const error = this.#parts.error(why, reply.kind === "refused" ? reply.text : "no answer");
      for (const waiter of waiters) waiter.reject(error);
    }
    this.#flush();
  }

  #waitNoMore(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#takeBack?.();
    this.#takeBack = null;
  }
}

/** When the presence calls that are still inside the server's window were made, oldest first. */
export type PresenceCalls = readonly EpochMs[];

/**
 * Two calls sent 30 s apart may reach the server a little closer together; a sixth call inside its window closes the
 * channel, so ours is a second longer. @source REALTIME.md 2.3
 */
const MARGIN_MS = 1000;

/** The calls including one made now, or the instant from which one may be made. */
export function presenceCall(
  calls: PresenceCalls,
  limit: { readonly calls: number; readonly windowMs: number },
  nowMs: EpochMs,
): { allowed: true; calls: PresenceCalls } | { allowed: false; retryAtMs: EpochMs } {
  const windowMs = limit.windowMs + MARGIN_MS;
  const recent = calls.filter((atMs) => atMs + windowMs > nowMs);
  const oldest = recent.at(-limit.calls);
  if (oldest !== undefined && recent.length >= limit.calls) return { allowed: false, retryAtMs: oldest + windowMs };
  return { allowed: true, calls: [...recent, nowMs] };
}
