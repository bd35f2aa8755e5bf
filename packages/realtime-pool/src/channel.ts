import { type EventSource, toError, type Unsubscribe, unreachable } from "@shoal/kernel";
import {
  type ChannelEffect,
  type ChannelEvent,
  type ChannelPolicy,
  type ChannelState,
  newChannel,
  rankOf,
  reportOf,
  transition,
} from "./channel.state.ts";
import type { ChannelHost } from "./channel-host.ts";
import { ChannelReports } from "./channel-reports.ts";
import { classify, type Evidence, type Failure } from "./classify.ts";
import { joinRefused, notJoined, pushFailed, sendFailed } from "./errors.ts";
import type { Leg } from "./leg.ts";
import { Legs, type LegsHolder } from "./legs.ts";
import { Listeners } from "./listeners.ts";
import { PresenceWriter } from "./presence-writer.ts";
import type { SlotHolder } from "./socket.ts";
import type {
  ChannelConfig,
  ChannelStatus,
  JoinPriority,
  Payload,
  PooledChannel,
  PooledChannelEvents,
  PresenceState,
  RowChange,
} from "./types.ts";

export interface ChannelParts {
  readonly host: ChannelHost;
  readonly topic: string;
  readonly clientId: string;
  readonly priority: JoinPriority;
  readonly config: ChannelConfig;
  readonly policy: ChannelPolicy;
  /** When it may join for the first time, in the clock's monotonic ms. */
  readonly startAtMs: number;
}

const PRIORITY_RANK = { room: 0, lobby: 2, idle: 4 } as const satisfies Record<JoinPriority, number>;

/**
 * One held topic. The state is assigned in `#apply` alone. There are thousands of these: what only some need is made
 * when it is first needed.
 */
export class Channel implements PooledChannel, LegsHolder {
  readonly host: ChannelHost;
  readonly config: ChannelConfig;
  readonly priorityRank: number;
  readonly #policy: ChannelPolicy;
  readonly #legs = new Legs(this);
  readonly #reports: ChannelReports;
  #state: ChannelState;
  #listeners: Listeners | null = null;
  #presence: PresenceWriter | null = null;
  /** Of the first join; null once that is decided. */
  #ready: PromiseWithResolvers<void> | null = null;
  #leaving: Promise<void> | null = null;

  constructor({ host, topic, clientId, priority, config, policy, startAtMs }: ChannelParts) {
    this.#state = newChannel(startAtMs);
    this.#reports = new ChannelReports(host, topic, clientId);
    this.host = host;
    this.config = config;
    this.priorityRank = PRIORITY_RANK[priority];
    this.#policy = policy;
  }

  get topic(): string {
    return this.#reports.topic;
  }

  get clientId(): string {
    return this.#reports.clientId;
  }

  get status(): ChannelStatus {
    return this.#state.status;
  }

  get events(): EventSource<PooledChannelEvents> {
    return this.#reports.events;
  }

  get isPrivate(): boolean {
    return this.config.private ?? false;
  }

  get rank(): number {
    return rankOf(this.#state, this.priorityRank);
  }

  /** Resolves at the first join; rejects when there will be none. */
  ready(): Promise<void> {
    const state = this.#state;
    if (state.status === "joined") return Promise.resolve();
    if (state.status === "failed") return Promise.reject(this.#refusal(state.failure));
    if (state.status === "released") return Promise.reject(notJoined(this.topic, true));
    this.#ready ??= Promise.withResolvers<void>();
    return this.#ready.promise;
  }

  turn(): void {
    this.#apply({ kind: "turn" });
  }

  joined(): void {
    this.#apply({ kind: "joined" });
  }

  down(failure: Failure): void {
    this.#apply({ kind: "down", failure, successorStartedAtMs: this.#legs.successorStartedAtMs });
  }

  unreachable(failure: Failure): void {
    this.#apply({ kind: "unreachable", failure });
  }

  outage(): void {
    this.#apply({ kind: "outage" });
  }

  /** A second holder of this topic, whose join takes this one's place on another socket. Null: it cannot move now. */
  mover(): SlotHolder | null {
    return this.#state.status === "joined" ? this.#legs.mover() : null;
  }

  /** Ends the wait for the first join with this error, and the channel with it. */
  giveUp(error: unknown): void {
    this.#ready?.reject(error);
    void this.release();
  }

  onBroadcast(event: string, listener: (payload: Payload, event: string) => void): Unsubscribe {
    return this.#heard().addBroadcast(event, listener);
  }

  onPresence(listener: (state: PresenceState) => void): Unsubscribe {
    return this.#heard().addPresence(listener);
  }

  onChange(listener: (change: RowChange) => void): Unsubscribe {
    return this.#heard().addChange(listener);
  }

  async send(event: string, payload: Payload): Promise<void> {
    this.#legToSendOn();
    const turn = this.host.maySend(this.topic, this.priorityRank);
    if (turn) await turn;
    const leg = this.#legToSendOn();
    this.#legs.sent(event, payload);
    const reply = await leg.broadcast(event, payload, this.config.ack ?? false).catch((thrown: unknown) => {
      throw sendFailed(this.topic, toError(thrown).message, false, thrown);
    });
    if (reply.kind !== "ok") throw pushFailed(this.topic, reply, this.#isOver);
    this.#reports.sent();
  }

  track(entry: Payload): Promise<void> {
    return this.#writer().set(entry);
  }

  untrack(): Promise<void> {
    return this.#writer().set(null);
  }

  async release(): Promise<void> {
    this.#apply({ kind: "release" });
    await Promise.all([this.#leaving, this.#legs.leaving]);
  }

  get entry(): Payload | null {
    return this.#presence?.wanted ?? null;
  }

  hears(event: string, payload: Payload): void {
    this.#reports.received();
    this.#listeners?.broadcast(event, payload);
  }

  sees(state: PresenceState): void {
    this.#heard().presence(state);
  }

  rowChanged(change: RowChange): void {
    this.#listeners?.change(change);
  }

  rowsStream(): void {
    const joinedAtMs = this.#state.status === "joined" ? this.#state.joinedAtMs : this.#nowMs();
    this.#reports.changesReady(this.#nowMs() - joinedAtMs);
  }

  rowsFail(evidence: Evidence): void {
    this.#reports.changesFailed(classify(evidence));
  }

  moved(tracked: Payload | null, fromSocketId: string, toSocketId: string, durationMs: number): void {
    this.#presence?.moved(tracked);
    this.#reports.moved(fromSocketId, toSocketId, durationMs);
  }

  get #isOver(): boolean {
    return this.#state.status === "failed" || this.#state.status === "released";
  }

  #nowMs(): number {
    return this.host.runtime.clock.monotonicMs();
  }

  #legToSendOn(): Leg {
    const leg = this.#legs.current;
    if (this.#state.status !== "joined" || !leg) throw notJoined(this.topic, this.#isOver);
    return leg;
  }

  #apply(event: ChannelEvent): void {
    const { host } = this;
    const before = this.#state.status;
    const step = transition(this.#state, event, this.#policy, { nowMs: this.#nowMs(), rng: host.runtime.rng });
    this.#state = step.state;
    if (before !== step.state.status) host.changed(before, step.state.status);
    for (const effect of step.effects) {
      this.#perform(effect);
      // A listener let go on hearing of it: what was still to be done belongs to a state that is over.
      if (this.#state !== step.state) return;
    }
  }

  #perform(effect: ChannelEffect): void {
    const { host } = this;
    switch (effect.kind) {
      case "join":
        this.#legs.join(effect.refresh);
        // Told when there is something to leave: a listener may let go on hearing it.
        return this.#reports.joining(effect.attempt);
      case "succeed":
        return this.#legs.succeed();
      case "report-joined":
        this.#reports.joined(effect.attempt, effect.joinMs, effect.gapMs);
        this.#ready?.resolve();
        this.#ready = null;
        return this.#presence?.joined();
      case "report-refused":
        host.heed(this, effect.failure);
        return this.#reports.refused(effect.attempt, effect.failure, effect.retryInMs);
      case "report-lost":
        host.heed(this, effect.failure);
        this.#presence?.down();
        return this.#reports.lost(effect.failure);
      case "report-failed":
        this.#end(this.#refusal(effect.failure));
        return this.#reports.failed(effect.failure);
      case "report-released":
        this.#end(notJoined(this.topic, true));
        return this.#reports.released();
      case "vacate":
        this.#legs.drop();
        return host.vacate(this);
      case "leave":
        return this.#leave();
      case "retry":
        return host.schedule(this, effect.delayMs);
      default:
        return unreachable(effect);
    }
  }

  #refusal(failure: Failure): Error {
    const { retry } = failure;
    const retryable = retry === "backoff" || (retry === "refresh" && this.#policy.canRefresh);
    return joinRefused(this.topic, { ...reportOf(failure), retryable });
  }

  #end(error: Error): void {
    this.#ready?.reject(error);
    this.#ready = null;
    this.#presence?.end();
    this.host.ended(this);
  }

  /** The slot stays taken until the server has answered: the same topic must not join there while it is being left. */
  #leave(): void {
    const vacate = () => this.host.vacate(this);
    this.#leaving = this.#legs.leave(this.host.options.drainLimitMs).then(vacate, vacate);
  }

  #heard(): Listeners {
    this.#listeners ??= new Listeners((error) => this.#reports.listenerThrew(error));
    return this.#listeners;
  }

  #writer(): PresenceWriter {
    if (this.#presence) return this.#presence;
    const { presenceCalls: calls, presenceWindowMs: windowMs } = this.host.options;
    this.#presence = new PresenceWriter({
      clock: this.host.runtime.clock,
      limit: { calls, windowMs },
      ask: (grant) => this.host.askPresence(this.topic, this.priorityRank, grant),
      push: async (entry) => (await this.#legs.current?.track(entry)) ?? { kind: "gone" },
      error: (kind, text) => pushFailed(this.topic, { kind, text }, this.#isOver),
    });
    if (this.#state.status === "joined") this.#presence.joined();
    if (this.#isOver) this.#presence.end();
    return this.#presence;
  }
}
