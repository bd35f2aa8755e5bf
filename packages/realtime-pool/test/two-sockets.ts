import { createEmitter, type Emitter, proportionalJitter, type Runtime } from "@shoal/kernel";
import { Channel } from "../src/channel.ts";
import type { ChannelHost } from "../src/channel-host.ts";
import type { Failure } from "../src/classify.ts";
import type { Driver, DriverSocket } from "../src/driver.ts";
import type { PoolOptions } from "../src/options.ts";
import type { SlotHolder } from "../src/socket.ts";
import type { ChannelConfig, ChannelStatus, PoolEvents } from "../src/types.ts";

type SocketName = "a" | "b";

/** Two open sockets and nobody who decides: the test says which holder sits where and whose turn it is. */
export interface TwoSockets {
  readonly events: Emitter<PoolEvents>;
  /** Where each holder sits now. */
  readonly places: ReadonlyMap<SlotHolder, SocketName>;
  /** What refusals were taken note of. */
  readonly heeded: readonly Failure[];
  readonly counts: Readonly<Record<ChannelStatus, number>>;
  /** Joins `room:1`, unless told otherwise, on socket `a`, and after a loss wherever it sits no more. */
  channel(config?: ChannelConfig, topic?: string): Channel;
  /** Starts to move the channel to the other socket. Null when it cannot be moved now. */
  move(channel: Channel): SlotHolder | null;
  /** Everybody on that socket hears that it is gone. */
  lose(socket: SocketName, failure: Failure): void;
  close(): Promise<void>;
}

export async function openTwoSockets(runtime: Runtime, driver: Driver, options: PoolOptions): Promise<TwoSockets> {
  const events = createEmitter<PoolEvents>((error) => {
    throw error;
  });
  const sockets = { a: await open(driver), b: await open(driver) };
  const places = new Map<SlotHolder, SocketName>();
  const heeded: Failure[] = [];
  const counts: Record<ChannelStatus, number> = { waiting: 0, joining: 0, joined: 0, failed: 0, released: 0 };
  const otherThan = (name: SocketName): SocketName => (name === "a" ? "b" : "a");

  const sit = (holder: SlotHolder, name: SocketName) => {
    places.set(holder, name);
    holder.turn();
  };
  const host: ChannelHost = {
    runtime,
    options,
    emit: (name, event) => events.emit(name, event),
    changed(from, to) {
      counts[from] -= 1;
      counts[to] += 1;
    },
    schedule(holder, delayMs) {
      const isTaken = [...places].some(([other, name]) => other.topic === holder.topic && name === "a");
      const free = isTaken ? "b" : "a";
      runtime.clock.after(delayMs, () => sit(holder, free));
    },
    vacate: (holder) => void places.delete(holder),
    settled: () => {},
    heed: (_, failure) => void heeded.push(failure),
    adopt(holder, mover) {
      const [old, fresh] = [places.get(holder), places.get(mover)];
      if (fresh) places.set(holder, fresh);
      if (old) places.set(mover, old);
    },
    join(holder, request, listener) {
      const name = places.get(holder);
      return name ? sockets[name].join(request, listener) : null;
    },
    socketIdOf: (holder) => places.get(holder) ?? null,
    maySend: () => null,
    askPresence(_topic, _rank, grant) {
      grant();
      return () => {};
    },
    ended: () => {},
  };

  return {
    events,
    places,
    heeded,
    counts,
    channel(config = {}, topic = "room:1") {
      const channel = new Channel({
        host,
        topic,
        clientId: "bot",
        priority: "room",
        config,
        policy: {
          maxRetries: Number.POSITIVE_INFINITY,
          backoff: proportionalJitter(options.retryBaseMs, options.retryMaxMs),
          stableAfterMs: options.stableAfterMs,
          canRefresh: false,
        },
        startAtMs: 0,
      });
      counts.waiting += 1;
      sit(channel, "a");
      return channel;
    },
    move(channel) {
      const mover = channel.mover();
      const from = places.get(channel);
      if (mover && from) sit(mover, otherThan(from));
      return mover;
    },
    lose(name, failure) {
      for (const [holder, socket] of [...places]) if (socket === name) holder.down(failure);
    },
    async close() {
      await Promise.all([sockets.a.close(), sockets.b.close()]);
    },
  };
}

function open(driver: Driver): Promise<DriverSocket> {
  return new Promise((resolve, reject) => {
    const socket: DriverSocket = driver.open({
      onOpen: () => resolve(socket),
      onClosed: ({ text }) => reject(new Error(text)),
      onHeartbeat: () => {},
      onPresenceDropped: () => {},
    });
  });
}
