import {
  createEmitter,
  type Emitter,
  type EventSource,
  type Runtime,
  toError,
  type Unsubscribe,
  unreachable,
} from "@shoal/kernel";
import type { Budgets } from "./budgets.ts";
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
import { classify, type Evidence, type Failure } from "./classify.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { ChannelListener, DriverChannel, PushReply } from "./driver.ts";
import { joinRefused, notJoined, pushFailed, sendFailed } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type { PoolOptions } from "./options.ts";
import { PresenceWriter } from "./presence-writer.ts";
import type { SlotHolder } from "./socket.ts";
import type {
  ChannelConfig,
  ChannelStatus,
  JoinPriority,
  Payload,
  PoolEvents,
  PooledChannel,
  PooledChannelEvents,
  PresenceState,
  RowChange,
} from "./types.ts";

/** What all channels of a pool share. */
export interface ChannelParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly events: Emitter<PoolEvents>;
  readonly dispatcher: Dispatcher;
  readonly budgets: Budgets;
  /** The number of channels in each state; each channel moves itself from one to the next. */
  readonly counts: Record<ChannelStatus, number>;
  /** The channel was released or has failed: the pool forgets it. */
  readonly onEnded: (channel: Channel) => void;
}

export interface ChannelRequest {
  readonly topic: string;
  readonly clientId: string;
  readonly priority: JoinPriority;
  readonly config: ChannelConfig;
  readonly policy: ChannelPolicy;
  /** When it may join for the first time, in the clock's monotonic ms. */
  readonly startAtMs: number;
}

const PRIORITY_RANK = { room: 0, lobby: 2, idle: 4 } as const satisfies Record<JoinPriority, number>;

/** Part of the drain's time in which a channel waits for its turn to leave; the rest is for the server's answer. */
const LEAVE_TURN_RATIO = 0.8;

const GONE: PushReply = { kind: "gone" };

/** The events that name a channel and its client. */
type ChannelEventName = {
  [Name in keyof PoolEvents]: PoolEvents[Name] extends { readonly topic: string; readonly clientId: string }
    ? Name
    : never;
}[keyof PoolEvents];

/**
 * One held topic: the holder's end (`PooledChannel`), the end its socket knows (`SlotHolder`) and the end its current join
 * speaks to (`ChannelListener`). The state is assigned in `#apply` alone. There are thousands of these: what only some
 * need is made when it is first needed.
 */
export class Channel implements PooledChannel, SlotHolder, ChannelListener {
  readonly topic: string;
  readonly clientId: string;
  readonly priority: JoinPriority;
  readonly #parts: ChannelParts;
  readonly #config: ChannelConfig;
  readonly #policy: ChannelPolicy;
  #state: ChannelState;
  /** The library's end of the current join; null between two joins. */
  #join: DriverChannel | null = null;
  #events: Emitter<PooledChannelEvents> | null = null;
  #listeners: Listeners | null = null;
  #presence: PresenceWriter | null = null;
  /** Of the first join; null once that is decided. */
  #ready: PromiseWithResolvers<void> | null = null;
  #leaving: Promise<void> | null = null;

  constructor(parts: ChannelParts, { topic, clientId, priority, config, policy, startAtMs }: ChannelRequest) {
    this.#parts = parts;
    this.topic = topic;
    this.clientId = clientId;
    this.#config = config;
    this.priority = priority;
    this.#policy = policy;
    this.#state = newChannel(startAtMs);
    parts.counts.waiting += 1;
  }

  get status(): ChannelStatus {
    return this.#state.status;
  }

  get isPrivate(): boolean {
    return this.#config.private ?? false;
  }

  get rank(): number {
    return rankOf(this.#state, PRIORITY_RANK[this.priority]);
  }

  get events(): EventSource<PooledChannelEvents> {
    this.#events ??= createEmitter((error) => this.#onListenerError(error));
    return this.#events;
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

  /** Ends the channel, and the wait for its first join with this error. */
  giveUp(error: unknown): void {
    this.#ready?.reject(error);
    void this.release();
  }

  async release(): Promise<void> {
    this.#apply({ kind: "release" });
    await this.#leaving;
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
    this.#joinToSendOn();
    const turn = this.#parts.budgets.maySend(this.topic, PRIORITY_RANK[this.priority]);
    if (turn) await turn;
    const join = this.#joinToSendOn();
    const reply = await join.broadcast(event, payload, this.#config.ack ?? false).catch((thrown: unknown) => {
      throw sendFailed(this.topic, toError(thrown).message, false, thrown);
    });
    if (reply.kind !== "ok") throw pushFailed(this.topic, reply, this.#isOver);
    this.#parts.events.emit("message:sent", { topic: this.topic });
  }

  track(entry: Payload): Promise<void> {
    return this.#writer().set(entry);
  }

  untrack(): Promise<void> {
    return this.#writer().set(null);
  }

  startJoin(): void {
    this.#apply({ kind: "turn" });
  }

  socketLost(failure: Failure): void {
    this.#apply({ kind: "down", failure });
  }

  serverUnreachable(failure: Failure): void {
    this.#apply({ kind: "unreachable", failure });
  }

  allSocketsLost(): void {
    this.#apply({ kind: "outage" });
  }

  onJoined(): void {
    this.#apply({ kind: "joined" });
    this.#parts.dispatcher.joined(this);
    this.#parts.budgets.joined(this);
  }

  onDown(evidence: Evidence): void {
    this.#apply({ kind: "down", failure: classify(evidence) });
  }

  onMessage(event: string, payload: Payload): void {
    this.#parts.events.emit("message:received", { topic: this.topic });
    if (!this.#isOver) this.#listeners?.broadcast(event, payload);
  }

  onPresenceState(state: PresenceState): void {
    if (!this.#isOver) this.#heard().presence(state);
  }

  onRow(change: RowChange): void {
    if (!this.#isOver) this.#listeners?.change(change);
  }

  onChangesReady(): void {
    if (this.#isOver) return;
    const joinedAtMs = this.#state.status === "joined" ? this.#state.joinedAtMs : this.#nowMs();
    this.#tell(
      () => this.#emit("changes:ready", { waitMs: this.#nowMs() - joinedAtMs }),
      () => this.#events?.emit("changes-ready", {}),
    );
  }

  onChangesFailed(evidence: Evidence): void {
    if (this.#isOver) return;
    const report = reportOf(classify(evidence));
    this.#tell(
      () => this.#emit("changes:failed", report),
      () => this.#events?.emit("changes-failed", report),
    );
  }

  get #isOver(): boolean {
    return this.#state.status === "failed" || this.#state.status === "released";
  }

  #nowMs(): number {
    return this.#parts.runtime.clock.monotonicMs();
  }

  #joinToSendOn(): DriverChannel {
    if (this.#state.status !== "joined" || !this.#join) throw notJoined(this.topic, this.#isOver);
    return this.#join;
  }

  #apply(event: ChannelEvent): void {
    const { runtime, counts } = this.#parts;
    const before = this.#state.status;
    const step = transition(this.#state, event, this.#policy, { nowMs: this.#nowMs(), rng: runtime.rng });
    this.#state = step.state;
    counts[before] -= 1;
    counts[step.state.status] += 1;
    for (const effect of step.effects) {
      this.#perform(effect);
      // A listener released the channel meanwhile: the remaining effects belong to a state that is over.
      if (this.#state !== step.state) return;
    }
  }

  #perform(effect: ChannelEffect): void {
    switch (effect.kind) {
      case "join":
        this.#sendJoin(effect.refresh);
        // Emitted after the join is sent, so that a listener that releases the channel has a join to leave.
        return this.#emit("channel:joining", { attempt: effect.attempt });
      case "report-joined":
        return this.#reportJoined(effect.attempt, effect.joinMs, effect.gapMs);
      case "report-refused": {
        const { attempt, failure, retryInMs } = effect;
        this.#onFailure(failure);
        return this.#emit("channel:refused", { attempt, ...reportOf(failure), retryInMs });
      }
      case "report-lost":
        return this.#reportLost(effect.failure);
      case "report-failed":
        this.#end(this.#refusal(effect.failure));
        this.#events?.emit("failed", reportOf(effect.failure));
        return this.#emit("channel:failed", reportOf(effect.failure));
      case "report-released":
        this.#end(notJoined(this.topic, true));
        return this.#emit("channel:released", {});
      case "vacate":
        this.#join = null;
        return this.#vacate();
      case "leave":
        return this.#leave();
      case "retry":
        return this.#scheduleJoin(effect.delayMs);
      default:
        return unreachable(effect);
    }
  }

  #sendJoin(refresh: boolean): void {
    const { dispatcher, budgets } = this.#parts;
    budgets.joining(this, this.#config.presence?.listen ?? false);
    const request = { topic: this.topic, config: this.#config, refresh };
    this.#join = dispatcher.socketOf(this)?.join(request, this) ?? null;
  }

  #reportJoined(attempt: number, joinMs: number, gapMs: number | null): void {
    const recovered = gapMs === null ? null : { gapMs };
    this.#tell(
      () => this.#emit("channel:joined", { attempt, joinMs }),
      () => this.#events?.emit("joined", { attempt }),
      () => recovered && this.#emit("channel:recovered", recovered),
      () => recovered && this.#events?.emit("recovered", recovered),
      () => {
        this.#ready?.resolve();
        this.#ready = null;
        this.#presence?.joined();
      },
    );
  }

  #reportLost(failure: Failure): void {
    const report = reportOf(failure);
    this.#tell(
      () => this.#onFailure(failure),
      () => this.#presence?.down(),
      () => this.#emit("channel:lost", report),
      () => this.#events?.emit("lost", { ...report, silentMs: failure.silentMs ?? 0 }),
    );
  }

  /** Takes one step after the other until a listener of one releases the channel: nothing is told of it after that. */
  #tell(...steps: readonly (() => void)[]): void {
    const { status } = this;
    for (const step of steps) {
      if (this.status !== status) return;
      step();
    }
  }

  /** Tells the budgets and the dispatcher, for whom one channel's failure may mean something for all. */
  #onFailure(failure: Failure): void {
    this.#parts.budgets.onFailure(this, failure);
    this.#parts.dispatcher.onFailure(this, failure);
  }

  #scheduleJoin(delayMs: number): void {
    if (!this.#parts.budgets.park(this)) this.#parts.dispatcher.schedule(this, delayMs);
  }

  #vacate(): void {
    this.#parts.budgets.forget(this);
    this.#parts.dispatcher.vacate(this);
  }

  /** The slot stays taken until the server has answered: the same topic must not join there while it is being left. */
  #leave(): void {
    const vacate = () => this.#vacate();
    this.#leaving = this.#leaveInTurn(this.#join).then(vacate, vacate);
    this.#join = null;
  }

  /** An entry that goes is told to everybody in the topic, so many that go at once would reach the limit of presence events. */
  async #leaveInTurn(join: DriverChannel | null): Promise<void> {
    const { budgets, options } = this.#parts;
    const limitMs = options.drainLimitMs * LEAVE_TURN_RATIO;
    const turn = this.#presence?.isShown ? budgets.mayLeave(this.topic, PRIORITY_RANK[this.priority], limitMs) : null;
    if (turn) await turn;
    await join?.leave(options.drainLimitMs);
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
    this.#parts.onEnded(this);
  }

  #emit<Name extends ChannelEventName>(name: Name, event: Omit<PoolEvents[Name], "topic" | "clientId">): void {
    const { topic, clientId } = this;
    this.#parts.events.emit(name, { topic, clientId, ...event } as PoolEvents[Name]);
  }

  #onListenerError(error: Error): void {
    const { log } = this.#parts.runtime;
    log.warn(
      { topic: this.topic, client_id: this.clientId, error_name: error.name },
      "a listener of a channel threw; the channel and its other listeners go on",
    );
  }

  #heard(): Listeners {
    this.#listeners ??= new Listeners((error) => this.#onListenerError(error));
    return this.#listeners;
  }

  #writer(): PresenceWriter {
    if (this.#presence) return this.#presence;
    const { options, runtime, budgets } = this.#parts;
    this.#presence = new PresenceWriter({
      clock: runtime.clock,
      limit: { calls: options.presenceCalls, windowMs: options.presenceWindowMs },
      ask: (grant) => budgets.askPresence(this.topic, PRIORITY_RANK[this.priority], grant),
      push: async (entry) => {
        if (!this.#join) return GONE;
        return entry === null ? this.#join.untrack() : this.#join.track(entry);
      },
      error: (kind, text) => pushFailed(this.topic, { kind, text }, this.#isOver),
    });
    if (this.#state.status === "joined") this.#presence.joined();
    if (this.#isOver) this.#presence.end();
    return this.#presence;
  }
}
