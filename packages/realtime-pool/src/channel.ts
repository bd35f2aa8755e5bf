import { createEmitter, type Emitter, type EventSource, toError, type Unsubscribe, unreachable } from "@shoal/kernel";
import {
  type ChannelEffect,
  type ChannelEvent,
  type ChannelPolicy,
  type ChannelState,
  initialChannelState,
  reportOf,
  transition,
} from "./channel.state.ts";
import type { ChannelHost } from "./channel-host.ts";
import { classify, type Evidence, type Failure } from "./classify.ts";
import type { PushReply } from "./driver.ts";
import { joinRefused, notJoined, sendFailed } from "./errors.ts";
import { Leg, type LegOwner } from "./leg.ts";
import { Listeners } from "./listeners.ts";
import { Move, type MovingChannel } from "./move.ts";
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
}

const PRIORITY_RANK = { room: 0, lobby: 2, idle: 4 } as const satisfies Record<JoinPriority, number>;
const LAGGING_BEHIND = 1;
/** A refusal holds up its socket for 5 s; after this many in a row a channel goes behind all that are not refused. */
const REFUSALS_IN_LINE = 2;
const OUT_OF_LINE = 6;

/**
 * One held topic. The state is assigned in `#apply` alone. There are thousands of these: what only some need is made
 * when it is first needed.
 */
export class Channel implements PooledChannel, SlotHolder, LegOwner, MovingChannel {
  readonly topic: string;
  readonly clientId: string;
  readonly #host: ChannelHost;
  readonly #config: ChannelConfig;
  readonly #policy: ChannelPolicy;
  readonly #rank: number;
  #state: ChannelState = initialChannelState;
  #leg: Leg | null = null;
  #move: Move | null = null;
  #events: Emitter<PooledChannelEvents> | null = null;
  #listeners: Listeners | null = null;
  #presence: PresenceWriter | null = null;
  /** Of the first join; null once that is decided. */
  #ready: PromiseWithResolvers<void> | null = null;
  #leaving: Promise<void> | null = null;

  constructor({ host, topic, clientId, priority, config, policy }: ChannelParts) {
    this.topic = topic;
    this.clientId = clientId;
    this.#host = host;
    this.#config = config;
    this.#policy = policy;
    this.#rank = PRIORITY_RANK[priority];
  }

  get status(): ChannelStatus {
    return this.#state.status;
  }

  get events(): EventSource<PooledChannelEvents> {
    this.#events ??= createEmitter((error) => this.#listenerThrew(error));
    return this.#events;
  }

  get isPrivate(): boolean {
    return this.#config.private ?? false;
  }

  /** Lost ones come before new ones of the same priority: somebody is in the middle of something there. */
  get rank(): number {
    if (this.#state.status !== "waiting") return this.#rank + LAGGING_BEHIND;
    const { failures, lostAtMs } = this.#state;
    return this.#rank + (lostAtMs === null ? LAGGING_BEHIND : 0) + (failures >= REFUSALS_IN_LINE ? OUT_OF_LINE : 0);
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

  down(failure: Failure): void {
    this.#apply({ kind: "down", failure, successorStartedAtMs: this.#move?.startedAtMs ?? null });
  }

  unreachable(failure: Failure): void {
    this.#apply({ kind: "unreachable", failure });
  }

  /** A second holder of this topic, whose join takes this one's place on another socket. Null: it cannot move now. */
  mover(): SlotHolder | null {
    if (this.#state.status !== "joined") return null;
    // One that was given no place, and so never began, is as good as new.
    if (this.#move && !(this.#move.isPlaced && this.#host.socketIdOf(this.#move) === null)) return null;
    this.#move ??= new Move(this);
    return this.#move;
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
    const turn = this.#host.maySend(this.topic, this.#rank);
    if (turn) await turn;
    const leg = this.#legToSendOn();
    const { ack = false, self = false } = this.#config;
    if (!self) this.#move?.sent(event, payload);
    const reply = await leg.broadcast(event, payload, ack).catch((thrown: unknown) => {
      throw sendFailed(this.topic, toError(thrown).message, false, thrown);
    });
    if (reply.kind !== "ok") throw this.pushError(reply);
    this.#host.emit("message:sent", { topic: this.topic });
  }

  track(entry: Payload): Promise<void> {
    return this.#writer().set(entry);
  }

  untrack(): Promise<void> {
    return this.#writer().set(null);
  }

  async release(): Promise<void> {
    this.#apply({ kind: "release" });
    await Promise.all([this.#leaving, this.#move?.leaving]);
  }

  legJoined(leg: Leg): void {
    if (leg !== this.#leg) {
      if (this.#move) this.#host.settled(this.#move);
      return this.#move?.joined();
    }
    this.#apply({ kind: "joined" });
    this.#host.settled(this);
  }

  legDown(leg: Leg, evidence: Evidence): void {
    const failure = classify(evidence);
    if (leg === this.#leg) return this.down(failure);
    if (this.#move) this.#host.heed(this.#move, failure);
    this.#move?.down();
  }

  legBroadcast(leg: Leg, event: string, payload: Payload): void {
    if (this.#move && !this.#move.isNews(leg, event, payload)) return;
    this.#host.emit("message:received", { topic: this.topic });
    this.#listeners?.broadcast(event, payload);
  }

  legPresence(leg: Leg, state: PresenceState): void {
    if (leg === this.#leg) this.#heard().presence(state);
    else this.#move?.sees(state);
  }

  legChange(leg: Leg, change: RowChange): void {
    if (this.#move && !this.#move.isNews(leg, "postgres_changes", { ...change })) return;
    this.#listeners?.change(change);
  }

  legChangesReady(leg: Leg): void {
    if (leg !== this.#leg) return this.#move?.rows(true);
    const { topic, clientId, clock } = this;
    const waitMs = this.#state.status === "joined" ? clock.monotonicMs() - this.#state.joinedAtMs : 0;
    this.#events?.emit("changes-ready", {});
    this.#host.emit("changes:ready", { topic, clientId, waitMs });
  }

  legChangesFailed(leg: Leg, evidence: Evidence): void {
    if (leg !== this.#leg) return this.#move?.rows(false);
    const report = reportOf(classify(evidence));
    this.#events?.emit("changes-failed", report);
    this.#host.emit("changes:failed", { topic: this.topic, clientId: this.clientId, ...report });
  }

  get clock() {
    return this.#host.runtime.clock;
  }

  get options() {
    return this.#host.options;
  }

  get entry(): Payload | null {
    return this.#presence?.wanted ?? null;
  }

  get hasRows(): boolean {
    return (this.#config.changes?.length ?? 0) > 0;
  }

  get leg(): Leg | null {
    return this.#leg;
  }

  askPresence(grant: () => void): () => void {
    return this.#host.askPresence(this.topic, this.#rank, grant);
  }

  joinAgain(move: Move): Leg {
    return this.#joinOn(move, false);
  }

  swap(move: Move): void {
    this.#leg = move.leg;
    this.#host.adopt(this, move);
    if (move.presence) this.#heard().presence(move.presence);
  }

  moved(move: Move): void {
    if (!this.#leg) return;
    this.#presence?.moved(move.tracked);
    const { topic, clientId } = this;
    const [toSocketId, fromSocketId] = [this.#host.socketIdOf(this), this.#host.socketIdOf(move)];
    if (toSocketId === null || fromSocketId === null) return;
    this.#host.emit("channel:moved", { topic, clientId, fromSocketId, toSocketId, durationMs: move.durationMs });
  }

  vacateMover(move: Move): void {
    this.#host.vacate(move);
  }

  moveEnded(move: Move): void {
    if (this.#move === move) this.#move = null;
  }

  pushPresence(entry: Payload | null): Promise<PushReply> {
    return this.#leg?.track(entry) ?? Promise.resolve({ kind: "gone" });
  }

  pushError(reply: { readonly kind: PushReply["kind"] | "ended"; readonly text?: string }): Error {
    if (reply.kind === "gone" || reply.kind === "ended") return notJoined(this.topic, this.#isOver);
    if (reply.kind === "timeout") return sendFailed(this.topic, "no answer in time", true);
    const failure = classify({ where: "push", text: reply.text ?? "refused" });
    return sendFailed(this.topic, failure.reason, failure.retry !== "never");
  }

  #legToSendOn(): Leg {
    if (this.#state.status !== "joined" || !this.#leg) throw notJoined(this.topic, this.#isOver);
    return this.#leg;
  }

  get #isOver(): boolean {
    return this.#state.status === "failed" || this.#state.status === "released";
  }

  #apply(event: ChannelEvent): void {
    const { clock, rng } = this.#host.runtime;
    const before = this.#state.status;
    const step = transition(this.#state, event, this.#policy, { nowMs: clock.monotonicMs(), rng });
    this.#state = step.state;
    if (before !== step.state.status) this.#host.changed(before, step.state.status);
    for (const effect of step.effects) {
      this.#perform(effect);
      // A listener let go on hearing of it: what was still to be done belongs to a state that is over.
      if (this.#state !== step.state) return;
    }
  }

  #perform(effect: ChannelEffect): void {
    const host = this.#host;
    const id = { topic: this.topic, clientId: this.clientId };
    switch (effect.kind) {
      case "join":
        this.#leg = this.#joinOn(this, effect.refresh);
        // Told when there is something to leave: a listener may let go on hearing it.
        return host.emit("channel:joining", { ...id, attempt: effect.attempt });
      case "succeed":
        return this.#succeed();
      case "report-joined":
        return this.#reportJoined(effect.attempt, effect.joinMs, effect.gapMs);
      case "report-refused": {
        host.heed(this, effect.failure);
        const { attempt, retryInMs } = effect;
        return host.emit("channel:refused", { ...id, attempt, ...reportOf(effect.failure), retryInMs });
      }
      case "report-lost":
        host.heed(this, effect.failure);
        this.#presence?.down();
        this.#events?.emit("lost", reportOf(effect.failure));
        return host.emit("channel:lost", { ...id, ...reportOf(effect.failure) });
      case "report-failed":
        return this.#reportFailed(effect.failure);
      case "report-released":
        this.#end(notJoined(this.topic, true));
        return host.emit("channel:released", id);
      case "vacate":
        this.#dropLeg();
        return host.vacate(this);
      case "leave":
        return this.#leave();
      case "retry":
        return host.schedule(this, effect.delayMs);
      default:
        return unreachable(effect);
    }
  }

  #joinOn(holder: SlotHolder, refresh: boolean): Leg {
    const leg = new Leg(this);
    leg.carriedBy(this.#host.join(holder, { topic: this.topic, config: this.#config, refresh }, leg));
    return leg;
  }

  /** The move's join, on its way or done, is the rejoin. */
  #succeed(): void {
    const hasJoined = this.#move?.hasJoined ?? false;
    this.#leg?.drop();
    this.#move?.succeed();
    if (hasJoined) this.#apply({ kind: "joined" });
  }

  #reportJoined(attempt: number, joinMs: number, gapMs: number | null): void {
    const id = { topic: this.topic, clientId: this.clientId };
    this.#host.emit("channel:joined", { ...id, attempt, joinMs });
    this.#events?.emit("joined", { attempt });
    if (gapMs !== null) {
      this.#host.emit("channel:recovered", { ...id, gapMs });
      this.#events?.emit("recovered", { gapMs });
    }
    this.#ready?.resolve();
    this.#ready = null;
    this.#presence?.joined();
  }

  #reportFailed(failure: Failure): void {
    const report = reportOf(failure);
    this.#end(this.#refusal(failure));
    this.#events?.emit("failed", report);
    this.#host.emit("channel:failed", { topic: this.topic, clientId: this.clientId, ...report });
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
    this.#host.ended(this);
  }

  /** The slot stays taken until the server has answered: the same topic must not join there while it is being left. */
  #leave(): void {
    const left = this.#leg?.leave(this.#host.options.drainLimitMs) ?? Promise.resolve();
    this.#dropLeg();
    const vacate = () => this.#host.vacate(this);
    this.#leaving = left.then(vacate, vacate);
  }

  #dropLeg(): void {
    this.#leg?.drop();
    this.#leg = null;
    this.#move?.release();
  }

  #heard(): Listeners {
    this.#listeners ??= new Listeners((error) => this.#listenerThrew(error));
    return this.#listeners;
  }

  #writer(): PresenceWriter {
    if (this.#presence) return this.#presence;
    const { presenceCalls: calls, presenceWindowMs: windowMs } = this.options;
    this.#presence = new PresenceWriter({
      clock: this.clock,
      limit: { calls, windowMs },
      ask: (grant) => this.askPresence(grant),
      push: (entry) => this.pushPresence(entry),
      error: (kind, text) => this.pushError({ kind, text }),
    });
    if (this.#state.status === "joined") this.#presence.joined();
    if (this.#isOver) this.#presence.end();
    return this.#presence;
  }

  #listenerThrew(error: Error): void {
    const { log } = this.#host.runtime;
    log.warn({ topic: this.topic, client_id: this.clientId, error_name: error.name }, "a channel listener threw");
  }
}
