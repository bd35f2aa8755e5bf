import { SECOND_MS } from "@shoal/kernel";
import type { Limits } from "./limits.ts";
import { RateCounter } from "./rate-counter.ts";

/** The answer to one request for admission. */
export type Admitted<Refusal> = { readonly kind: "admitted" } | ({ readonly kind: "refused" } & Refusal);

/** Why a socket may not open. Answered with HTTP `status` and `{"error": reason}` after the connect penalty. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly reason: string;
}

/** Why a channel may not join. Answered as `reason` after the join penalty. */
export interface JoinRefusal {
  readonly reason: string;
  /** Whether the whole socket is closed, with 1001, right after the reply. */
  readonly closesSocket: boolean;
}

/** Why a channel is shut, or why a request is answered with 429. */
export interface EventRefusal {
  readonly message: string;
}

/** Requests per second and the events limit, for the `x-rate` headers of the HTTP API. */
export interface RequestRate {
  /** Whole. */
  readonly averagePerSecond: number;
  readonly limit: number;
}

/** A socket or a channel, used only for its identity. */
export type AdmissionSubject = object;

/** Dependencies of an admission. */
export interface AdmissionParts {
  readonly monotonicMs: () => number;
  /** Read at each decision. Call `settle()` before they change. */
  readonly limits: () => Limits;
  /** Whether another client of the project exceeds that limit. Call `settle()` before it changes. Default: never. */
  readonly isExceeded?: (what: "joins" | "events") => boolean;
}

const ADMITTED = { kind: "admitted" } as const;
const TOO_MANY_USERS = "Too many connected users";
const TOO_MANY_JOINS = "Too many joins per second";

interface CallWindow {
  readonly calls: number;
  readonly endsAtMs: number;
}

/**
 * Applies every quota of the server: asked at each upgrade, join, message, presence call and request.
 *
 * @source supabase/realtime 2.129.8: tenant_rate_limiters.ex, realtime_channel.ex, presence_handler.ex,
 *   message_dispatcher.ex, replication_poller.ex, batch_broadcast.ex, single_broadcast.ex, plugs/rate_limiter.ex
 */
export class Admission {
  readonly #monotonicMs: () => number;
  readonly #limits: () => Limits;
  readonly #joins: RateCounter;
  readonly #events: RateCounter;
  readonly #changes: RateCounter;
  readonly #presence: RateCounter;
  readonly #requests: RateCounter;
  readonly #users = new Set<AdmissionSubject>();
  readonly #windows = new WeakMap<AdmissionSubject, CallWindow>();

  constructor({ monotonicMs, limits, isExceeded = () => false }: AdmissionParts) {
    this.#monotonicMs = monotonicMs;
    this.#limits = limits;
    this.#joins = new RateCounter({
      limit: () => limits().joinsPerSecond,
      isExceeded: () => isExceeded("joins"),
    });
    this.#events = new RateCounter({
      limit: () => limits().eventsPerSecond,
      isExceeded: () => isExceeded("events"),
    });
    this.#changes = new RateCounter({ limit: () => limits().eventsPerSecond });
    this.#presence = new RateCounter({ limit: () => limits().presenceEventsPerSecond });
    this.#requests = new RateCounter({ limit: () => limits().eventsPerSecond, tickMs: SECOND_MS, bucketCount: 60 });
  }

  /** Makes every tick that is due, under the present limits. */
  settle(): void {
    const nowMs = this.#monotonicMs();
    for (const counter of [this.#joins, this.#events, this.#changes, this.#presence, this.#requests]) {
      counter.settle(nowMs);
    }
  }

  admitUpgrade(): Admitted<UpgradeRefusal> {
    if (this.#users.size >= this.#limits().concurrentSockets) {
      return { kind: "refused", status: 429, reason: TOO_MANY_USERS };
    }
    if (this.#joins.isTripped(this.#monotonicMs())) return { kind: "refused", status: 429, reason: TOO_MANY_JOINS };
    return ADMITTED;
  }

  /** Decides on a join. Counts it unless it is refused for the number of users or the rate of joins. */
  admitJoin(socket: AdmissionSubject, channelsOnSocket: number): Admitted<JoinRefusal> {
    const nowMs = this.#monotonicMs();
    if (!this.#users.has(socket) && this.#users.size >= this.#limits().concurrentSockets) {
      return { kind: "refused", reason: `ConnectionRateLimitReached: ${TOO_MANY_USERS}`, closesSocket: false };
    }
    if (this.#joins.isTripped(nowMs)) {
      return { kind: "refused", reason: `ClientJoinRateLimitReached: ${TOO_MANY_JOINS}`, closesSocket: true };
    }
    this.#joins.add(nowMs);
    if (channelsOnSocket >= this.#limits().channelsPerSocket) {
      return { kind: "refused", reason: "ChannelRateLimitReached: Too many channels", closesSocket: false };
    }
    return ADMITTED;
  }

  /** Counts the socket of a joined channel as a connected user until `forgetSocket`. */
  joined(socket: AdmissionSubject): void {
    const nowMs = this.#monotonicMs();
    this.#users.add(socket);
    this.#events.add(nowMs, 0);
    this.#presence.add(nowMs, 0);
  }

  /** Idempotent. */
  forgetSocket(socket: AdmissionSubject): void {
    this.#users.delete(socket);
  }

  /** Counts a message that a client sent, delivered or not. */
  countEvent(): void {
    this.#events.add(this.#monotonicMs());
  }

  /** Counts a message that reached `count` channels. If refused, those channels are shut after it; the sender is told nothing. */
  admitDeliveries(count: number): Admitted<EventRefusal> {
    if (count === 0) return ADMITTED;
    const nowMs = this.#monotonicMs();
    this.#events.add(nowMs, count);
    return this.#events.isTripped(nowMs) ? { kind: "refused", message: "Too many messages per second" } : ADMITTED;
  }

  /** Counts a database change for `count` subscriptions. False when it must be dropped without a message. */
  admitChange(count: number): boolean {
    const nowMs = this.#monotonicMs();
    if (this.#changes.isTripped(nowMs)) return false;
    this.#changes.add(nowMs, count);
    return true;
  }

  /** Counts a presence call of `channel`: track, untrack or any other. */
  admitPresenceCall(channel: AdmissionSubject): Admitted<EventRefusal> {
    const { presenceCalls, presenceWindowMs } = this.#limits();
    const nowMs = this.#monotonicMs();
    const open = this.#windows.get(channel);
    const current = open && nowMs <= open.endsAtMs ? open : { calls: 0, endsAtMs: nowMs + presenceWindowMs };
    if (current.calls > 0 && current.calls >= presenceCalls) {
      return { kind: "refused", message: "Client presence rate limit exceeded" };
    }
    this.#windows.set(channel, { ...current, calls: current.calls + 1 });
    return ADMITTED;
  }

  /** Counts a presence state that is to be sent, or one to track that differs from the last. */
  admitPresenceEvent(): Admitted<EventRefusal> {
    const nowMs = this.#monotonicMs();
    if (this.#presence.averagePerSecond(nowMs) > this.#limits().presenceEventsPerSecond) {
      return { kind: "refused", message: "Too many presence messages per second" };
    }
    this.#presence.add(nowMs);
    return ADMITTED;
  }

  /** Counts a presence diff that reached `count` channels. */
  countPresenceDiffs(count: number): void {
    if (count > 0) this.#presence.add(this.#monotonicMs(), count);
  }

  /** Counts an HTTP request. The caller refuses it when the rate is at the limit. */
  countRequest(): RequestRate {
    const nowMs = this.#monotonicMs();
    const averagePerSecond = Math.trunc(this.#requests.averagePerSecond(nowMs));
    this.#requests.add(nowMs);
    return { averagePerSecond, limit: this.#limits().eventsPerSecond };
  }

  /** Decides on `messageCount` broadcasts in one request. Each is counted when it is sent. */
  admitBatch(messageCount: number): Admitted<EventRefusal> {
    const averagePerSecond = this.#events.averagePerSecond(this.#monotonicMs());
    const { eventsPerSecond } = this.#limits();
    if (averagePerSecond > eventsPerSecond) return { kind: "refused", message: "You have exceeded your rate limit" };
    if (messageCount + averagePerSecond > eventsPerSecond) {
      return { kind: "refused", message: "Too many messages to broadcast, please reduce the batch size" };
    }
    return ADMITTED;
  }

  /** Decides on one broadcast in a request of its own. */
  admitSingle(): Admitted<EventRefusal> {
    const averagePerSecond = this.#events.averagePerSecond(this.#monotonicMs());
    const isOver = averagePerSecond >= this.#limits().eventsPerSecond;
    return isOver ? { kind: "refused", message: "You have exceeded your rate limit" } : ADMITTED;
  }
}
