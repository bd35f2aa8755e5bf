import type { Evidence } from "./classify.ts";
import type { ChannelListener, DriverChannel, PushReply } from "./driver.ts";
import type { Payload, PresenceState, RowChange } from "./types.ts";

/** Whoever a join was sent for. Hears everything with the leg that says it. */
export interface LegOwner {
  legJoined(leg: Leg): void;
  legDown(leg: Leg, evidence: Evidence): void;
  legBroadcast(leg: Leg, event: string, payload: Payload): void;
  legPresence(leg: Leg, state: PresenceState): void;
  legChange(leg: Leg, change: RowChange): void;
  legChangesReady(leg: Leg): void;
  legChangesFailed(leg: Leg, evidence: Evidence): void;
}

/**
 * One join of a channel, from the frame that asks for it to its end. Dropped, it says nothing any more: what the server
 * still says about an earlier join reaches nobody.
 */
export class Leg implements ChannelListener {
  #owner: LegOwner | null;
  #channel: DriverChannel | null = null;
  /** The reply awaited last; the server answers in order. */
  #awaited: Promise<unknown> | null = null;

  constructor(owner: LegOwner) {
    this.#owner = owner;
  }

  /** The library's end of it, as soon as the join was handed over. */
  carriedBy(channel: DriverChannel | null): void {
    this.#channel = channel;
  }

  broadcast(event: string, payload: Payload, ack: boolean): Promise<PushReply> {
    const reply = this.#channel?.broadcast(event, payload, ack) ?? gone;
    if (ack) this.#await(reply);
    return reply;
  }

  /** Tracks the entry, or untracks for null. */
  track(entry: Payload | null): Promise<PushReply> {
    if (!this.#channel) return gone;
    return entry === null ? this.#channel.untrack() : this.#channel.track(entry);
  }

  /** Says nothing any more, and can still be left. Idempotent. */
  mute(): void {
    this.#owner = null;
  }

  /** Is over. Idempotent. */
  drop(): void {
    this.mute();
    this.#channel = null;
  }

  /** Tells the server and resolves when it has answered, or after `limitMs`. Heard until it is muted or dropped. */
  async leave(limitMs: number): Promise<void> {
    await this.#channel?.leave(limitMs);
  }

  /** Resolves when nobody waits for a receipt of this leg any more; leaving takes open ones away. */
  async answered(): Promise<void> {
    while (this.#awaited) await Promise.allSettled([this.#awaited]);
  }

  #await(reply: Promise<PushReply>): void {
    this.#awaited = reply;
    const forget = () => {
      if (this.#awaited === reply) this.#awaited = null;
    };
    reply.then(forget, forget);
  }

  onJoined(): void {
    this.#owner?.legJoined(this);
  }

  onDown(evidence: Evidence): void {
    this.#owner?.legDown(this, evidence);
  }

  onBroadcast(event: string, payload: Payload): void {
    this.#owner?.legBroadcast(this, event, payload);
  }

  onPresence(state: PresenceState): void {
    this.#owner?.legPresence(this, state);
  }

  onChange(change: RowChange): void {
    this.#owner?.legChange(this, change);
  }

  onChangesReady(): void {
    this.#owner?.legChangesReady(this);
  }

  onChangesFailed(evidence: Evidence): void {
    this.#owner?.legChangesFailed(this, evidence);
  }
}

const gone: Promise<PushReply> = Promise.resolve({ kind: "gone" });
