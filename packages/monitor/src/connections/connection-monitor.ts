import type { Clock } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";
import { type EventSubscriber, type Listeners, subscribe } from "../metrics/subscribe.ts";
import { type ConnectionReport, type ConnectionStats, createConnectionRecord } from "./connection-record.ts";
import type { ConnectionHistory, HistoryLimits } from "./state-histories.ts";

/** Where the monitor listens and what it may keep. */
export interface ConnectionMonitorOptions {
  readonly clock: Clock;
  readonly events: EventSubscriber<PoolEvents>;
  readonly getStats: () => ConnectionStats;
  /** Default: the last 16 changes each of 1,000 connections. */
  readonly limits?: HistoryLimits;
}

/** How a pool's connections fare. */
export interface ConnectionMonitor {
  report(): ConnectionReport;
  /** The last states of every connection still remembered, ended ones first. */
  histories(): readonly ConnectionHistory[];
  /** Stops listening; what was recorded stays. Idempotent. */
  close(): void;
}

type ConnectionRecord = ReturnType<typeof createConnectionRecord>;
type Some = Partial<Listeners<PoolEvents>>;

const DEFAULT_LIMITS = { connections: 1000, changesEach: 16 } as const satisfies HistoryLimits;

const nameOfSocket = (event: { readonly socketId: string }) => `socket ${event.socketId}`;
const nameOfChannel = (event: { readonly clientId: string; readonly topic: string }) =>
  `channel ${event.clientId} ${event.topic}`;
const silence = (silentMs: number) => ({ errorClass: "timeout", reason: `silent for ${silentMs} ms` });

function ofSockets(record: ConnectionRecord) {
  return {
    "socket:opening": (event) => record.changed(nameOfSocket(event), "opening"),
    "socket:open": (event) => {
      record.changed(nameOfSocket(event), "open");
      record.answered("handshake", event.handshakeMs);
    },
    "socket:closed": (event) => {
      const { errorClass, code } = event;
      if (errorClass === null) return record.changed(nameOfSocket(event), "closed");
      record.counts.socketsFailed += 1;
      record.changed(nameOfSocket(event), "closed", { errorClass, reason: `socket closed with code ${code}` });
    },
    "heartbeat:answered": (event) => record.answered("heartbeat", event.roundTripMs),
    "socket:stale": (event) => record.changed(nameOfSocket(event), "stale", silence(event.silentMs)),
    "canary:answered": (event) => record.answered("canary", event.roundTripMs),
    "canary:lost": (event) => record.failed(`canary on ${nameOfSocket(event)}`, silence(event.silentMs)),
  } satisfies Some;
}

function ofChannels(record: ConnectionRecord) {
  return {
    "channel:joining": (event) => {
      const name = nameOfChannel(event);
      if (event.attempt > 1 || record.isLost(name)) record.counts.rejoins += 1;
      record.changed(name, "joining");
    },
    "channel:joined": (event) => {
      record.changed(nameOfChannel(event), "joined");
      record.answered("join", event.joinMs);
    },
    "channel:refused": (event) => record.changed(nameOfChannel(event), "refused", event),
    "channel:lost": (event) => record.changed(nameOfChannel(event), "lost", event),
    "channel:recovered": (event) => record.changed(nameOfChannel(event), "recovered"),
    "channel:failed": (event) => record.changed(nameOfChannel(event), "failed", event),
    "channel:released": (event) => record.changed(nameOfChannel(event), "released"),
    "changes:failed": (event) => record.changed(nameOfChannel(event), "changes-failed", event),
    "changes:ready": (event) => record.changed(nameOfChannel(event), "changes-ready"),
  } satisfies Some;
}

function ofServer(record: ConnectionRecord) {
  return {
    "breaker:changed": ({ state, errorClass }) =>
      record.changed("server", state, errorClass ? { errorClass, reason: `the server is ${state}` } : undefined),
    "budget:throttled": ({ budget, coolDownMs }) =>
      record.failed(`budget ${budget}`, { errorClass: "rate", reason: `nothing is sent for ${coolDownMs} ms` }),
    "token:refreshed": null,
    "token:failed": ({ reason }) => record.failed("token", { errorClass: "auth", reason }),
  } satisfies Some;
}

function ofMessages(record: ConnectionRecord) {
  return {
    "message:sent": null,
    "message:received": null,
    "message:dropped": null,
    "presence:dropped": null,
    "send:waited": null,
    "send:refused": null,
    "notice:sent": (event) => record.answered("notice", event.durationMs),
    "notice:failed": (event) => record.failed(`notice ${event.topic}`, event),
  } satisfies Some;
}

/**
 * Remembers how a pool's connections fare: counts, response times, error patterns, the last states of each. Memory is
 * bounded, by `limits` and by the channels lost at one time. Holds no timer.
 */
export function createConnectionMonitor(options: ConnectionMonitorOptions): ConnectionMonitor {
  const { clock, events, getStats, limits = DEFAULT_LIMITS } = options;
  const record = createConnectionRecord(clock, limits);
  const close = subscribe<PoolEvents>(events, {
    ...ofSockets(record),
    ...ofChannels(record),
    ...ofServer(record),
    ...ofMessages(record),
  });
  return { report: () => record.report(getStats()), histories: record.histories, close };
}
