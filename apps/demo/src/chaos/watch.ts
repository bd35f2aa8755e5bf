import type { Clock, EventSource, Unsubscribe } from "@shoal/kernel";
import type { RealtimeEvents } from "@shoal/local-supabase";
import type { PoolEvents } from "@shoal/realtime-pool";
import type { PeopleReport } from "../people/protocol.ts";

export interface WatchParts {
  readonly clock: Clock;
  readonly pool: EventSource<PoolEvents>;
  readonly server: EventSource<RealtimeEvents>;
  readonly people: () => Pick<PeopleReport, "offline" | "failures">;
}

/** Damage of one fault, counted from `begin`. */
export interface Damage {
  readonly channelsLost: number;
  /** The most people who were out at one time. */
  readonly peopleLost: number;
  /** Channels and clients of people that failed. */
  readonly peopleFailures: number;
  readonly joinsRefused: number;
  /** When the last channel or person was back, monotonic ms. Null when none was lost, or one still is. */
  readonly channelsBackAtMs: number | null;
  readonly peopleBackAtMs: number | null;
}

/** Counts the channels and people that a fault takes, and notes when all are back. */
export function watchDamage({ clock, pool, server, people }: WatchParts) {
  const lost = new Set<string>();
  let given = { failed: 0, unexcused: 0 };
  let isExcused = false;
  let failuresBefore = people().failures;
  let damage = none();

  const name = ({ clientId, topic }: { readonly clientId: string; readonly topic: string }) => `${clientId} ${topic}`;
  const back = (channel: { readonly clientId: string; readonly topic: string }) => {
    if (lost.delete(name(channel)) && lost.size === 0) damage = { ...damage, channelsBackAtMs: clock.monotonicMs() };
  };
  const offs: Unsubscribe[] = [
    pool.on("channel:lost", (channel) => {
      lost.add(name(channel));
      damage = { ...damage, channelsLost: damage.channelsLost + 1, channelsBackAtMs: null };
    }),
    pool.on("channel:recovered", back),
    pool.on("channel:released", back),
    pool.on("channel:failed", (channel) => {
      given = { ...given, failed: given.failed + 1 };
      back(channel);
    }),
    server.on("join:refused", () => {
      damage = { ...damage, joinsRefused: damage.joinsRefused + 1 };
      if (!isExcused) given = { ...given, unexcused: given.unexcused + 1 };
    }),
  ];
  return {
    /** Begins a new fault; `isRefusing` if it refuses joins by itself. */
    begin(isRefusing: boolean): void {
      isExcused = isRefusing;
      failuresBefore = people().failures;
      damage = none();
    },
    /** Reads the latest report of the people, which may come late. True if all of them and all channels are there. */
    update(): boolean {
      const { offline, failures } = people();
      const isNewlyBack = offline === 0 && damage.peopleLost > 0 && damage.peopleBackAtMs === null;
      damage = {
        ...damage,
        peopleLost: Math.max(damage.peopleLost, offline),
        peopleFailures: failures - failuresBefore,
        peopleBackAtMs: offline > 0 ? null : isNewlyBack ? clock.monotonicMs() : damage.peopleBackAtMs,
      };
      return offline === 0 && lost.size === 0;
    },
    get damage(): Damage {
      return damage;
    },
    /** Channels that are not back, and those given up, since the start. */
    get channelsDead(): number {
      return lost.size + given.failed;
    },
    /** Joins refused without a fault that refuses them, since the start. */
    get joinsRefusedBecauseOfUs(): number {
      return given.unexcused;
    },
    close(): void {
      for (const off of offs) off();
    },
  };
}

function none(): Damage {
  return {
    channelsLost: 0,
    peopleLost: 0,
    peopleFailures: 0,
    joinsRefused: 0,
    channelsBackAtMs: null,
    peopleBackAtMs: null,
  };
}
