import {
  createEmitter,
  type EpochMs,
  type EventSource,
  type Runtime,
  toError,
  type Unsubscribe,
  unreachable,
} from "@shoal/kernel";
import {
  type ChannelEffect,
  type ChannelEvent,
  type ChannelPolicy,
  type ChannelState,
  initialChannelState,
  reportOf,
  transition,
} from "./channel.state.ts";
import { classify, type Evidence, type Failure } from "./classify.ts";
import type { ChannelListener, DriverChannel, JoinRequest, PushReply } from "./driver.ts";
import { joinRefused, notJoined, sendFailed } from "./errors.ts";
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

/** What a channel may ask of its pool. */
export interface ChannelHost {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  emit<Name extends keyof PoolEvents>(name: Name, event: PoolEvents[Name]): void;
  schedule(channel: SlotHolder, delayMs: number): void;
  vacate(channel: SlotHolder): void;
  settled(channel: SlotHolder): void;
  heed(channel: SlotHolder, failure: Failure): void;
  join(channel: SlotHolder, request: JoinRequest, listener: ChannelListener): DriverChannel | null;
  /** The holder let go, or the channel failed: it is not the pool's any more. */
  ended(channel: Channel): void;
}

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

/** One held topic. The state is assigned in `#apply` alone. */
export class Channel implements PooledChannel, SlotHolder {
  readonly topic: string;
  readonly clientId: string;
  readonly #parts: ChannelParts;
  readonly #events: ReturnType<typeof createEmitter<PooledChannelEvents>>;
  readonly #presence: PresenceWriter;
  readonly #listeners = createListeners();
  #state: ChannelState = initialChannelState;
  #driverChannel: DriverChannel | null = null;
  /** Grows with each join, so that a late word of an earlier one is dropped. */
  #join = 0;
  readonly #ready = Promise.withResolvers<void>();
  #leaving: Promise<void> = Promise.resolve();

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    this.topic = parts.topic;
    this.clientId = parts.clientId;
    const { runtime, options } = parts.host;
    this.#events = createEmitter((error) => this.#listenerThrew(error));
    this.#listeners.onError = (error) => this.#listenerThrew(error);
    this.#presence = new PresenceWriter({
      clock: runtime.clock,
      limit: { calls: options.presenceCalls, windowMs: options.presenceWindowMs },
      push: (entry) => this.#pushPresence(entry),
      error: (why, text) => (why === "ended" ? notJoined(this.topic, true) : this.#pushError({ kind: why, text })),
    });
    // Whoever does not wait for the first join must not be hit by its rejection.
    this.#ready.promise.catch(() => {});
  }

  get status(): ChannelStatus {
    return this.#state.status;
  }

  get events(): EventSource<PooledChannelEvents> {
    return this.#events;
  }

  /** Lost ones come before new ones of the same priority: somebody is in the middle of something there. */
  get rank(): number {
    const own = PRIORITY_RANK[this.#parts.priority];
    if (this.#state.status !== "waiting") return own + LAGGING_BEHIND;
    const { failures, lostAtMs } = this.#state;
    return own + (lostAtMs === null ? LAGGING_BEHIND : 0) + (failures >= REFUSALS_IN_LINE ? OUT_OF_LINE : 0);
  }

  /** Resolves at the first join; rejects when there will be none. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  turn(): void {
    this.#apply({ kind: "turn" });
  }

  down(failure: Failure): void {
    this.#apply({ kind: "down", failure });
  }

  unreachable(failure: Failure): void {
    this.#apply({ kind: "unreachable", failure });
  }

  /** Ends the wait for the first join with this error, and the channel with it. */
  giveUp(error: unknown): void {
    this.#ready.reject(error);
    void this.release();
  }

  onBroadcast(event: string, listener: (payload: Payload, event: string) => void): Unsubscribe {
    return this.#listeners.broadcast((payload, name) => {
      if (event === "*" || event === name) listener(payload, name);
    });
  }

  onPresence(listener: (state: PresenceState) => void): Unsubscribe {
    return this.#listeners.presence(listener);
  }

  onChange(listener: (change: RowChange) => void): Unsubscribe {
    return this.#listeners.change(listener);
  }

  async send(event: string, payload: Payload): Promise<void> {
    const driverChannel = this.#driverChannel;
    if (this.#state.status !== "joined" || !driverChannel) throw notJoined(this.topic, this.#isOver);
    const reply = await driverChannel
      .broadcast(event, payload, this.#parts.config.ack ?? false)
      .catch((thrown: unknown) => {
        throw sendFailed(this.topic, toError(thrown).message, false, thrown);
      });
    if (reply.kind !== "ok") throw this.#pushError(reply);
    this.#parts.host.emit("message:sent", { topic: this.topic });
  }

  track(entry: Payload): Promise<void> {
    return this.#presence.set(entry);
  }

  untrack(): Promise<void> {
    return this.#presence.set(null);
  }

  async release(): Promise<void> {
    this.#apply({ kind: "release" });
    await this.#leaving;
  }

  get #isOver(): boolean {
    return this.#state.status === "failed" || this.#state.status === "released";
  }

  #nowMs(): EpochMs {
    return this.#parts.host.runtime.clock.monotonicMs();
  }

  #apply(event: ChannelEvent): void {
    const { host, policy } = this.#parts;
    const step = transition(this.#state, event, policy, { nowMs: this.#nowMs(), rng: host.runtime.rng });
    this.#state = step.state;
    for (const effect of step.effects) {
      this.#perform(effect);
      // A listener let go on hearing of it: what was still to be done belongs to a state that is over.
      if (this.#state !== step.state) return;
    }
  }

  #perform(effect: ChannelEffect): void {
    const { host } = this.#parts;
    const id = { topic: this.topic, clientId: this.clientId };
    switch (effect.kind) {
      case "join":
        return this.#sendJoin(effect.attempt, effect.refresh);
      case "report-joined":
        return this.#reportJoined(effect.attempt, effect.joinMs, effect.gapMs);
      case "report-refused": {
        host.heed(this, effect.failure);
        const { attempt, retryInMs } = effect;
        return host.emit("channel:refused", { ...id, attempt, ...reportOf(effect.failure), retryInMs });
      }
      case "report-lost":
        host.heed(this, effect.failure);
        this.#presence.down();
        this.#events.emit("lost", reportOf(effect.failure));
        return host.emit("channel:lost", { ...id, ...reportOf(effect.failure) });
      case "report-failed":
        return this.#reportFailed(effect.failure);
      case "report-released":
        this.#end(notJoined(this.topic, true));
        return host.emit("channel:released", id);
      case "vacate":
        return this.#vacate();
      case "leave":
        return this.#leave();
      case "retry":
        return host.schedule(this, effect.delayMs);
      default:
        return unreachable(effect);
    }
  }

  #sendJoin(attempt: number, refresh: boolean): void {
    const { host, config } = this.#parts;
    this.#join += 1;
    this.#driverChannel = host.join(this, { topic: this.topic, config, refresh }, this.#listenerFor(this.#join));
    // Told when there is something to leave: a listener may let go on hearing it.
    host.emit("channel:joining", { topic: this.topic, clientId: this.clientId, attempt });
  }

  /** Everything the server says about this one join, and nothing it says about an earlier one. */
  #listenerFor(join: number): ChannelListener {
    const { host } = this.#parts;
    const whileCurrent =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args) => {
        if (join === this.#join) act(...args);
      };
    return {
      onJoined: whileCurrent(() => {
        this.#apply({ kind: "joined" });
        host.settled(this);
      }),
      onDown: whileCurrent((evidence: Evidence) => this.down(classify(evidence))),
      onBroadcast: whileCurrent((event: string, payload: Payload) => {
        host.emit("message:received", { topic: this.topic });
        this.#listeners.emitBroadcast(payload, event);
      }),
      onPresence: whileCurrent((state: PresenceState) => this.#listeners.emitPresence(state)),
      onChange: whileCurrent((change: RowChange) => this.#listeners.emitChange(change)),
      onChangesReady: whileCurrent(() => this.#events.emit("changes-ready", {})),
      onChangesFailed: whileCurrent((evidence: Evidence) =>
        this.#events.emit("changes-failed", reportOf(classify(evidence))),
      ),
    };
  }

  #reportJoined(attempt: number, joinMs: number, gapMs: number | null): void {
    const { host } = this.#parts;
    const id = { topic: this.topic, clientId: this.clientId };
    host.emit("channel:joined", { ...id, attempt, joinMs });
    this.#events.emit("joined", { attempt });
    if (gapMs !== null) {
      host.emit("channel:recovered", { ...id, gapMs });
      this.#events.emit("recovered", { gapMs });
    }
    this.#ready.resolve();
    this.#presence.joined();
  }

  #reportFailed(failure: Failure): void {
    const { host } = this.#parts;
    const report = reportOf(failure);
    const { retry } = failure;
    const retryable = retry === "backoff" || (retry === "refresh" && this.#parts.policy.canRefresh);
    this.#end(joinRefused(this.topic, { ...report, retryable }));
    this.#events.emit("failed", report);
    host.emit("channel:failed", { topic: this.topic, clientId: this.clientId, ...report });
  }

  #end(error: Error): void {
    this.#ready.reject(error);
    this.#presence.end();
    this.#parts.host.ended(this);
  }

  #vacate(): void {
    this.#forgetJoin();
    this.#parts.host.vacate(this);
  }

  /** The slot stays taken until the server has answered: the same topic must not join there while it is being left. */
  #leave(): void {
    const { host } = this.#parts;
    const left = this.#driverChannel?.leave(host.options.drainLimitMs) ?? Promise.resolve();
    this.#forgetJoin();
    const vacate = () => host.vacate(this);
    this.#leaving = left.then(vacate, vacate);
  }

  #forgetJoin(): void {
    this.#join += 1;
    this.#driverChannel = null;
  }

  async #pushPresence(entry: Payload | null): Promise<PushReply> {
    const driverChannel = this.#driverChannel;
    if (!driverChannel) return { kind: "gone" };
    return entry === null ? driverChannel.untrack() : driverChannel.track(entry);
  }

  #pushError(reply: { readonly kind: PushReply["kind"]; readonly text?: string }): Error {
    if (reply.kind === "gone") return notJoined(this.topic, this.#isOver);
    if (reply.kind === "timeout") return sendFailed(this.topic, "no answer in time", true);
    const failure = classify({ where: "push", text: reply.text ?? "refused" });
    return sendFailed(this.topic, failure.reason, failure.retry !== "never");
  }

  #listenerThrew(error: Error): void {
    const { log } = this.#parts.host.runtime;
    log.warn({ topic: this.topic, client_id: this.clientId, error_name: error.name }, "a channel listener threw");
  }
}

/** The holder's listeners: they outlive every join. One that throws harms nobody else. */
function createListeners() {
  const broadcast = new Set<(payload: Payload, event: string) => void>();
  const presence = new Set<(state: PresenceState) => void>();
  const change = new Set<(change: RowChange) => void>();
  let latest: PresenceState | null = null;

  const add = <Listener>(set: Set<Listener>, listener: Listener): Unsubscribe => {
    set.add(listener);
    return () => void set.delete(listener);
  };
  const listeners = {
    onError: (_error: Error): void => {},
    broadcast: (listener: (payload: Payload, event: string) => void) => add(broadcast, listener),
    /** A listener that comes late is told what is known, or it would wait for the next change. */
    presence(listener: (state: PresenceState) => void) {
      const own = (state: PresenceState) => listener(state);
      const known = latest;
      if (known) queueMicrotask(() => presence.has(own) && latest === known && each([own], (tell) => tell(known)));
      return add(presence, own);
    },
    change: (listener: (change: RowChange) => void) => add(change, (row) => listener(row)),
    emitBroadcast: (payload: Payload, event: string) => each(broadcast, (tell) => tell(payload, event)),
    emitPresence(state: PresenceState) {
      latest = state;
      each(presence, (tell) => tell(state));
    },
    emitChange: (row: RowChange) => each(change, (tell) => tell(row)),
  };
  const each = <Listener>(set: Iterable<Listener>, call: (listener: Listener) => void) => {
    for (const listener of [...set]) {
      try {
        call(listener);
      } catch (thrown) {
        listeners.onError(toError(thrown));
      }
    }
  };
  return listeners;
}
