import { createEmitter, proportionalJitter, type Runtime, withTimeout } from "@shoal/kernel";
import { Budgets } from "./budgets.ts";
import { Canary } from "./canary.ts";
import type { ChannelPolicy } from "./channel.state.ts";
import { Channel, type ChannelParts } from "./channel.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Driver } from "./driver.ts";
import { badOptions, badTopic, capacityExhausted, noticeFailed, poolClosed } from "./errors.ts";
import { createWindowAllowance, type JoinAllowance } from "./join-allowance.ts";
import type { NoticeSender } from "./notices.ts";
import { MAX_MS, type PoolOptions } from "./options.ts";
import { createStartPacer, type StartPacer } from "./start-pacer.ts";
import { countEvents, type StatsCounters } from "./stats.ts";
import type { TokenSource } from "./tokens.ts";
import type {
  AcquireOptions,
  ChannelConfig,
  ChannelFigures,
  Payload,
  PoolEvents,
  PooledChannel,
  PoolStats,
  RealtimePool,
  RetryOptions,
  SocketFigures,
} from "./types.ts";
import type { AskUpgrade } from "./upgrade-diagnosis.ts";

export interface PoolParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly driver: Driver;
  readonly notices: NoticeSender;
  /** Default: what `options` allow, counted in this process. */
  readonly joinAllowance?: JoinAllowance | undefined;
  /** Whether there is a source of fresh tokens. */
  readonly canRefresh: boolean;
  /** Asks by plain HTTP whether a handshake would be accepted; without it a join has to find out. */
  readonly askUpgrade?: AskUpgrade | undefined;
  /** Where the driver gets tokens from; the pool emits its events and closes it. */
  readonly tokens?: TokenSource | undefined;
}

/** Tries of `createChannelWithRetry` unless told otherwise. @source SPEC A, connection pool row */
const DEFAULT_MAX_RETRIES = 10;
/** Most bytes of UTF-8 in a topic: with its prefix it shares one byte of length on the wire. @source REALTIME.md 1 */
export const MAX_TOPIC_BYTES = 255 - "realtime:".length;
/** Shared by all channels that ask for no config. */
const NO_CONFIG: ChannelConfig = {};
const PRIVATE_CONFIG: ChannelConfig = { private: true };

/** Composes the parts and answers the caller. The dispatcher decides about joins. */
export class Pool implements RealtimePool {
  readonly #parts: PoolParts;
  readonly #events: ReturnType<typeof createEmitter<PoolEvents>>;
  readonly #counters: StatsCounters;
  readonly #dispatcher: Dispatcher;
  readonly #budgets: Budgets;
  readonly #pacer: StartPacer;
  readonly #channels = new Set<Channel>();
  readonly #channelParts: ChannelParts;
  readonly #policy: ChannelPolicy;
  readonly #canary: Canary | null;
  #closing: Promise<void> | null = null;
  #isDestroyed = false;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    const { runtime, options, driver } = parts;
    this.#events = createEmitter((error) =>
      runtime.log.warn(
        { error_name: error.name },
        "a listener of the pool threw; the pool and its other listeners go on",
      ),
    );
    this.#counters = countEvents(this.#events);
    parts.tokens?.events.on("token:refreshed", (event) => this.#events.emit("token:refreshed", event));
    parts.tokens?.events.on("token:failed", (event) => this.#events.emit("token:failed", event));
    const events = this.#events;
    const { joinsPerSecond: perSecond, joinShare, windowMs } = options;
    this.#dispatcher = new Dispatcher({
      runtime,
      options,
      driver,
      events,
      allowance: parts.joinAllowance ?? createWindowAllowance(runtime.clock, { perSecond, joinShare, windowMs }),
      onServerStarted: (isCertain) => this.#budgets.serverStarted(isCertain),
      askUpgrade: parts.askUpgrade,
    });
    this.#budgets = new Budgets({
      runtime,
      options,
      events,
      notices: parts.notices,
      resume: (holder) => this.#dispatcher.schedule(holder, 0),
    });
    this.#pacer = createStartPacer(options.start, runtime.rng);
    this.#channelParts = {
      runtime,
      options,
      events,
      dispatcher: this.#dispatcher,
      budgets: this.#budgets,
      counts: this.#counters.channels,
      onEnded: (channel) => this.#forget(channel),
    };
    this.#policy = this.#policyFor({});
    this.#canary = options.canaryMs > 0 ? this.#createCanary(options.canaryMs) : null;
  }

  get events() {
    return this.#events;
  }

  async acquire(topic: string, options: AcquireOptions = {}): Promise<PooledChannel> {
    checkTopic(topic);
    checkAcquireOptions(options);
    if (this.#closing) throw poolClosed(topic);
    const { signal } = options;
    signal?.throwIfAborted();
    this.#checkCapacity(topic);
    const nowMs = this.#parts.runtime.clock.monotonicMs();
    const clientId = options.clientId ?? this.#parts.runtime.ids.uuid();
    const startAtMs =
      (options.isStaggered ?? true) ? this.#pacer.startAtMs(clientId, nowMs) : this.#pacer.startNow(clientId, nowMs);
    const channel = this.#createChannel(topic, { ...options, clientId, startAtMs });
    const ready = channel.ready();
    const onAbort = () => channel.giveUp(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      // Scheduled last: a listener that hears of the first event may abort, or close the pool.
      this.#dispatcher.schedule(channel, startAtMs - nowMs);
      await ready;
      signal?.throwIfAborted();
      return channel;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  createChannelWithRetry(
    clientId: string,
    channelName: string,
    config: ChannelConfig = {},
    retry: RetryOptions = {},
  ): Promise<PooledChannel> {
    return this.acquire(channelName, {
      clientId,
      config,
      maxRetries: retry.maxRetries ?? DEFAULT_MAX_RETRIES,
      ...(retry.baseDelay === undefined ? {} : { baseDelayMs: retry.baseDelay }),
      ...(retry.maxDelay === undefined ? {} : { maxDelayMs: retry.maxDelay }),
    });
  }

  async broadcast(topic: string, event: string, payload: Payload): Promise<void> {
    checkTopic(topic);
    if (this.#closing) throw poolClosed(topic);
    const startedAtMs = this.#parts.runtime.clock.monotonicMs();
    const turn = this.#budgets.mayNotify(topic);
    if (turn) await turn;
    const outcome = await this.#parts.notices.send(topic, event, payload, this.#budgets.answered);
    if (outcome.kind === "sent") {
      const durationMs = this.#parts.runtime.clock.monotonicMs() - startedAtMs;
      return this.#events.emit("notice:sent", { topic, durationMs });
    }
    const { errorClass, reason, retry } = outcome.failure;
    this.#events.emit("notice:failed", { topic, errorClass, reason });
    throw noticeFailed(topic, { errorClass, reason, retryable: retry !== "never" });
  }

  setShare(ratio: number): void {
    if (!(ratio > 0 && ratio <= 1)) throw badOptions([`the share is ${ratio}, expected more than 0, and 1 at most`]);
    this.#budgets.setShare(ratio);
  }

  getStats(): PoolStats {
    const { open, connecting, probing, held, capacity, breaker, joins } = this.#dispatcher.figures;
    const { channels, joins: counted, reconnects, errorsByClass } = this.#counters;
    return {
      sockets: { open, connecting, probing, max: this.#parts.options.maxSockets },
      slots: { held, free: capacity - held, capacity },
      channels: { ...channels },
      joins: {
        ...counted,
        pending: channels.waiting,
        paced: this.#pacer.paced(this.#parts.runtime.clock.monotonicMs()),
      },
      breaker,
      budgets: { joins, ...this.#budgets.figures },
      reconnects,
      responseMs: this.#counters.responseMs(),
      errorsByClass: { ...errorsByClass },
    };
  }

  listChannels(): readonly ChannelFigures[] {
    return [...this.#channels].map((channel) => {
      const { topic, clientId, status, priority } = channel;
      return { topic, clientId, status, priority, socketId: this.#dispatcher.socketOf(channel)?.id ?? null };
    });
  }

  listSockets(): readonly SocketFigures[] {
    return this.#dispatcher.figures.sockets;
  }

  logDetailedStatus(): void {
    const { log } = this.#parts.runtime;
    log.info({ ...this.getStats() }, "realtime pool status");
    for (const { socketId, status, slotsHeld } of this.listSockets()) {
      log.debug({ socket_id: socketId, socket_status: status, slots_held: slotsHeld }, "realtime pool socket");
    }
  }

  close(): Promise<void> {
    // Drains on a fresh stack, so that a listener that hears of a released channel finds the pool closed already.
    this.#closing ??= Promise.resolve().then(() => this.#drain());
    return this.#closing;
  }

  destroy(reason: Error): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    // Closes sockets first: a leave on a closed socket ends at once, so nothing below waits for the server.
    const ended = Promise.all([this.#dispatcher.close(), this.#parts.notices.close(0)]);
    this.#closing ??= ended.then(() => {});
    this.#budgets.close();
    this.#canary?.stop();
    for (const channel of [...this.#channels]) channel.giveUp(reason);
    this.#parts.tokens?.close();
  }

  async #drain(): Promise<void> {
    const { runtime, options, notices } = this.#parts;
    const channels = [...this.#channels];
    this.#canary?.stop();
    this.#budgets.closeSends();
    for (const channel of channels) channel.giveUp(poolClosed(channel.topic));
    const left = Promise.all(channels.map((channel) => channel.release()));
    await Promise.all([withTimeout(runtime.clock, options.drainLimitMs, left), notices.close(options.drainLimitMs)]);
    this.#budgets.close();
    await this.#dispatcher.close();
    this.#parts.tokens?.close();
  }

  #checkCapacity(topic: string): void {
    const { capacity } = this.#dispatcher;
    const { maxWaiting } = this.#parts.options;
    if (this.#channels.size >= capacity + maxWaiting) throw capacityExhausted(topic, capacity, maxWaiting);
  }

  #createChannel(
    topic: string,
    options: AcquireOptions & { readonly clientId: string; readonly startAtMs: number },
  ): Channel {
    const hasOwnPolicy = (options.maxRetries ?? options.baseDelayMs ?? options.maxDelayMs) !== undefined;
    const channel = new Channel(this.#channelParts, {
      topic,
      clientId: options.clientId,
      priority: options.priority ?? "idle",
      config: this.#configFor(options.config),
      policy: hasOwnPolicy ? this.#policyFor(options) : this.#policy,
      startAtMs: options.startAtMs,
    });
    this.#channels.add(channel);
    if (!this.#canary?.isOwn(topic)) this.#canary?.start();
    return channel;
  }

  #configFor(config: ChannelConfig | undefined): ChannelConfig {
    if (!this.#parts.options.private) return config ?? NO_CONFIG;
    return config ? { ...PRIVATE_CONFIG, ...config } : PRIVATE_CONFIG;
  }

  #policyFor({ maxRetries, baseDelayMs, maxDelayMs }: AcquireOptions): ChannelPolicy {
    const { options, canRefresh } = this.#parts;
    const { retryBaseMs, retryMaxMs, retryJitterRatio, stableAfterMs } = options;
    const baseMs = baseDelayMs ?? retryBaseMs;
    return {
      maxRetries: maxRetries ?? Number.POSITIVE_INFINITY,
      backoff: proportionalJitter(baseMs, Math.max(baseMs, maxDelayMs ?? retryMaxMs), retryJitterRatio),
      stableAfterMs,
      canRefresh,
    };
  }

  #createCanary(intervalMs: number): Canary {
    const { clock, ids } = this.#parts.runtime;
    return new Canary({
      clock,
      ids,
      intervalMs,
      events: this.#events,
      acquire: (topic, signal) =>
        this.acquire(topic, { clientId: "canary", config: { self: true }, isStaggered: false, signal }),
      socketOf: (channel) => (channel instanceof Channel ? this.#dispatcher.socketOf(channel) : null),
    });
  }

  #forget(channel: Channel): void {
    if (this.#channels.delete(channel)) this.#pacer.forget(channel.clientId);
    this.#canary?.stopIfAlone(this.#channels);
  }
}

function checkAcquireOptions({ maxRetries = 0, baseDelayMs = 0, maxDelayMs = 0 }: AcquireOptions): void {
  const problems: string[] = [];
  if (!(maxRetries === Number.POSITIVE_INFINITY || (Number.isInteger(maxRetries) && maxRetries >= 0))) {
    problems.push(`maxRetries is ${maxRetries}, expected a whole number from 0, or Infinity`);
  }
  for (const [name, ms] of Object.entries({ baseDelayMs, maxDelayMs })) {
    if (!(ms >= 0 && ms <= MAX_MS)) problems.push(`${name} is ${ms}, expected 0 to ${MAX_MS}`);
  }
  if (problems.length > 0) throw badOptions(problems);
}

function checkTopic(topic: string): void {
  const bytes = new TextEncoder().encode(topic).length;
  if (bytes === 0) throw badTopic(topic, "it is empty");
  if (bytes > MAX_TOPIC_BYTES) throw badTopic(topic, `it has ${bytes} bytes, at most ${MAX_TOPIC_BYTES} fit`);
}
