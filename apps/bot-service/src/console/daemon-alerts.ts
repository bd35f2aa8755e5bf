import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { type AlertRule, isTroubled, type Own, rule, when } from "./alert-rule.ts";
import type { SeriesName } from "./history-series.ts";
import { SHARED_THRESHOLDS } from "./thresholds.ts";

const DAEMON: readonly AlertRule[] = [
  rule({
    ...{ alert: "ShoalDatabaseAway", forMs: MINUTE_MS, summary: "The database does not answer" },
    find({ now: { readiness } }) {
      const database = readiness.dependencies.find(({ name }) => name === "database");
      return when(database?.state === "down", `Away since ${database?.since}: no new match is made.`);
    },
  }),
  rule({
    ...{ alert: "ShoalLoopFailing", forMs: MINUTE_MS, summary: "A loop of the daemon cannot do its work" },
    find({ now: { readiness } }) {
      const failing = readiness.loops.filter(({ state }) => state === "failing").map(({ name }) => name);
      return when(failing.length > 0, `Failing: ${failing.join(", ")}.`);
    },
  }),
  rule({
    ...{ alert: "ShoalEventLoopLag", forMs: 5 * MINUTE_MS, severity: "warning", summary: "The daemon is too busy" },
    find({ past }) {
      const lagMs = past.quantile("lag_ms", 0.99, 5 * MINUTE_MS);
      const isLate = lagMs > SHARED_THRESHOLDS.eventLoopLagSeconds * SECOND_MS;
      return when(isLate, `1 in 100 timers fires more than ${Math.round(lagMs)} ms late.`);
    },
  }),
  rule({
    ...{ alert: "ShoalControlDegraded", forMs: 5 * MINUTE_MS, severity: "warning" },
    summary: "Commands are found only by polling",
    find: ({ now }) => when(isTroubled(now, "control") !== undefined, "They take effect seconds later."),
  }),
  rule({
    ...{ alert: "ShoalRedisDown", forMs: 5 * MINUTE_MS, severity: "warning" },
    summary: "Redis does not work for a daemon",
    find({ now }) {
      const redis = isTroubled(now, "redis");
      return when(redis !== undefined, redis?.detail ?? "Answers are kept without it.");
    },
  }),
  rule({
    ...{ alert: "ShoalReplyBudgetSpent", forMs: 0, severity: "warning" },
    summary: "The money for replies by the model is spent",
    find({ now }) {
      const replies = isTroubled(now, "replies");
      return when(replies?.error_code === "REPLY_BUDGET", replies?.detail ?? "Bots speak by their rules.");
    },
  }),
  rule({
    ...{ alert: "ShoalRepliesFailing", forMs: 5 * MINUTE_MS, severity: "warning" },
    summary: "The language model does not answer",
    find({ now }) {
      const replies = isTroubled(now, "replies");
      return when(replies && replies.error_code !== "REPLY_BUDGET", replies?.detail ?? "Bots speak by their rules.");
    },
  }),
  ...connectionsScarce(),
];

/** 1 in 100 waits is longer than the bound. */
function connectionsScarce(): AlertRule[] {
  const words = { alert: "ShoalConnectionsScarce", forMs: 5 * MINUTE_MS, summary: "Statements wait for a connection" };
  const isOver = (past: Own["past"], name: SeriesName) =>
    past.increase(name, 10 * MINUTE_MS) > past.increase("db_waits_per_s", 10 * MINUTE_MS) / 100;
  const { warning, critical } = SHARED_THRESHOLDS.connectionWaitSeconds;
  const detail = (limit: number) => `1 in 100 statements waited longer than ${limit} s in the last 10 min.`;
  return [
    rule({
      ...{ ...words, severity: "warning" },
      find: ({ past }) =>
        when(isOver(past, "db_scarce_waits_per_s") && !isOver(past, "db_long_waits_per_s"), detail(warning)),
    }),
    rule({ ...words, find: ({ past }) => when(isOver(past, "db_long_waits_per_s"), detail(critical)) }),
  ];
}

const REPLICAS: readonly AlertRule[] = [
  rule({
    ...{ alert: "ShoalNobodyLeads", forMs: 2 * MINUTE_MS, summary: "No replica runs bots" },
    find: ({ now: { replicas, replica_count } }) =>
      when(
        replica_count > 0 && !replicas.some(({ is_lead }) => is_lead),
        `${replica_count} live, and nobody is matched.`,
      ),
  }),
  rule({
    ...{ alert: "ShoalVersionsMixed", forMs: HOUR_MS, severity: "warning" },
    summary: "A deploy has not come to its end",
    find({ now: { replicas } }) {
      const versions = [...new Set(replicas.map(({ version }) => version))];
      return when(versions.length > 1, `Side by side: ${versions.join(", ")}.`);
    },
  }),
];

export const DAEMON_ALERTS: readonly AlertRule[] = [...DAEMON, ...REPLICAS];
