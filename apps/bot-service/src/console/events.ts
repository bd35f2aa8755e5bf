import type { JobEvents, QueueEvents, ScheduleEvents } from "@shoal/job-queue";
import type { MatchmakerEvents } from "@shoal/matchmaker";
import type { PoolEvents } from "@shoal/realtime-pool";
import type { ControlEvents } from "../control/types.ts";
import type { RegistryEvents } from "../fleet/bot-registry.ts";
import type { MarkEvents } from "../marks/metrics.ts";
import type { MembersEvents } from "../replicas/members.ts";
import type { StrategyEvents } from "../strategies/executor/events.ts";
import type { OrderEvents } from "../strategies/orders/events.ts";
import type { ShownEvents } from "./feed.ts";

/** Each table says which events of a part consoles are shown, and what of them: what comes with every message or statement is not. */

export const POOL_EVENTS: ShownEvents<PoolEvents> = {
  "socket:open": ({ socketId: subject, handshakeMs }) => ({
    subject,
    summary: { handshake_ms: handshakeMs },
  }),
  "socket:closed": ({ socketId: subject, code, errorClass }) => ({
    ...{ subject, summary: { code, error_class: errorClass }, level: errorClass === null ? "info" : "warn" },
  }),
  "socket:stale": ({ socketId: subject, silentMs }) => ({ subject, summary: { silent_ms: silentMs }, level: "warn" }),
  "channel:refused": ({ topic, clientId, attempt, errorClass, reason, retryInMs }) => ({
    ...{ subject: topic, level: "warn" },
    summary: { client_id: clientId, attempt, error_class: errorClass, reason, retry_in_ms: retryInMs },
  }),
  "channel:lost": ({ topic, clientId, errorClass, reason }) => ({
    ...{ subject: topic, level: "warn", summary: { client_id: clientId, error_class: errorClass, reason } },
  }),
  "channel:recovered": ({ topic, clientId, gapMs }) => ({
    ...{ subject: topic, summary: { client_id: clientId, gap_ms: gapMs } },
  }),
  "channel:failed": ({ topic, clientId, errorClass, reason }) => ({
    ...{ subject: topic, level: "error", summary: { client_id: clientId, error_class: errorClass, reason } },
  }),
  "notice:failed": ({ topic, errorClass, reason }) => ({
    ...{ subject: topic, level: "warn", summary: { error_class: errorClass, reason } },
  }),
  "breaker:changed": ({ state, errorClass, cause, nextProbeInMs }) => ({
    ...{ subject: null, level: state === "up" || state === "unknown" ? "info" : "warn" },
    summary: { state, error_class: errorClass, cause, next_probe_in_ms: nextProbeInMs },
  }),
  "budget:throttled": ({ budget, ratio, coolDownMs }) => ({
    ...{ subject: budget, level: "warn", summary: { ratio, cool_down_ms: coolDownMs } },
  }),
  "send:refused": ({ topic: subject }) => ({ subject, level: "error" }),
  "message:dropped": ({ topic: subject }) => ({ subject, level: "warn" }),
  "presence:dropped": ({ topic: subject, count }) => ({ subject, level: "warn", summary: { count } }),
  "canary:lost": ({ socketId: subject, silentMs }) => ({ subject, level: "warn", summary: { silent_ms: silentMs } }),
  "token:refreshed": ({ expiresInMs }) => ({ subject: null, summary: { expires_in_ms: expiresInMs } }),
  "token:failed": ({ reason }) => ({ subject: null, level: "error", summary: { reason } }),
  "changes:ready": ({ topic: subject, waitMs }) => ({ subject, summary: { wait_ms: waitMs } }),
  "changes:failed": ({ topic, errorClass, reason }) => ({
    ...{ subject: topic, level: "warn", summary: { error_class: errorClass, reason } },
  }),
};

export const BOT_EVENTS: ShownEvents<RegistryEvents> = {
  "bot:changed": ({ botId: subject, from, to }) => ({ subject, summary: { from, to } }),
  "bot:crashed": ({ botId: subject }) => ({ subject, level: "error" }),
  "message:malformed": ({ kind }) => ({ subject: null, level: "warn", summary: { kind } }),
};

export const MATCH_EVENTS: ShownEvents<MatchmakerEvents> = {
  "ticket:opened": ({ ticketId: subject, userId }) => ({ subject, summary: { user_id: userId } }),
  "ticket:requeued": ({ ticketId: subject, userId, reason }) => ({ subject, summary: { user_id: userId, reason } }),
  "ticket:closed": ({ ticketId: subject, userId, reason }) => ({ subject, summary: { user_id: userId, reason } }),
  "match:made": ({ match: { matchId: subject, seats }, waitMs }) => ({
    ...{ subject, summary: { with: seats.some(({ bot }) => bot) ? "bot" : "person", wait_ms: Math.max(0, ...waitMs) } },
  }),
  "match:live": ({ matchId: subject }) => ({ subject }),
  "match:expired": ({ matchId: subject, missing }) => ({
    ...{ subject, level: "warn", summary: { missing: missing.join(" ") } },
  }),
  "match:ended": ({ matchId: subject, reason }) => ({ subject, summary: { reason } }),
  "match:lost": ({ matchId: subject }) => ({ subject, level: "warn" }),
};

export const MEMBER_EVENTS: ShownEvents<MembersEvents> = {
  "members:changed": ({ joined, gone }) => ({
    ...{ subject: null, summary: { joined: joined.join(" "), gone: gone.join(" ") } },
  }),
  "members:term-over": () => ({ subject: null, level: "warn" }),
};

export const CONTROL_EVENTS: ShownEvents<ControlEvents> = {
  "command:applied": ({ botId: subject, commandId, command, outcome, code, latencyMs }) => ({
    ...{ subject, level: outcome === "applied" ? "info" : "warn" },
    summary: { command_id: commandId, command, outcome, code, latency_ms: latencyMs },
  }),
  "deployment:changed": ({ botId: subject, generation, status }) => ({ subject, summary: { generation, status } }),
  "control:failed": ({ code }) => ({ subject: null, level: "error", summary: { code } }),
  "control:moved": ({ how, count }) => ({ subject: null, summary: { how, count } }),
};

export const JOB_EVENTS: ShownEvents<JobEvents> = {
  "job:completed": ({ jobId: subject, type, attempt, durationMs }) => ({
    ...{ subject, summary: { type, attempt, duration_ms: durationMs } },
  }),
  "job:failed": ({ jobId: subject, type, attempt, code, retryInMs }) => ({
    ...{ subject, level: "warn", summary: { type, attempt, code, retry_in_ms: retryInMs } },
  }),
  "job:dead": ({ jobId: subject, type, attempt, code }) => ({
    ...{ subject, level: "error", summary: { type, attempt, code } },
  }),
  "job:lost": ({ jobId: subject, type }) => ({ subject, level: "warn", summary: { type } }),
  "jobs:rescued": ({ count }) => ({ subject: null, level: "warn", summary: { count } }),
  "worker:failed": ({ code }) => ({ subject: null, level: "warn", summary: { code } }),
};

export const QUEUE_EVENTS: ShownEvents<QueueEvents> = {
  "message:failed": ({ queue, messageId, readCount, code }) => ({
    ...{ subject: `${queue}:${messageId}`, level: "warn", summary: { read_count: readCount, code } },
  }),
  "message:dead": ({ queue, messageId, readCount, code }) => ({
    ...{ subject: `${queue}:${messageId}`, level: "error", summary: { read_count: readCount, code } },
  }),
  "queue:failed": ({ queue: subject, code }) => ({ subject, level: "warn", summary: { code } }),
};

export const SCHEDULE_EVENTS: ShownEvents<ScheduleEvents> = {
  "schedule:fired": ({ name: subject, lateMs }) => ({ subject, summary: { late_ms: lateMs } }),
  "schedule:missed": ({ name: subject, count }) => ({ subject, level: "warn", summary: { count } }),
  "schedule:failed": ({ code }) => ({ subject: null, level: "warn", summary: { code } }),
};

export const STRATEGY_EVENTS: ShownEvents<StrategyEvents> = {
  "strategy:ran": ({ strategyId: subject, runId, outcome, code, durationMs, fuel }) => ({
    ...{ subject, level: outcome === "ok" ? "info" : "warn" },
    summary: { run_id: runId, outcome, code, duration_ms: durationMs, fuel },
  }),
  "strategy:unable": ({ strategyId: subject, code, retryInMs }) => ({
    ...{ subject, level: "warn", summary: { code, retry_in_ms: retryInMs } },
  }),
  "strategy:lost": ({ strategyId: subject }) => ({ subject, level: "warn" }),
  "strategy:halted": ({ strategyId: subject, status, code }) => ({
    subject,
    level: "error",
    summary: { status, code },
  }),
  "market:failed": ({ market: subject, code }) => ({ subject, level: "warn", summary: { code } }),
  "strategies:failed": ({ code }) => ({ subject: null, level: "error", summary: { code } }),
};

export const ORDER_EVENTS: ShownEvents<OrderEvents> = {
  "order:changed": ({ orderId: subject, strategyId, venue, status, code }) => ({
    ...{ subject, level: status === "unknown" || status === "rejected" ? "warn" : "info" },
    summary: { strategy_id: strategyId, venue, status, code },
  }),
  "order:failed": ({ orderId: subject, venue, code }) => ({ subject, level: "warn", summary: { venue, code } }),
  "secret:refused": ({ venue: subject, code }) => ({ subject, level: "error", summary: { code } }),
};

export const MARK_EVENTS: ShownEvents<MarkEvents> = {
  "mark:made": ({ matchId: subject, kind, source }) => ({ subject, level: "warn", summary: { kind, source } }),
};
