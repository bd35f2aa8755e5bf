import { createSampleRing, type EventSource, summarize } from "@shoal/kernel";
import type { ChannelStatus, ErrorClass, PoolEvents } from "./types.ts";

/** Counters kept from the pool's own events, so that what a monitor sees and what `getStats` says cannot differ. */
export interface StatsCounters {
  readonly joins: { total: number; refused: number };
  /** Kept by the channels themselves, one change at a time; `failed` and `released` since start. */
  readonly channels: Record<ChannelStatus, number>;
  readonly errorsByClass: Record<ErrorClass, number>;
  reconnects: number;
  responseMs(): { readonly mean: number; readonly p50: number; readonly p95: number; readonly p99: number };
}

/** Enough for a steady p99, little enough to sort on every scrape. */
const RESPONSES_KEPT = 1024;

export function countEvents(events: EventSource<PoolEvents>): StatsCounters {
  const times = createSampleRing(RESPONSES_KEPT);
  /** Sockets that were lost and for which no handshake was tried again yet. */
  let missing = 0;
  const counters: StatsCounters = {
    joins: { total: 0, refused: 0 },
    channels: { waiting: 0, joining: 0, joined: 0, failed: 0, released: 0 },
    errorsByClass: noErrors(),
    reconnects: 0,
    responseMs() {
      const { mean, p50, p95, p99 } = summarize(times.values());
      return { mean, p50, p95, p99 };
    },
  };
  const countError = ({ errorClass }: { readonly errorClass: ErrorClass | null }) => {
    if (errorClass) counters.errorsByClass[errorClass] += 1;
  };

  events.on("socket:opening", () => {
    if (missing === 0) return;
    missing -= 1;
    counters.reconnects += 1;
  });
  events.on("socket:closed", (event) => {
    countError(event);
    if (event.errorClass) missing += 1;
  });
  events.on("channel:joining", () => {
    counters.joins.total += 1;
  });
  events.on("channel:joined", ({ joinMs }) => times.add(joinMs));
  events.on("heartbeat:answered", ({ roundTripMs }) => times.add(roundTripMs));
  events.on("channel:refused", (event) => {
    counters.joins.refused += 1;
    countError(event);
  });
  events.on("channel:lost", countError);
  events.on("notice:failed", countError);
  return counters;
}

function noErrors(): Record<ErrorClass, number> {
  return {
    auth: 0,
    permission: 0,
    "bad-request": 0,
    rate: 0,
    capacity: 0,
    configuration: 0,
    network: 0,
    timeout: 0,
    server: 0,
    unknown: 0,
  };
}
