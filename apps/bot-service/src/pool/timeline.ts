import type { Clock, EventSource, Unsubscribe } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";
import { whyKeptOut } from "./causes.ts";

/** What the pool heard of the server, and what it did about it. */
export interface TimelineEntry {
  /** ISO time. */
  readonly at: string;
  readonly what: "breaker" | "budget" | "token" | "socket";
  /** Of the breaker its state; of a budget its name; of a token and a socket what happened to it. */
  readonly state: string;
  /** The socket. */
  readonly subject: string | null;
  readonly errorClass: string | null;
  /** By its name in docs/classification.md. */
  readonly cause: string | null;
  /** What that means, and what to do about it. */
  readonly why: string | null;
  /** Until the pool looks again or spends again; null: nothing is waited for. */
  readonly lastsMs: number | null;
  /** Of a budget: what is left of its share, 0 to 1. */
  readonly ratio: number | null;
}

const NOTHING = { subject: null, errorClass: null, cause: null, why: null, lastsMs: null, ratio: null };
/** Days of a pool that is well, and hours of one that is not. */
const KEPT = 500;

/** The last changes of the breaker, holds after rate signals, and losses of tokens and sockets, the oldest first. */
export interface Timeline {
  entries(): readonly TimelineEntry[];
  close: Unsubscribe;
}

/** Remembers what decided over joins and sends, from the events of a pool. */
export function createTimeline(events: EventSource<PoolEvents>, clock: Clock): Timeline {
  const kept: TimelineEntry[] = [];
  const add = (entry: Pick<TimelineEntry, "what" | "state"> & Partial<TimelineEntry>) => {
    const at = new Date(clock.now()).toISOString();
    kept.push({ ...NOTHING, ...entry, at });
    if (kept.length > KEPT) kept.shift();
  };
  const offs = [
    events.on("breaker:changed", ({ state, errorClass, cause, nextProbeInMs: lastsMs }) =>
      add({ what: "breaker", state, errorClass, cause, why: whyKeptOut({ errorClass, cause }) ?? null, lastsMs }),
    ),
    events.on("budget:throttled", ({ budget: state, ratio, coolDownMs: lastsMs }) =>
      add({ what: "budget", state, errorClass: "rate", lastsMs, ratio }),
    ),
    events.on("token:failed", () => add({ what: "token", state: "failed", errorClass: "auth" })),
    events.on("socket:stale", ({ socketId: subject, silentMs: lastsMs }) =>
      add({ what: "socket", state: "stale", subject, errorClass: "timeout", lastsMs }),
    ),
    events.on("socket:closed", ({ socketId: subject, errorClass, code }) => {
      if (errorClass !== null) add({ what: "socket", state: "closed", subject, errorClass, cause: `code ${code}` });
    }),
  ];
  return {
    entries: () => kept,
    close() {
      for (const off of offs) off();
    },
  };
}
