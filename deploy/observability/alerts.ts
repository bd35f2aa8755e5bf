import { type Alert, count, onDaemon, percent, seconds } from "./alert.ts";
import { ANALYTICS_ALERTS } from "./analytics-alerts.ts";
import { DATABASE_ALERTS } from "./database-alerts.ts";
import { OBJECTIVE_ALERTS } from "./objective-alerts.ts";
import { QUEUE_ALERTS } from "./queue-alerts.ts";
import { REPLICA_ALERTS } from "./replica-alerts.ts";
import { REPLY_ALERTS } from "./reply-alerts.ts";
import { STRATEGY_ALERTS } from "./strategy-alerts.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** From the root of the repository: put the address of your copy before it, where people can open it. */
export const RUNBOOKS = "docs/runbooks";

const REALTIME: readonly Alert[] = [
  {
    alert: "ShoalChannelsNotJoined",
    expr: `shoal:channels_not_joined:ratio > ${THRESHOLDS.channelsNotJoinedRatio}`,
    for: "5m",
    severity: "critical",
    summary: "Channels are not joined",
    description: `${percent} of the channels of ${onDaemon} have not been joined for 5 min: bots there hear no message.`,
  },
  {
    alert: "ShoalPeopleLockedOut",
    expr: 'sum by (job, instance) (increase(shoal_joins_refused_total{class="rate"}[5m]) or increase(shoal_budget_throttled_total{budget="joins"}[5m])) > 0',
    for: "0m",
    severity: "critical",
    summary: "The project's join limit was reached: people are refused too",
    description: `${count} signals of a reached join limit at ${onDaemon} in 5 min. While it is reached, Realtime refuses every join in the project.`,
  },
  {
    alert: "ShoalJoinsRefused",
    expr: 'shoal:joins_refused:increase5m{class!~"rate|auth|permission"} > 0',
    for: "0m",
    severity: "warning",
    summary: "Joins are refused",
    description: `${count} joins of ${onDaemon} were refused in 5 min, class {{ $labels.class }}.`,
  },
  {
    alert: "ShoalAuthErrors",
    expr: "shoal:auth_errors:increase10m > 0",
    for: "0m",
    severity: "critical",
    summary: "Realtime refuses our key, token or policy",
    description: `${count} errors of the classes auth and permission at ${onDaemon} in 10 min. They are not retried on the same token.`,
  },
  {
    alert: "ShoalBreakerAway",
    expr: 'shoal_breaker_state{state="away"} == 1',
    for: "1m",
    severity: "critical",
    summary: "Realtime does not answer",
    description: `For ${onDaemon} nothing of Realtime has answered for 1 min; one probe at a time tries it.`,
  },
  {
    alert: "ShoalBreakerRefused",
    expr: 'shoal_breaker_state{state="refused"} == 1',
    for: "1m",
    severity: "critical",
    summary: "Realtime refuses the key or the project",
    description: `Realtime has refused ${onDaemon} for 1 min; the daemon tries again slowly, and waiting alone does not help.`,
  },
  {
    alert: "ShoalReconnectStorm",
    expr: ["handshakes", "reconnects"]
      .map((what) => `shoal:socket_${what}:increase5m > ${THRESHOLDS.reconnectsPerSocket} * shoal:sockets_open:max10m`)
      .join(" and "),
    for: "2m",
    severity: "critical",
    summary: "Sockets are lost again and again",
    description: `${onDaemon} opened ${count} sockets in 5 min, more than ${THRESHOLDS.reconnectsPerSocket} for each it holds. Storms get projects suspended.`,
  },
  {
    alert: "ShoalJoinBudgetSaturated",
    expr: `shoal_budget_used{budget="joins"} >= ${THRESHOLDS.budgetUsedRatio} * shoal_budget_allowed{budget="joins"} and on (job, instance) shoal_joins_pending > 0`,
    for: "5m",
    severity: "warning",
    summary: "Joins wait for the budget",
    description: `${onDaemon} has spent ${count} joins of its window and others have waited for 5 min.`,
  },
  {
    alert: "ShoalSendsRefused",
    expr: "increase(shoal_sends_refused_total[5m]) > 0",
    for: "0m",
    severity: "critical",
    summary: "Messages of bots are given up",
    description: `${count} broadcasts of ${onDaemon} were given up in 5 min: the project's events stay at their limit.`,
  },
];

const PEOPLE: readonly Alert[] = [
  {
    alert: "ShoalMatchWaitLong",
    expr: `shoal:match_wait_seconds:p95_10m > ${THRESHOLDS.matchWaitSeconds}`,
    for: "5m",
    severity: "critical",
    summary: "People wait long for a partner",
    description: `1 in 20 people waited longer than ${seconds} for a match in the last 10 min.`,
  },
  {
    alert: "ShoalMatchWaitObjective",
    expr: `sum by (job, bucket) (increase(shoal_match_wait_objective_people_total{outcome="missed"}[15m])) / sum by (job, bucket) (increase(shoal_match_wait_objective_people_total[15m])) > ${THRESHOLDS.matchObjectiveMissedRatio} or max by (job, bucket) (min_over_time(shoal_match_wait_objective_overdue[5m])) > 0`,
    for: "2m",
    severity: "warning",
    summary: "People wait longer than the fleet file allows",
    description:
      "Of the people of {{ $labels.bucket }}, too many of the last 15 min waited longer than sla_ms, or somebody has been doing so for 5 min.",
  },
  {
    alert: "ShoalPeopleNotMatched",
    expr: "max by (job) (min_over_time(shoal_tickets_waiting[5m])) > 0 and on (job) sum by (job) (increase(shoal_matches_made_total[5m])) == 0",
    for: "1m",
    severity: "critical",
    summary: "People wait and nobody is matched",
    description: `At least ${count} people have waited for 5 min and no match was made.`,
  },
  {
    alert: "ShoalMarksUnseen",
    expr: `max by (job) (shoal_conversation_marks_oldest_unseen_seconds{kind="self_harm"}) > ${THRESHOLDS.markUnseenSeconds}`,
    for: "0m",
    severity: "critical",
    summary: "Nobody has looked at a person in danger",
    description: `A conversation was marked ${seconds} ago, because somebody may want to harm themselves, and no operator has seen it.`,
  },
  {
    alert: "ShoalBotsBelowTarget",
    expr: "shoal:bots_running:sum < on (job, instance) shoal_bots_target",
    for: "10m",
    severity: "warning",
    summary: "Fewer bots than there should be",
    description: `Only ${count} bots of ${onDaemon} have run for 10 min; its target is higher.`,
  },
];

const DAEMON: readonly Alert[] = [
  {
    alert: "ShoalDown",
    // A daemon that is gone is no longer found where daemons are found by their names, as in compose and Kubernetes.
    expr: 'up{job="shoal"} == 0 or absent(up{job="shoal"})',
    for: "1m",
    severity: "critical",
    summary: "A daemon does not answer",
    description: `Prometheus has not reached {{ or $labels.instance "any daemon" }} for 1 min.`,
  },
  {
    alert: "ShoalDatabaseAway",
    expr: 'shoal_dependency_state{dependency="database",state="down"} == 1',
    for: "1m",
    severity: "critical",
    summary: "The database does not answer",
    description: `${onDaemon} has been without its database for 1 min: no new match is made.`,
  },
  {
    alert: "ShoalLoopFailing",
    expr: "shoal_loop_failing == 1",
    for: "1m",
    severity: "critical",
    summary: "A loop of the daemon cannot do its work",
    description: `The loop {{ $labels.loop }} of ${onDaemon} has failed again and again for 1 min: the daemon is not ready.`,
  },
  {
    alert: "ShoalEventLoopLag",
    expr: `shoal:event_loop_lag_seconds:p99_5m > ${THRESHOLDS.eventLoopLagSeconds}`,
    for: "5m",
    severity: "warning",
    summary: "The daemon is too busy",
    description: `1 in 100 timers of ${onDaemon} fires more than ${seconds} late.`,
  },
  {
    alert: "ShoalRestartsOften",
    expr: `changes(process_start_time_seconds[1h]) > ${THRESHOLDS.restartsPerHour} and on (job, instance) shoal_build_info`,
    for: "0m",
    severity: "warning",
    summary: "The daemon keeps restarting",
    description: `${onDaemon} started ${count} times within an hour.`,
  },
];

const CONTROL: readonly Alert[] = [
  {
    alert: "ShoalControlDegraded",
    expr: "max by (job, instance) (shoal_control_feed_ready) == 0",
    for: "5m",
    severity: "warning",
    summary: "Commands are found only by polling",
    description: `For 5 min ${onDaemon} has found commands only by polling: they take effect seconds later.`,
  },
  {
    alert: "ShoalControlSlow",
    expr: `shoal:command_latency_seconds:p99_10m > ${THRESHOLDS.commandLatencySeconds}`,
    for: "5m",
    severity: "warning",
    summary: "Commands take effect late",
    description: `1 in 100 commands took longer than ${seconds} in the last 10 min.`,
  },
];

/** By group of the rule file; those of objectives have a file of their own. */
export const ALERT_GROUPS: Readonly<Record<string, readonly Alert[]>> = {
  "shoal-realtime": REALTIME,
  "shoal-people": PEOPLE,
  "shoal-control": CONTROL,
  "shoal-queues": QUEUE_ALERTS,
  "shoal-strategies": STRATEGY_ALERTS,
  "shoal-daemon": DAEMON,
  "shoal-replicas": REPLICA_ALERTS,
  "shoal-replies": REPLY_ALERTS,
  "shoal-database": DATABASE_ALERTS,
  "shoal-analytics": ANALYTICS_ALERTS,
};

export const ALERTS: readonly Alert[] = [...Object.values(ALERT_GROUPS).flat(), ...OBJECTIVE_ALERTS];
