import type { InngestEvents, JobEvents, QueueEvents, ScheduleEvents } from "@shoal/job-queue";
import { createEmitter, silentLog } from "@shoal/kernel";
import type { MatchmakerEvents, Seat } from "@shoal/matchmaker";
import { createHealth, createMetrics, type Metrics, observeHealth, observePool } from "@shoal/monitor";
import type { PoolEvents, PoolStats, SharedAllowanceEvents } from "@shoal/realtime-pool";
import type { ConnectionFigures, StoreEvents } from "@shoal/store";
import { createSimulatedClock, type EventTable, eventRows, metricNames, movedSeries, readSeries } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { AnalyticsEvents } from "./analytics/events.ts";
import { type FoldEvents, observeTradeFold } from "./analytics/fold.ts";
import { observeAnalytics } from "./analytics/metrics.ts";
import type { SharedCacheStatus } from "./analytics/shared-cache.ts";
import { observeStreams } from "./console/metrics.ts";
import { observeControl } from "./control/metrics.ts";
import type { ControlEvents } from "./control/types.ts";
import { observeDatabase } from "./database/metrics.ts";
import { observeSlowStatements } from "./database/slow-statements.ts";
import type { RegistryEvents } from "./fleet/bot-registry.ts";
import { observeHandOvers } from "./fleet/hand-over/metrics.ts";
import type { HandOverEvents } from "./fleet/hand-over/types.ts";
import { observeBots, observeFleet, observeReplies } from "./fleet/metrics.ts";
import { observeQueueFigures } from "./jobs/observe/figures.ts";
import { observeInngest } from "./jobs/observe/inngest.ts";
import { observeJobs } from "./jobs/observe/jobs.ts";
import { observeQueues } from "./jobs/observe/queues.ts";
import { observeSchedules } from "./jobs/observe/schedules.ts";
import { type MarkEvents, observeMarks } from "./marks/metrics.ts";
import type { LobbyEvents } from "./matching/lobby.ts";
import { observeMatchmaker } from "./matching/metrics.ts";
import { observeObjective } from "./matching/objective-metrics.ts";
import { observeGrants } from "./replicas/budget/metrics.ts";
import { memberOf, membersOf } from "./replicas/members.test-support.ts";
import { observeReplicas } from "./replicas/metrics.ts";
import type { ModelFigures } from "./replies/figures.ts";
import { observeTurns } from "./replies/metrics.ts";
import type { TurnEvents } from "./replies/talk-hooks.ts";
import type { StrategyEvents } from "./strategies/executor/events.ts";
import { type ExecutorStats, observeStrategies } from "./strategies/executor/metrics.ts";
import { observeStrategyFigures } from "./strategies/figures/metrics.ts";
import type { StrategyFigures } from "./strategies/figures/read-figures.ts";
import type { OrderEvents } from "./strategies/orders/events.ts";
import { observeOrders } from "./strategies/orders/metrics.ts";
import { observeUserCode } from "./user-code/metrics.ts";
import type { UserCodeEvents } from "./user-code/watch.ts";

/** All parts of the daemon share one emitter here: no name belongs to two of them. */
type Events = MatchmakerEvents &
  RegistryEvents &
  HandOverEvents &
  LobbyEvents &
  ControlEvents &
  JobEvents &
  QueueEvents &
  ScheduleEvents &
  InngestEvents &
  StrategyEvents &
  OrderEvents &
  StoreEvents &
  AnalyticsEvents &
  FoldEvents &
  SharedAllowanceEvents &
  MarkEvents &
  TurnEvents &
  UserCodeEvents;

/** Of SLOW_QUERY_MS. */
const SLOW_MS = 200;
const ticket = { ticketId: "t1", userId: "u1" };
const seat = (bot: boolean): Seat => ({ id: "s", name: "S", bot, ticketId: null });
const matchOf = (...bots: [boolean, boolean]) => ({
  matchId: "m1",
  roomId: "r1",
  seats: [seat(bots[0]), seat(bots[1])] as const,
});
const job = { jobId: "17", type: "risk_check", epoch: 1, workerId: "w1" };
const attempt = { ...job, attempt: 1, durationMs: 500, executor: "supabase" } as const;
const message = { queue: "alert_jobs", messageId: "9", readCount: 1 };
const command = { commandId: "c1", botId: "b1", code: null };
const run = {
  strategyId: "s1",
  runId: "r1",
  outcome: "ok",
  code: null,
  durationMs: 2,
  fuel: 5000,
  missedCount: 0,
} as const;
const order = { orderId: "o1", strategyId: "s1", venue: "binance", code: null, answeredAfterMs: null };
const feeds = { changes: "ready", listen: "unsupported" } as const;

const TABLE: EventTable<Events> = {
  "joins:asked": [[{ count: 40 }, { 'shoal_join_grants_total{outcome="asked"}': 40 }]],
  "joins:granted": [[{ count: 30 }, { 'shoal_join_grants_total{outcome="granted"}': 30 }]],
  "joins:returned": [[{ count: 3 }, { 'shoal_join_grants_total{outcome="returned"}': 3 }]],
  "joins:counted": [[{}, { 'shoal_join_grants_total{outcome="counted"}': 1 }]],
  "ledger:lost": [[{ error: new Error("away") }, { shoal_join_ledger_losses_total: 1 }]],
  "ledger:found": [[{}, {}]],
  "statement:ended": [
    [
      { name: "match_sweep", durationMs: 2, errorCode: null },
      { 'shoal_db_statement_seconds{statement="match_sweep"}': [1, 0.002] },
    ],
    [
      { name: "lease_renew", durationMs: SLOW_MS, errorCode: "STORE_CONFLICT" },
      {
        'shoal_db_statement_seconds{statement="lease_renew"}': [1, 0.2],
        'shoal_db_statement_errors_total{statement="lease_renew",code="STORE_CONFLICT"}': 1,
        'shoal_db_slow_statements_total{statement="lease_renew"}': 1,
      },
    ],
  ],
  "connection:waited": [
    [{ waitedMs: 5, isBusy: false }, { shoal_db_wait_seconds: [1, 0.005] }],
    [
      { waitedMs: 5000, isBusy: true },
      { shoal_db_wait_seconds: [1, 5], shoal_db_wait_refused_total: 1 },
    ],
  ],
  "ticket:opened": [[ticket, { shoal_tickets_opened_total: 1 }]],
  "ticket:requeued": [
    [{ ...ticket, reason: "not-confirmed" }, { 'shoal_tickets_requeued_total{reason="not-confirmed"}': 1 }],
  ],
  "ticket:closed": [[{ ...ticket, reason: "person-left" }, { 'shoal_tickets_closed_total{reason="person-left"}': 1 }]],
  "match:made": [
    [
      { match: matchOf(false, false), waitMs: [500, 1500], bucket: "all" },
      {
        'shoal_matches_made_total{kind="person_person"}': 1,
        'shoal_match_wait_seconds{kind="person_person"}': [2, 2],
      },
    ],
    [
      { match: matchOf(true, false), waitMs: [4000], bucket: "all" },
      { 'shoal_matches_made_total{kind="person_bot"}': 1, 'shoal_match_wait_seconds{kind="person_bot"}': [1, 4] },
    ],
    [
      { match: matchOf(false, true), waitMs: [4000], bucket: "all" },
      { 'shoal_matches_made_total{kind="person_bot"}': 1, 'shoal_match_wait_seconds{kind="person_bot"}': [1, 4] },
    ],
  ],
  "match:live": [[{ matchId: "m1" }, { shoal_matches_confirmed_total: 1 }]],
  "match:expired": [[{ matchId: "m1", missing: [] }, { shoal_matches_expired_total: 1 }]],
  "match:ended": [[{ matchId: "m1", reason: "left" }, { 'shoal_matches_ended_total{reason="left"}': 1 }]],
  "match:lost": [[{ matchId: "m1" }, {}]],
  "cycle:finished": [
    [
      { durationMs: 2, waiting: 3, made: 1 },
      { shoal_match_cycle_duration_seconds: [1, 0.002], shoal_tickets_waiting: 3 },
    ],
  ],
  "cycle:failed": [
    [
      { code: "40001" },
      { 'shoal_match_cycles_failed_total{code="40001"}': 1, 'shoal_database_errors_total{code="40001"}': 1 },
    ],
  ],
  "bot:changed": [[{ botId: "b1", from: "starting", to: "idle" } as RegistryEvents["bot:changed"], {}]],
  "bot:offered": [[{ botId: "b1" }, {}]],
  "bot:crashed": [[{ botId: "b1" }, { shoal_bot_crashes_total: 1 }]],
  "message:moved": [
    [{ direction: "sent", kind: "typing" }, { 'shoal_messages_sent_total{kind="typing"}': 1 }],
    [{ direction: "received", kind: "leave" }, { 'shoal_messages_received_total{kind="leave"}': 1 }],
  ],
  "message:malformed": [[{ kind: "message" }, { 'shoal_messages_malformed_total{kind="message"}': 1 }]],
  "hand-over:ended": [
    [{ outcome: "given" }, { 'shoal_hand_overs_total{outcome="given"}': 1 }],
    [{ outcome: "failed" }, { 'shoal_hand_overs_total{outcome="failed"}': 1 }],
  ],
  "hand-over:seen": [[{ durationMs: 250 }, { shoal_hand_over_seconds: [1, 0.25] }]],
  "user-code:failed": [[{}, { shoal_user_code_errors_total: 1 }]],
  "turn:said": [
    [
      { engine: "model", ms: 1500 },
      { 'shoal_replies_total{engine="model",code="none"}': 1, 'shoal_reply_seconds{engine="model"}': [1, 1.5] },
    ],
    [
      { engine: "rules", code: "REPLY_TIMEOUT", ms: 2500 },
      {
        'shoal_replies_total{engine="rules",code="REPLY_TIMEOUT"}': 1,
        'shoal_reply_seconds{engine="rules"}': [1, 2.5],
      },
    ],
  ],
  "lobby:changed": [[{ people: 3 }, {}]],
  "lobby:sight": [[{ isBlind: true }, {}]],
  "lobby:malformed": [[{ entries: 3 }, { 'shoal_messages_malformed_total{kind="presence"}': 3 }]],
  "command:applied": [
    [
      { ...command, command: "START_BOT", outcome: "applied", latencyMs: 25 },
      {
        'shoal_commands_total{command="START_BOT",outcome="applied"}': 1,
        shoal_command_latency_seconds: [1, 0.025],
      },
    ],
    [
      { ...command, command: "UNKNOWN", outcome: "rejected", latencyMs: 500 },
      { 'shoal_commands_total{command="other",outcome="rejected"}': 1, shoal_command_latency_seconds: [1, 0.5] },
    ],
  ],
  "control:round": [[{ durationMs: 5, count: 1 }, { shoal_control_round_duration_seconds: [1, 0.005] }]],
  "control:moved": [[{ how: "taken_over", count: 3 }, { 'shoal_deployed_moves_total{how="taken_over"}': 3 }]],
  "control:failed": [[{ code: "40001" }, { 'shoal_control_rounds_failed_total{code="40001"}': 1 }]],
  "control:feed": [[{ state: feeds }, { 'shoal_control_feed_ready{feed="changes"}': 1 }]],
  "deployment:changed": [[{ botId: "b1", generation: 1, status: "running" }, {}]],
  "jobs:claimed": [
    [
      { count: 2, workerId: "w1", waitMs: [250, 500], jobs: [job, job] },
      { 'shoal_jobs_claimed_total{type="risk_check"}': 2, shoal_job_wait_seconds: [2, 0.75] },
    ],
  ],
  "job:completed": [
    [
      attempt,
      {
        'shoal_jobs_completed_total{type="risk_check",executor="supabase"}': 1,
        'shoal_job_duration_seconds{type="risk_check"}': [1, 0.5],
      },
    ],
  ],
  "job:failed": [
    [
      { ...attempt, code: "JOB_TIME_LIMIT", retryInMs: 1 },
      {
        'shoal_jobs_failed_total{type="risk_check"}': 1,
        'shoal_job_errors_total{code="JOB_TIME_LIMIT"}': 1,
        'shoal_job_duration_seconds{type="risk_check"}': [1, 0.5],
      },
    ],
  ],
  "job:dead": [
    [
      { ...attempt, code: "JOB_GIVEN_UP" },
      {
        'shoal_jobs_dead_total{type="risk_check"}': 1,
        'shoal_job_errors_total{code="JOB_GIVEN_UP"}': 1,
        'shoal_job_duration_seconds{type="risk_check"}': [1, 0.5],
      },
    ],
  ],
  "job:lost": [[job, { 'shoal_jobs_lost_total{type="risk_check"}': 1 }]],
  "job:released": [[job, { 'shoal_jobs_released_total{type="risk_check"}': 1 }]],
  "jobs:rescued": [
    [
      { count: 2, jobs: [false, true].map((isDead) => ({ ...job, attempt: 1, isDead })) },
      { 'shoal_jobs_rescued_total{type="risk_check"}': 2, 'shoal_jobs_dead_total{type="risk_check"}': 1 },
    ],
  ],
  "worker:failed": [[{ code: "40001" }, { 'shoal_job_rounds_failed_total{code="40001"}': 1 }]],
  "worker:round": [[{ durationMs: 2, written: 1, claimed: 1 }, { shoal_job_round_duration_seconds: [1, 0.002] }]],
  "messages:read": [
    [{ queue: "alert_jobs", count: 25 }, { 'shoal_queue_messages_read_total{queue="alert_jobs"}': 25 }],
  ],
  "message:archived": [
    [{ ...message, durationMs: 250 }, { 'shoal_queue_message_duration_seconds{queue="alert_jobs"}': [1, 0.25] }],
  ],
  "message:failed": [
    [
      { ...message, code: "E1", retryInMs: 1 },
      { 'shoal_queue_messages_failed_total{queue="alert_jobs"}': 1, 'shoal_queue_errors_total{code="E1"}': 1 },
    ],
  ],
  "message:dead": [
    [
      { ...message, code: "E2" },
      { 'shoal_queue_messages_dead_total{queue="alert_jobs"}': 1, 'shoal_queue_errors_total{code="E2"}': 1 },
    ],
  ],
  "message:lost": [[message, { 'shoal_queue_messages_lost_total{queue="alert_jobs"}': 1 }]],
  "message:released": [[message, { 'shoal_queue_messages_released_total{queue="alert_jobs"}': 1 }]],
  "queue:failed": [[{ queue: "alert_jobs", code: "42P01" }, { 'shoal_queue_rounds_failed_total{code="42P01"}': 1 }]],
  "schedule:fired": [
    [
      { name: "housekeeping", tickAt: "", lateMs: 500 },
      {
        'shoal_schedules_fired_total{schedule="housekeeping"}': 1,
        shoal_schedule_lateness_seconds: [1, 0.5],
      },
    ],
  ],
  "schedule:missed": [
    [{ name: "risk_check", count: 12 }, { 'shoal_schedules_missed_total{schedule="risk_check"}': 12 }],
  ],
  "schedule:failed": [[{ code: "40001" }, { 'shoal_schedule_rounds_failed_total{code="40001"}': 1 }]],
  "answer:served": [
    [
      { query: "dashboard", result: "hit", layer: "memory", ageMs: 20_000, durationMs: 0.5 },
      {
        'shoal_cache_requests_total{query="dashboard",result="hit",layer="memory"}': 1,
        'shoal_cache_age_seconds{query="dashboard"}': [1, 20],
        'shoal_analytics_request_seconds{query="dashboard"}': [1, 0.0005],
      },
    ],
  ],
  "answer:coalesced": [[{ query: "revenue" }, { 'shoal_cache_coalesced_total{query="revenue"}': 1 }]],
  "query:ended": [
    [{ query: "user_growth", durationMs: 250 }, { 'shoal_analytics_query_seconds{query="user_growth"}': [1, 0.25] }],
  ],
  "answer:failed": [
    [
      { query: "revenue", code: "STORE_UNAVAILABLE" },
      { 'shoal_analytics_errors_total{query="revenue",code="STORE_UNAVAILABLE"}': 1 },
    ],
  ],
  "fold:done": [
    [
      { foldedCount: 3, isBehind: true },
      { shoal_analytics_folded_total: 3, shoal_analytics_fold_behind: 1 },
    ],
  ],
  "inngest:sent": [[{ count: 7 }, { shoal_inngest_events_sent_total: 7 }]],
  "inngest:failed": [
    [
      { code: "INNGEST_UNAVAILABLE", retryInMs: 1 },
      { 'shoal_inngest_sends_failed_total{code="INNGEST_UNAVAILABLE"}': 1 },
    ],
  ],
  "inngest:invoked": [
    [{ jobId: "17", outcome: "not_needed" }, { 'shoal_inngest_invocations_total{outcome="not_needed"}': 1 }],
  ],
  "mark:made": [
    [{ id: 1, matchId: "m", kind: "minor", source: "bot" }, { 'shoal_conversation_marks_total{kind="minor"}': 1 }],
    [{ id: 2, matchId: "m", kind: "else", source: "bot" }, { 'shoal_conversation_marks_total{kind="other"}': 1 }],
  ],
  "strategies:claimed": [[{ count: 2, dueForMs: [250, 500] }, { shoal_strategy_lag_seconds: [2, 0.75] }]],
  "strategy:ran": [
    [
      run,
      {
        'shoal_strategy_runs_total{outcome="ok"}': 1,
        shoal_strategy_run_duration_seconds: [1, 0.002],
        shoal_strategy_fuel_total: 5000,
      },
    ],
    [
      { ...run, outcome: "killed", code: "STRATEGY_TIME_LIMIT", fuel: 0, missedCount: 3 },
      {
        'shoal_strategy_runs_total{outcome="killed"}': 1,
        'shoal_strategy_run_errors_total{code="STRATEGY_TIME_LIMIT"}': 1,
        shoal_strategy_run_duration_seconds: [1, 0.002],
        shoal_strategy_ticks_missed_total: 3,
      },
    ],
  ],
  "strategy:skipped": [
    [
      { strategyId: "s1", reason: "no_new_candle", missedCount: 1 },
      { 'shoal_strategy_ticks_skipped_total{reason="no_new_candle"}': 1, shoal_strategy_ticks_missed_total: 1 },
    ],
  ],
  "strategy:unable": [
    [
      { strategyId: "s1", code: "MARKET_UNAVAILABLE", retryInMs: 1 },
      { 'shoal_strategy_runs_unable_total{code="MARKET_UNAVAILABLE"}': 1 },
    ],
  ],
  "strategy:released": [[{ strategyId: "s1" }, { shoal_strategy_runs_released_total: 1 }]],
  "strategy:lost": [[{ strategyId: "s1" }, { shoal_strategy_runs_lost_total: 1 }]],
  "strategy:halted": [
    [
      { strategyId: "s1", status: "quarantined", code: "STRATEGY_TOO_MANY_KILLS" },
      { 'shoal_strategies_halted_total{status="quarantined"}': 1 },
    ],
  ],
  "market:stale": [
    [{ market: "binance", code: "MARKET_UNAVAILABLE" }, { 'shoal_strategy_candles_stale_total{market="binance"}': 1 }],
  ],
  "market:failed": [
    [
      { market: "binance", code: "MARKET_UNAVAILABLE" },
      { 'shoal_strategy_candles_failed_total{market="binance",code="MARKET_UNAVAILABLE"}': 1 },
    ],
  ],
  "strategies:turn": [
    [{ durationMs: 2, settledCount: 1, claimedCount: 1 }, { shoal_strategy_turn_duration_seconds: [1, 0.002] }],
  ],
  "strategies:failed": [[{ code: "40001" }, { 'shoal_strategy_turns_failed_total{code="40001"}': 1 }]],
  "order:changed": [
    [
      { ...order, status: "open", answeredAfterMs: 250 },
      {
        'shoal_strategy_orders_total{venue="binance",status="open"}': 1,
        shoal_strategy_order_answer_seconds: [1, 0.25],
      },
    ],
    [
      { ...order, status: "rejected", code: "ORDER_NO_FUNDS" },
      {
        'shoal_strategy_orders_total{venue="binance",status="rejected"}': 1,
        'shoal_strategy_order_ends_total{code="ORDER_NO_FUNDS"}': 1,
      },
    ],
  ],
  "order:failed": [
    [
      { orderId: "o1", venue: "binance", code: "EXCHANGE_UNAVAILABLE", retryInMs: 1 },
      {
        'shoal_strategy_order_calls_failed_total{venue="binance"}': 1,
        'shoal_strategy_order_errors_total{code="EXCHANGE_UNAVAILABLE"}': 1,
      },
    ],
  ],
  "exchange:answered": [[{ venue: "binance" }, { 'shoal_strategy_order_calls_answered_total{venue="binance"}': 1 }]],
  "order:filled": [
    [{ orderId: "o1", venue: "binance", count: 2 }, { 'shoal_strategy_fills_total{venue="binance"}': 2 }],
  ],
  "order:lost": [[{ orderId: "o1", venue: "binance" }, { shoal_strategy_orders_lost_total: 1 }]],
  "secret:refused": [
    [{ venue: "binance", code: "EXCHANGE_KEY_REFUSED" }, { 'shoal_strategy_keys_refused_total{venue="binance"}': 1 }],
  ],
  "orders:turn": [
    [{ durationMs: 2, writtenCount: 1, claimedCount: 1 }, { shoal_strategy_order_turn_duration_seconds: [1, 0.002] }],
  ],
  "orders:failed": [[{ code: "40001" }, { 'shoal_strategy_order_turns_failed_total{code="40001"}': 1 }]],
};

const ROWS = eventRows(TABLE);

const FIGURES = {
  counts: { pending: 7, running: 2, completed: 31, dead: 1, oldestPendingMs: 1500, processedLastHour: 12 },
  depths: [{ queue: "alert_jobs", length: 4, visible: 3, oldestMs: 2500, dlqLength: 5 }],
  scheduleOverdueMs: 500,
  inngestOutbox: 6,
};
const FIGURES_SERIES = {
  'shoal_jobs{status="pending"}': 7,
  'shoal_jobs{status="running"}': 2,
  'shoal_jobs{status="completed"}': 31,
  'shoal_jobs{status="dead"}': 1,
  shoal_jobs_oldest_pending_seconds: 1.5,
  shoal_jobs_processed_per_hour: 12,
  'shoal_queue_depth{queue="alert_jobs"}': 4,
  'shoal_queue_visible{queue="alert_jobs"}': 3,
  'shoal_queue_oldest_seconds{queue="alert_jobs"}': 2.5,
  'shoal_queue_dead_letters{queue="alert_jobs"}': 5,
  shoal_schedule_overdue_seconds: 0.5,
  shoal_inngest_outbox: 6,
};

const STRATEGIES: StrategyFigures = {
  ...{ running: 7, paused: 2, stopped: 3, quarantined: 1 },
  ...{ dueCount: 4, oldestDueMs: 1500, ownerCount: 5, failingOwnerCount: 2 },
  orders: { intended: 1, sent: 2, unknown: 3, open: 4 },
  ...{ oldestUnknownMs: 2500, oldestIntendedMs: 500, refusedSecretCount: 6 },
};
const STRATEGIES_SERIES = {
  'shoal_strategies{status="running"}': 7,
  'shoal_strategies{status="paused"}': 2,
  'shoal_strategies{status="stopped"}': 3,
  'shoal_strategies{status="quarantined"}': 1,
  shoal_strategies_due: 4,
  shoal_strategies_oldest_due_seconds: 1.5,
  shoal_strategy_owners: 5,
  shoal_strategy_owners_failing: 2,
  'shoal_strategy_orders_live{status="intended"}': 1,
  'shoal_strategy_orders_live{status="sent"}': 2,
  'shoal_strategy_orders_live{status="unknown"}': 3,
  'shoal_strategy_orders_live{status="open"}': 4,
  shoal_strategy_orders_oldest_unknown_seconds: 2.5,
  shoal_strategy_orders_oldest_intended_seconds: 0.5,
  shoal_strategy_secrets_refused: 6,
};

const IDLE: ExecutorStats = {
  heldCount: 0,
  candles: { hitCount: 0, missCount: 0, keptBytes: 0 },
  isSandboxFailing: false,
  runner: undefined,
};
const BUSY: ExecutorStats = {
  heldCount: 3,
  candles: { hitCount: 10, missCount: 4, keptBytes: 48_000 },
  isSandboxFailing: true,
  runner: {
    ...{ isOk: false, trouble: "it did not start" },
    ...{ queuedCount: 5, runningCount: 1, idleCount: 2, doneCount: 9, failedCount: 1, lostCount: 6 },
    jail: {
      walls: [
        { name: "network", holds: true },
        { name: "files", holds: false, why: "not root" },
      ],
    },
  },
};
const BUSY_SERIES = {
  shoal_strategies_held: 3,
  'shoal_strategy_candles_read_total{result="hit"}': 10,
  'shoal_strategy_candles_read_total{result="miss"}': 4,
  shoal_strategy_candles_bytes: 48_000,
  'shoal_strategy_children{state="running"}': 1,
  'shoal_strategy_children{state="idle"}': 2,
  shoal_strategy_runs_queued: 5,
  shoal_strategy_sandbox_failing: 1,
  shoal_strategy_children_lost_total: 6,
  shoal_strategy_walls_missing: 1,
};

const FLEET = {
  people: { present: 9, waiting: 3 },
  bots: { target: 5, starting: 1, idle: 6, talking: 2, stopping: 7, quarantined: 8 },
  matches: { personPerson: 1, personBot: 1, live: 4 },
};
const FLEET_SERIES = {
  'shoal_bots{state="starting"}': 1,
  'shoal_bots{state="idle"}': 6,
  'shoal_bots{state="talking"}': 2,
  'shoal_bots{state="stopping"}': 7,
  'shoal_bots{state="quarantined"}': 8,
  shoal_bots_target: 5,
  shoal_people_present: 9,
  shoal_people_waiting: 3,
  shoal_matches_live: 4,
};

const MEMBERS = [
  memberOf("a", { places: [1, 2] }),
  memberOf("b", { role: "worker", version: "0.0.1", isLate: true }),
  memberOf("c", { role: "fleet", isDraining: true, isLate: true }),
];
const MEMBERS_SERIES = {
  'shoal_replicas{role="all",state="live"}': 1,
  'shoal_replicas{role="worker",state="late"}': 1,
  'shoal_replicas{role="fleet",state="draining"}': 1,
  shoal_replica_versions: 2,
  shoal_replica_lead: 1,
  shoal_replica_places: 2,
};

const CONNECTIONS = { limit: 2, busyCount: 2, waitingCount: 7 };
const CONNECTIONS_SERIES = {
  'shoal_db_connections{state="busy"}': 2,
  'shoal_db_connections{state="waiting"}': 7,
  shoal_db_connections_limit: 2,
};

const NO_FLEET = {
  people: { present: 0, waiting: 0 },
  bots: { target: 0, starting: 0, idle: 0, talking: 0, stopping: 0, quarantined: 0 },
  matches: { personPerson: 0, personBot: 0, live: 0 },
};

interface Known {
  readonly types?: readonly string[];
  readonly queues?: readonly string[];
  readonly schedules?: readonly string[];
}

/** Metrics of all parts of the daemon, and what they are fed from. */
function observed({ types = [], queues = [], schedules = [] }: Known = {}) {
  const metrics = createMetrics();
  const events = createEmitter<Events>();
  const sources = {
    connections: { limit: 0, busyCount: 0, waitingCount: 0 } as ConnectionFigures,
    running: 0,
    deployed: {} as Readonly<Record<string, number>>,
    figures: undefined as Parameters<typeof observeQueueFigures>[1] extends () => infer Figures ? Figures : never,
    fleet: NO_FLEET,
    executor: IDLE,
    strategies: undefined as StrategyFigures | undefined,
    members: membersOf("a", []),
    redis: { isUp: false, problem: null, since: 0 } as SharedCacheStatus | null,
    streams: { openCount: 0, droppedCount: 0 },
    model: null as ModelFigures | null,
  };
  const onReply = observeReplies(metrics);
  const offs = [
    observeDatabase(metrics, [events], () => sources.connections),
    observeSlowStatements(metrics, { events, slowMs: SLOW_MS, log: silentLog, clock: createSimulatedClock() }),
    observeMatchmaker(metrics, events),
    ...observeObjective(metrics, events, { slaMs: null }, () => []),
    observeBots(metrics, events, events),
    observeHandOvers(metrics, events),
    observeFleet(metrics, () => sources.fleet),
    observeControl(metrics, events, () => sources.deployed),
    observeJobs(metrics, events, { types, getRunning: () => sources.running }),
    observeQueues(metrics, events, queues),
    observeSchedules(metrics, events, schedules),
    observeQueueFigures(metrics, () => sources.figures),
    observeInngest(metrics, events),
    observeStrategies(metrics, events, () => sources.executor),
    observeOrders(metrics, events),
    observeStrategyFigures(metrics, () => sources.strategies),
    observeAnalytics(metrics, events, () => sources.redis),
    observeTradeFold(metrics, events),
    observeUserCode(metrics, events),
    observeReplicas(metrics, sources.members),
    observeGrants(metrics, events),
    observeStreams(metrics, sources.streams),
    observeTurns(metrics, events, () => sources.model),
    observeMarks(
      metrics,
      events,
      () => undefined,
      () => 0,
    ),
  ];
  const stop = () => {
    for (const off of offs) off();
  };
  return { metrics, events, sources, onReply, stop };
}

/** As `observed`, with what @shoal/monitor shows by itself. */
function catalogue() {
  const { metrics } = observed();
  const health = createHealth({ clock: createSimulatedClock() });
  observeHealth(metrics, health);
  observePool(metrics, createEmitter<PoolEvents>(), () => ({}) as PoolStats);
  health.close();
  return metrics.catalogue();
}

describe("the parts of the daemon", () => {
  it.each(ROWS)("show $name as $moves, and in nothing else", async ({ name, event, moves }) => {
    const { metrics, events } = observed();
    events.emit(name, event);
    expect(await movedSeries(metrics)).toEqual(moves);
  });

  it("have no metric that neither an event nor a figure moves", () => {
    const own = new Set(
      createMetrics()
        .catalogue()
        .map(({ name }) => name),
    );
    const added = observed()
      .metrics.catalogue()
      .filter(({ name }) => !own.has(name));
    const ofOtherTests = [
      ...["shoal_jobs_held", "shoal_deployed_bots", "shoal_reply_lateness_seconds", "shoal_cache_redis_up"],
      ...["shoal_replicas_lost_total", "shoal_replica_takeovers_total", "shoal_replica_terms_over_total"],
      ...["shoal_match_wait_objective_seconds", "shoal_match_wait_objective_people_total"],
      ...["shoal_match_wait_objective_overdue", "shoal_match_wait_objective_longest_seconds"],
      ...["shoal_console_streams", "shoal_console_streams_dropped_total"],
      ...["shoal_reply_cost_dollars_total", "shoal_reply_overruns_total", "shoal_reply_budget_refused_total"],
      "shoal_reply_budget_left_dollars",
      ...["shoal_conversation_marks_unseen", "shoal_conversation_marks_oldest_unseen_seconds"],
    ];
    const moved = metricNames(
      ...[FIGURES_SERIES, FLEET_SERIES, STRATEGIES_SERIES, BUSY_SERIES, CONNECTIONS_SERIES, MEMBERS_SERIES],
      ...ROWS.map(({ moves }) => moves),
    );
    expect(new Set(added.map(({ name }) => name))).toEqual(new Set([...moved, ...ofOtherTests]));
  });

  it("take every listener and their figures away again", async () => {
    const { metrics, events, sources, stop } = observed();
    stop();
    for (const { name, event } of ROWS) events.emit(name, event);
    Object.assign(sources, { running: 3, deployed: { running: 1 }, figures: FIGURES, fleet: FLEET });
    sources.members.set(MEMBERS, [1, 2]);
    Object.assign(sources, { executor: BUSY, strategies: STRATEGIES, connections: CONNECTIONS });
    expect(events.listenerCount + sources.members.events.listenerCount).toBe(0);
    expect(await movedSeries(metrics)).toEqual({});
  });

  it("start the series of what is known at 0, so that a rate sees the first failure", async () => {
    const known = { types: ["risk_check"], queues: ["alert_jobs"], schedules: ["housekeeping"] };
    expect(await readSeries(observed(known).metrics)).toMatchObject({
      'shoal_jobs_completed_total{type="risk_check",executor="inngest"}': 0,
      'shoal_jobs_dead_total{type="risk_check"}': 0,
      'shoal_job_duration_seconds{type="risk_check"}': [0, 0],
      'shoal_queue_messages_dead_total{queue="alert_jobs"}': 0,
      'shoal_queue_message_duration_seconds{queue="alert_jobs"}': [0, 0],
      'shoal_schedules_missed_total{schedule="housekeeping"}': 0,
      'shoal_matches_made_total{kind="person_bot"}': 0,
    });
  });

  it("have a bounded number of series however many types, queues, schedules and bots there are", async () => {
    const { metrics, events } = observed();
    const inLetters = (n: number) => [...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("");
    const emitAll = (from: number, to: number) => {
      for (let n = from; n < to; n += 1) {
        const word = inLetters(n);
        const words = { type: word, queue: word, name: word, code: word, reason: word, botId: `bot-${n}` };
        const names = { venue: word, market: word, strategyId: `strategy-${n}`, orderId: `order-${n}` };
        const jobs = [{ ...job, ...words, attempt: 1, isDead: true }];
        for (const { name, event } of ROWS) events.emit(name, { ...event, ...words, ...names, jobs } as never);
      }
    };
    // More than there may be names of statements.
    emitAll(0, 600);
    const before = Object.keys(await readSeries(metrics)).length;
    emitAll(600, 10_000);
    const after = await readSeries(metrics);
    expect(Object.keys(after)).toHaveLength(before);
    expect(after["shoal_inngest_events_sent_total"]).toBe(70_000);
  });
});

describe("what is set at each scrape", () => {
  const series = async (metrics: Metrics) => {
    await metrics.render();
    return movedSeries(metrics);
  };

  it("is the fleet's snapshot", async () => {
    const { metrics, sources } = observed();
    sources.fleet = FLEET;
    expect(await series(metrics)).toEqual(FLEET_SERIES);
    sources.fleet = { ...FLEET, bots: { ...FLEET.bots, talking: 3 } };
    expect(await series(metrics)).toMatchObject({ 'shoal_bots{state="talking"}': 3 });
  });

  it("is the replicas of the fleet, and what this one has of it", async () => {
    const { metrics, sources } = observed();
    sources.members.set(MEMBERS, [1, 2]);
    expect(await series(metrics)).toEqual(MEMBERS_SERIES);
  });

  it("is how many connections are at work, and who waits for one", async () => {
    const { metrics, sources } = observed();
    sources.connections = CONNECTIONS;
    expect(await series(metrics)).toEqual(CONNECTIONS_SERIES);
  });

  it("is how many jobs run here", async () => {
    const { metrics, sources } = observed();
    sources.running = 3;
    expect(await series(metrics)).toEqual({ shoal_jobs_held: 3 });
    sources.running = 0;
    expect(await series(metrics)).toEqual({});
  });

  it("is what the executor of strategies does here; of totals, what was added", async () => {
    const { metrics, sources } = observed();
    sources.executor = BUSY;
    expect(await series(metrics)).toEqual(BUSY_SERIES);
    sources.executor = { ...BUSY, candles: { ...BUSY.candles, hitCount: 12 } };
    expect(await series(metrics)).toEqual({ ...BUSY_SERIES, 'shoal_strategy_candles_read_total{result="hit"}': 12 });
    sources.executor = { ...IDLE, candles: BUSY.candles };
    expect(await series(metrics)).toMatchObject({ 'shoal_strategy_candles_read_total{result="hit"}': 12 });
  });

  it("is whether Redis works, where there is one", async () => {
    const { metrics, sources } = observed();
    expect(await series(metrics)).toEqual({});
    for (const redis of [null, { isUp: true, problem: null, since: 0 }]) {
      sources.redis = redis;
      expect(await series(metrics)).toEqual({ shoal_cache_redis_up: 1 });
    }
  });

  it("is the latest figures of strategies, which stay while there are none", async () => {
    const { metrics, sources } = observed();
    sources.strategies = STRATEGIES;
    expect(await series(metrics)).toEqual(STRATEGIES_SERIES);
    sources.strategies = undefined;
    expect(await series(metrics)).toEqual(STRATEGIES_SERIES);
  });

  it("is the deployed bots by status, beside the ways in which commands are told", async () => {
    const { metrics, events, sources } = observed();
    sources.deployed = { running: 10_000, crashed: 1 };
    events.emit("control:feed", { state: { changes: "ready", listen: "ready" } });
    expect(await series(metrics)).toEqual({
      'shoal_control_feed_ready{feed="changes"}': 1,
      'shoal_control_feed_ready{feed="listen"}': 1,
      'shoal_deployed_bots{status="running"}': 10_000,
      'shoal_deployed_bots{status="crashed"}': 1,
    });
    sources.deployed = { paused: 2 };
    events.emit("control:feed", { state: { changes: "lost", listen: "ready" } });
    expect(await series(metrics)).toEqual({
      'shoal_control_feed_ready{feed="listen"}': 1,
      'shoal_deployed_bots{status="paused"}': 2,
    });
  });

  it("is the latest figures of the database, which stay while there are none", async () => {
    const { metrics, sources } = observed();
    expect(await series(metrics)).toEqual({});
    sources.figures = FIGURES;
    expect(await series(metrics)).toEqual(FIGURES_SERIES);
    sources.figures = undefined;
    expect(await series(metrics)).toEqual(FIGURES_SERIES);
  });

  it("is 0 for what is empty, and nothing of pgmq where there is none", async () => {
    const { metrics, sources } = observed();
    const counts = { pending: 0, running: 0, completed: 0, dead: 0, oldestPendingMs: null, processedLastHour: 0 };
    const rest = { counts, scheduleOverdueMs: 0, inngestOutbox: 0 };
    const empty = { queue: "alert_jobs", length: 0, visible: 0, oldestMs: null, dlqLength: 0 };
    sources.figures = { ...rest, depths: FIGURES.depths };
    expect(Object.keys(await series(metrics))).toHaveLength(4);
    for (const depths of [[empty], null]) {
      sources.figures = { ...rest, depths };
      expect(await series(metrics)).toEqual({});
    }
  });
});

describe("streams of consoles", () => {
  it("are counted at each scrape, those that were given up as they add up", async () => {
    const { metrics, sources } = observed();
    Object.assign(sources.streams, { openCount: 3, droppedCount: 2 });
    await metrics.render();
    Object.assign(sources.streams, { openCount: 1, droppedCount: 5 });
    expect(await movedSeries(metrics)).toEqual({ shoal_console_streams: 1, shoal_console_streams_dropped_total: 5 });
  });
});

describe("replies of bots", () => {
  it("cost what the model's have cost since the scrape before, and leave what was read last", async () => {
    const { metrics, sources } = observed();
    const budget = (leftMicros: number) => ({ takenMicros: 0, heldMicros: 0, leftMicros });
    const figures = (spentMicros: number, overrunCount: number, day: number): ModelFigures => ({
      ...{ model: "m", host: "h", refused: { conversation: 0, person: 0, day, month: 0, away: 0 }, spent: [] },
      state: { spentMicros, overrunCount } as ModelFigures["state"],
      left: { day: budget(-5), month: budget(2_500_000) },
    });
    sources.model = figures(1_000_000, 1, 2);
    await metrics.render();
    sources.model = figures(1_500_000, 3, 3);
    expect(await movedSeries(metrics)).toEqual({
      shoal_reply_cost_dollars_total: 1.5,
      shoal_reply_overruns_total: 3,
      'shoal_reply_budget_refused_total{scope="day"}': 3,
      'shoal_reply_budget_left_dollars{scope="month"}': 2.5,
    });
    sources.model = null;
    expect(await movedSeries(metrics)).toMatchObject({ shoal_reply_cost_dollars_total: 1.5 });
  });

  it("are shown by how much later than planned they are", async () => {
    const { metrics, onReply } = observed();
    onReply({ plannedMs: 1000, actualMs: 1250 });
    expect(await movedSeries(metrics)).toEqual({ shoal_reply_lateness_seconds: [1, 0.25] });
  });
});

describe("an executor of Inngest that is switched off", () => {
  it("has metrics all the same, at 0", async () => {
    const metrics = createMetrics();
    observeInngest(metrics)();
    expect(await readSeries(metrics)).toMatchObject({ shoal_inngest_events_sent_total: 0 });
  });
});

const PAGE = `# Metrics

What \`/metrics\` of the daemon shows. Made by \`bunx --bun vitest run apps/bot-service/src/metrics.test.ts -u\`: change the
metrics, not this page. Rules and dashboards for them are in [deploy](../deploy/README.md), with a
[runbook](runbooks/README.md) for each alert.

A label only takes values from a list, or the first few that look like a code or like the name of a job type, queue or
schedule (48 of each; no digits but two at the end of a word), or like what people who may meet have in common (24). A value that does not fit is counted as \`other\` (\`unknown\` for
error classes), so that no id gets in and the number of series is bounded: 10,000 channels or deployed bots have as many as
none. Series of what is known beforehand, the handlers' types and the consumed queues included, start at 0, so that a rate
sees the first failure. The \`_count\` of a duration is also how often it happened: notices sent, channels recovered,
handshakes, messages archived. "The same from every daemon" are figures of the database: take their maximum, not their sum.

| name | type | labels | meaning |
| --- | --- | --- | --- |
`;

describe("the catalogue", () => {
  const metrics = catalogue();

  it.each(metrics)("gives $name a name in base units and a help sentence", ({ name, type, help }) => {
    expect(name).toMatch(/^(?:shoal|process)_[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(name).not.toMatch(/_(?:ms|milliseconds|kb|megabytes|percent)(?:_|$)/);
    expect(help).toMatch(/^[A-Z1].*\.$/);
  });

  it("is the page of the documentation", async () => {
    const rows = metrics.map(
      ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(", ")} | ${help} |\n`,
    );
    await expect(PAGE + rows.join("")).toMatchFileSnapshot("../../../docs/metrics.md");
  });
});
