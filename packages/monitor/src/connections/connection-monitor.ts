import type { Clock, Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import type { ObservedPoolEvents } from "../metrics/observe-pool.ts";
import { type ConnectionReport, type ConnectionStats, createConnectionRecord } from "./connection-record.ts";
import type { ConnectionHistory, HistoryLimits } from "./state-histories.ts";

/** Where the monitor listens and what it may keep. */
export interface ConnectionMonitorOptions {
  readonly clock: Clock;
  readonly events: Audible<ObservedPoolEvents>;
  readonly getStats: () => ConnectionStats;
  /** Default: the last 16 changes each of 1,000 connections. */
  readonly limits?: HistoryLimits;
}

/** How a pool's connections fare. */
export interface ConnectionMonitor {
  report(): ConnectionReport;
  /** The last states of every connection still remembered, ended ones first. */
  histories(): readonly ConnectionHistory[];
  /** Stops listening; what was heard stays. Idempotent. */
  close(): void;
}

type ConnectionRecord = ReturnType<typeof createConnectionRecord>;
type PoolEventSource = Audible<ObservedPoolEvents>;

const DEFAULT_LIMITS = { connections: 1000, changesEach: 16 } as const satisfies HistoryLimits;

const nameOfSocket = (event: { readonly socketId: string }) => `socket ${event.socketId}`;
const nameOfChannel = (event: { readonly clientId: string; readonly topic: string }) =>
  `channel ${event.clientId} ${event.topic}`;
const silence = (silentMs: number) => ({ errorClass: "timeout", reason: `silent for ${silentMs} ms` });

function hearSockets(record: ConnectionRecord, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("socket:opening", (event) => record.changed(nameOfSocket(event), "opening")),
    events.on("socket:open", (event) => {
      record.changed(nameOfSocket(event), "open");
      record.answered("handshake", event.handshakeMs);
    }),
    events.on("socket:closed", (event) => {
      const { errorClass, code } = event;
      if (errorClass === null) return record.changed(nameOfSocket(event), "closed");
      record.counts.socketsFailed += 1;
      record.changed(nameOfSocket(event), "closed", { errorClass, reason: `socket closed with code ${code}` });
    }),
    events.on("heartbeat:answered", (event) => record.answered("heartbeat", event.roundTripMs)),
    events.on("socket:stale", (event) => record.changed(nameOfSocket(event), "stale", silence(event.silentMs))),
    events.on("canary:answered", (event) => record.answered("canary", event.roundTripMs)),
    events.on("canary:lost", (event) => record.failed(`canary on ${nameOfSocket(event)}`, silence(event.silentMs))),
  ];
}

function hearChannels(record: ConnectionRecord, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("channel:joining", (event) => {
      const name = nameOfChannel(event);
      if (event.attempt > 1 || record.isLost(name)) record.counts.rejoins += 1;
      record.changed(name, "joining");
    }),
    events.on("channel:joined", (event) => {
      record.changed(nameOfChannel(event), "joined");
      record.answered("join", event.joinMs);
    }),
    events.on("channel:refused", (event) => record.changed(nameOfChannel(event), "refused", event)),
    events.on("channel:lost", (event) => record.changed(nameOfChannel(event), "lost", event)),
    events.on("channel:recovered", (event) => record.changed(nameOfChannel(event), "recovered")),
    events.on("channel:failed", (event) => {
      record.counts.channelsFailed += 1;
      record.changed(nameOfChannel(event), "failed", event);
    }),
    events.on("channel:released", (event) => record.changed(nameOfChannel(event), "released")),
    events.on("changes:failed", (event) => record.changed(nameOfChannel(event), "changes-failed", event)),
    events.on("changes:ready", (event) => record.changed(nameOfChannel(event), "changes-ready")),
  ];
}

function hearServer(record: ConnectionRecord, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("breaker:changed", ({ state, errorClass }) => {
      record.changed(
        "server",
        state,
        errorClass === null ? undefined : { errorClass, reason: `the server is ${state}` },
      );
    }),
    events.on("budget:throttled", ({ budget, coolDownMs }) => {
      record.failed(`budget ${budget}`, { errorClass: "rate", reason: `nothing is sent for ${coolDownMs} ms` });
    }),
    events.on("token:failed", ({ reason }) => record.failed("token", { errorClass: "auth", reason })),
  ];
}

function hearNotices(record: ConnectionRecord, events: PoolEventSource): Unsubscribe[] {
  return [
    events.on("notice:sent", (event) => record.answered("notice", event.durationMs)),
    events.on("notice:failed", (event) => record.failed(`notice ${event.topic}`, event)),
  ];
}

/**
 * Remembers how a pool's connections fare: counts, response times, error patterns, the last states of each. Memory is
 * bounded, by `limits` and by the channels lost at one time, whatever the pool does. Holds no timer.
 */
export function createConnectionMonitor(options: ConnectionMonitorOptions): ConnectionMonitor {
  const { clock, events, getStats, limits = DEFAULT_LIMITS } = options;
  const record = createConnectionRecord(clock, limits);
  const offs = [hearSockets, hearChannels, hearServer, hearNotices].flatMap((hear) => hear(record, events));
  return {
    report: () => record.report(getStats()),
    histories: record.histories,
    close() {
      for (const off of offs) off();
    },
  };
}
