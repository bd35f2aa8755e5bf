import { expect } from "vitest";
import { classify } from "../src/classify.ts";
import { familyOf, MAX_PROBES } from "../src/placement/topic-trust.ts";
import { MAX_JOINS_IN_FLIGHT } from "../src/socket.ts";
import type { ChannelStatus, JoinPriority, Payload, PooledChannel } from "../src/types.ts";
import type { FakeSocket } from "./fake-driver.ts";
import type { TestPool } from "./make-pool.ts";
import type { SeenJoin, ServerModel } from "./server-model.ts";

export interface FleetLimits {
  readonly channelsPerSocket: number;
  readonly maxSockets: number;
  /** Whether there is always one more socket for a probe. */
  readonly hasSocketForEach: boolean;
}

/** Somebody who wants a topic. Its client id is its presence key, so that the server's side can be matched. */
interface Holder {
  readonly clientId: string;
  readonly topic: string;
  readonly controller: AbortController;
  channel: PooledChannel | null;
  status: ChannelStatus;
  /** What it last asked everybody to see of it; null for nothing. */
  entry: Payload | null;
}

/** Timers per channel: one for its place, one for its presence; per socket: handshake or idle; the pool: a wake, a move. */
const TIMERS_PER_PART = 2;
const TIMERS_OF_POOL = 8;

/** Everybody who holds or wants a topic, and what must be true of them and of the server after each step; docs/states/pool.md. */
export class FleetModel {
  readonly holders: Holder[] = [];
  readonly #test: TestPool;
  readonly #server: ServerModel;
  readonly #limits: FleetLimits;
  readonly #listeners: number;
  readonly #provenFamilies = new Set<string>();
  #mostSockets = 0;
  /** Client ids that may not join any more, and those whose next join asks for a fresh token first. */
  readonly #fatal = new Set<string>();
  readonly #stale = new Set<string>();
  #count = 0;
  /** The first one seen in the middle of the pool's own work, which must go on. */
  #violation: unknown = null;

  constructor(test: TestPool, server: ServerModel, limits: FleetLimits) {
    this.#test = test;
    this.#server = server;
    this.#limits = limits;
    server.onJoin = (join) => this.#keep(() => this.#checkJoin(join));
    server.onHandshake = () => this.#keep(() => this.#checkHandshake());
    this.#follow();
    this.#listeners = test.pool.events.listenerCount;
  }

  acquire(topic: string, options: { priority: JoinPriority; isPrivate: boolean; letsGo: boolean }): void {
    this.#count += 1;
    const clientId = `client-${this.#count}`;
    const controller = new AbortController();
    const holder: Holder = { clientId, topic, controller, channel: null, status: "waiting", entry: null };
    this.holders.push(holder);
    const config = { private: options.isPrivate, presence: { key: clientId, listen: false } };
    this.#test.pool.acquire(topic, { clientId, config, priority: options.priority, signal: controller.signal }).then(
      (channel) => {
        holder.channel = channel;
        // On hearing of a loss, in the middle of the pool's own work.
        if (options.letsGo) channel.events.on("lost", () => void channel.release());
      },
      () => {},
    );
  }

  /** Its answer may come after any number of losses. */
  show(pick: number, entry: Payload | null): void {
    const holder = this.waitingOrJoined[pick % Math.max(1, this.waitingOrJoined.length)];
    if (!holder?.channel) return;
    holder.entry = entry;
    const said = entry === null ? holder.channel.untrack() : holder.channel.track(entry);
    said.catch(() => {});
  }

  /** Waits for nothing: one with an entry leaves in its turn of the presence budget. */
  letGo(pick: number): void {
    const holder = this.waitingOrJoined[pick % Math.max(1, this.waitingOrJoined.length)];
    if (holder?.channel) void holder.channel.release();
    else holder?.controller.abort(new Error("given up"));
  }

  get waitingOrJoined(): readonly Holder[] {
    return this.holders.filter((holder) => !isOver(statusOf(holder)));
  }

  /** After every step. */
  check(): void {
    if (this.#violation) throw this.#violation;
    const { driver, pool, clock } = this.#test;
    const stats = pool.getStats();
    for (const socket of driver.openSockets) this.#checkSocket(socket);
    expect(stats.sockets.open + stats.sockets.connecting, "M2: sockets").toBeLessThanOrEqual(this.#limits.maxSockets);
    expect(this.#server.trips, "M3: the server's limit of joins").toBe(0);
    for (const holder of this.waitingOrJoined) this.#checkHolder(holder);
    const timers = clock.pendingTimers - this.#server.pendingTimers;
    const parts = this.waitingOrJoined.length + stats.sockets.open + stats.sockets.connecting;
    expect(timers, "M5: timers").toBeLessThanOrEqual(parts * TIMERS_PER_PART + TIMERS_OF_POOL);
    expect(pool.events.listenerCount, "M5: listeners").toBe(this.#listeners);
  }

  /** Whether everybody has what can be had: joined, over, or no socket could take the topic. */
  get isServed(): boolean {
    return this.waitingOrJoined.every((holder) => {
      const status = statusOf(holder);
      return status === "joined" || (status === "waiting" && this.#isStuck(holder.topic));
    });
  }

  /** Whether the server shows of everybody what they last asked for, on every join it holds of them. */
  get isShown(): boolean {
    return this.waitingOrJoined.every(({ clientId, entry }) => {
      const joins = this.#test.driver.joins.filter(
        ({ request, isJoined, isAlive }) => isJoined && isAlive && request.config.presence?.key === clientId,
      );
      return joins.every(({ presenceCalls }) => (presenceCalls.at(-1) ?? null) === entry);
    });
  }

  /** After the faults, when everybody is served: the server holds what the pool says, once. */
  checkServed(): void {
    const joined = this.waitingOrJoined.filter((holder) => statusOf(holder) === "joined");
    const keys = this.#test.driver.openSockets.flatMap((socket) =>
      socket.channels.filter((channel) => channel.isAlive).map(({ request }) => request.config.presence?.key),
    );
    expect(keys.toSorted(), "M1: what the server holds").toEqual(joined.map(({ clientId }) => clientId).toSorted());
  }

  #keep(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      this.#violation ??= thrown;
    }
  }

  #follow(): void {
    const { events } = this.#test.pool;
    const set = (status: ChannelStatus) => (event: { readonly clientId: string }) => {
      const holder = this.holders.find(({ clientId }) => clientId === event.clientId);
      // A listener that lets go on hearing of a loss is told of before the loss itself.
      if (holder && !isOver(holder.status)) holder.status = status;
    };
    events.on("channel:joining", set("joining"));
    events.on("channel:joined", set("joined"));
    events.on("channel:lost", set("waiting"));
    events.on("channel:failed", set("failed"));
    events.on("channel:released", set("released"));
    events.on("channel:refused", (event) => {
      set("waiting")(event);
      const { retry, scope } = classify({ where: "join", text: event.reason });
      if (retry === "never" && scope === "channel") this.#fatal.add(event.clientId);
      if (retry === "refresh" || retry === "refresh-once") this.#stale.add(event.clientId);
    });
    events.on("channel:joined", ({ topic, clientId }) => {
      for (const isPrivate of [true, false]) {
        const isOfThisKind = this.#test.driver.joins.some(
          ({ request }) => request.config.presence?.key === clientId && request.config.private === isPrivate,
        );
        if (isOfThisKind) this.#provenFamilies.add(familyOf({ topic, isPrivate }));
      }
    });
  }

  #checkHandshake(): void {
    const { state } = this.#test.pool.getStats().breaker;
    const inFlight = this.#test.driver.sockets.filter((socket) => !socket.isOpen && !socket.isOver).length;
    expect(state, "M3: no handshake while held").not.toBe("held");
    if (state !== "up") expect(inFlight, "M9: handshakes while nobody answers").toBe(1);
  }

  #checkJoin({ request, socket }: SeenJoin): void {
    const key = request.config.presence?.key ?? "";
    expect(this.#fatal.has(key), "M4: a fatal class is not tried again").toBe(false);
    if (this.#stale.delete(key)) expect(request.refresh, "M4: a stale token is not tried again").toBe(true);
    const isProven = this.#provenFamilies.has(
      familyOf({ topic: request.topic, isPrivate: request.config.private ?? false }),
    );
    this.#mostSockets = Math.max(this.#mostSockets, this.#test.driver.sockets.filter(({ isOver }) => !isOver).length);
    // From the fifth socket on one may be too many to be opened for a probe.
    if (!isProven && this.#limits.hasSocketForEach && this.#mostSockets <= MAX_PROBES)
      expect(socket.topics, "M8: an untried topic joins alone").toEqual([request.topic]);
    const state = this.#test.pool.getStats().breaker.state;
    expect(state, "M3: no join while held").not.toBe("held");
  }

  #checkSocket(socket: FakeSocket): void {
    expect(new Set(socket.topics).size, "M2: a topic twice on a socket").toBe(socket.topics.length);
    expect(socket.topics.length, "M2: channels").toBeLessThanOrEqual(this.#limits.channelsPerSocket);
    const inFlight = socket.channels.filter(({ isAlive, isJoined }) => isAlive && !isJoined);
    const isPrivate = inFlight.some(({ request }) => request.config.private);
    const most = isPrivate ? 1 : MAX_JOINS_IN_FLIGHT;
    expect(inFlight.length, "M7: joins in flight on a socket").toBeLessThanOrEqual(most);
  }

  #checkHolder(holder: Holder): void {
    const joins = this.#test.driver.joins.filter(
      ({ request, isAlive }) => isAlive && request.config.presence?.key === holder.clientId,
    );
    const status = statusOf(holder);
    if (status === "joined")
      expect(
        joins.some(({ isJoined }) => isJoined),
        "M1: joined",
      ).toBe(true);
    if (status === "joining") expect(joins.length, "M1: joining").toBeGreaterThan(0);
    if (status === "waiting") expect(this.#hasSomethingDue || this.#isStuck(holder.topic), "M1: waiting").toBe(true);
  }

  /** A timer, a handshake, a question or a join in flight: something that will move those who wait. */
  get #hasSomethingDue(): boolean {
    const { clock, driver } = this.#test;
    const hasTimer = clock.pendingTimers > this.#server.pendingTimers;
    const hasHandshake = driver.sockets.some((socket) => !socket.isOpen && !socket.isOver);
    return (
      hasTimer ||
      hasHandshake ||
      this.#server.questions > 0 ||
      driver.joins.some(({ isAlive, isJoined }) => isAlive && !isJoined)
    );
  }

  #isStuck(topic: string): boolean {
    const { openSockets } = this.#test.driver;
    return (
      openSockets.length === this.#limits.maxSockets &&
      openSockets.every(({ topics }) => topics.includes(topic) || topics.length >= this.#limits.channelsPerSocket)
    );
  }
}

function statusOf({ channel, status }: Holder): ChannelStatus {
  return channel?.status ?? status;
}

function isOver(status: ChannelStatus): boolean {
  return status === "failed" || status === "released";
}
