import { chart, maxOf, quantileOf, quantilesOf, REPLICA, rateOf, sumOf, timeline, words } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import type { Page, Row } from "./frame.ts";

const BOTS: Row = {
  title: "Bots and people",
  panels: [
    chart({
      title: "Bots",
      description: "By state, deployed ones included.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: sumOf("shoal_bots", "state"), legend: "{{state}}" }],
    }),
    chart({
      title: "Running and wanted",
      description:
        "Idle and talking bots of the fleet's own beside the number there should be. Alert ShoalBotsBelowTarget.",
      unit: "short",
      queries: [
        { expr: sumOf("shoal:bots_running:sum"), legend: "running" },
        { expr: sumOf("shoal_bots_target"), legend: "target" },
      ],
    }),
    chart({
      title: "People",
      description: "In the lobby, as each daemon sees it, so not summed; and matches going on.",
      unit: "short",
      queries: [
        { expr: `max(shoal_people_present{${REPLICA}})`, legend: "present" },
        { expr: `max(shoal_people_waiting{${REPLICA}})`, legend: "waiting" },
        { expr: maxOf("shoal_matches_live"), legend: "matches live" },
      ],
    }),
    chart({
      title: "Messages",
      description: "Broadcasts in rooms.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_messages_received_total", "kind"), legend: "heard {{kind}}" },
        { expr: rateOf("shoal_messages_sent_total", "kind"), legend: "said {{kind}}" },
        { expr: rateOf("shoal_messages_malformed_total", "kind"), legend: "malformed {{kind}}" },
      ],
    }),
    chart({
      title: "Replies late by",
      description: "How much later than planned a bot's reply was sent.",
      unit: "s",
      queries: quantilesOf("shoal_reply_lateness_seconds"),
    }),
    chart({
      title: "Crashed bots",
      description: "Each is replaced after a pause; one that keeps crashing is quarantined.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_bot_crashes_total"), legend: "crashes" }],
    }),
  ],
};

const REPLIES: Row = {
  title: "Replies",
  panels: [
    chart({
      title: "Who answers",
      description: "Turns of bots by who decided the words: the model, the rules, the fixed words of safety.",
      unit: "ops",
      isStacked: true,
      queries: [{ expr: rateOf("shoal_replies_total", "engine"), legend: "{{engine}}" }],
    }),
    chart({
      title: "Why not the model",
      description: "Replies that the rules gave in the model's place, by code. Alert ShoalRepliesFailing.",
      unit: "ops",
      queries: [{ expr: `${rateOf("shoal_replies_total", "engine, code")} > 0`, legend: "{{engine}} {{code}}" }],
    }),
    chart({
      title: "Message to first line, p95",
      description: "Typing included; 4 s at most where nothing else is being said.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_reply_seconds", "engine"), legend: "{{engine}}" }],
    }),
    chart({
      title: "What replies cost",
      description: "US dollars an hour, of all daemons.",
      unit: "currencyUSD",
      queries: [{ expr: `3600 * ${rateOf("shoal_reply_cost_dollars_total")}`, legend: "an hour" }],
    }),
    chart({
      title: "Budget left",
      description: "US dollars of the fleet's day and month (UTC). Alert ShoalReplyBudgetSpent.",
      unit: "currencyUSD",
      queries: [{ expr: maxOf("shoal_reply_budget_left_dollars", "scope"), legend: "{{scope}}" }],
    }),
    chart({
      title: "Not asked for want of money",
      description: "By the limit that a reply would have passed; and replies that cost more than was reserved.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_reply_budget_refused_total", "scope"), legend: "{{scope}}" },
        { expr: rateOf("shoal_reply_overruns_total"), legend: "overruns" },
      ],
    }),
  ],
};

const CONTROL: Row = {
  title: "Control",
  panels: [
    chart({
      title: "Commands",
      description: "That took effect or were rejected.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_commands_total", "command, outcome"), legend: "{{command}} {{outcome}}" }],
    }),
    chart({
      title: "Command to effect",
      description: "From its insert, by the clock of the database. Alert ShoalControlSlow.",
      unit: "s",
      limits: { alertAt: THRESHOLDS.commandLatencySeconds },
      queries: quantilesOf("shoal_command_latency_seconds"),
    }),
    chart({
      title: "Deployed bots",
      description: "Held by the chosen daemons, by status.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: sumOf("shoal_deployed_bots", "status"), legend: "{{status}}" }],
    }),
    timeline({
      title: "Told of commands",
      description: "Whether new commands are told at once, and by which way. Alert ShoalControlDegraded.",
      mappings: words({ 0: ["no", "yellow"], 1: ["yes", "green"] }),
      queries: [
        { expr: `max by (feed, instance) (shoal_control_feed_ready{${REPLICA}})`, legend: "{{feed}} {{instance}}" },
      ],
    }),
    chart({
      title: "A round of control",
      description: "Leases, commands and deployments.",
      unit: "s",
      queries: quantilesOf("shoal_control_round_duration_seconds"),
    }),
    chart({
      title: "Failed rounds of control",
      description: "By error code; no command takes effect by one.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_control_rounds_failed_total", "code"), legend: "{{code}}" }],
    }),
  ],
};

const REPLICAS: Row = {
  title: "Replicas",
  panels: [
    chart({
      title: "Replicas",
      description: "Of the whole fleet, by role and state, as the daemons know each other.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: `${maxOf("shoal_replicas", "role, state")} > 0`, legend: "{{role}} {{state}}" }],
    }),
    chart({
      title: "Bots of each replica",
      description: "Of the fleet's own: taken, and its share of the target. Alert ShoalBotsUneven.",
      unit: "short",
      queries: [
        { expr: `shoal_replica_places{${REPLICA}}`, legend: "taken {{instance}}" },
        { expr: `shoal_bots_target{${REPLICA}}`, legend: "share {{instance}}" },
      ],
    }),
    chart({
      title: "Joins of each replica",
      description: "Spent in the last minute. What they may spend is one budget for all.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: `shoal_budget_used{budget="joins", ${REPLICA}}`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Lost and taken over",
      description:
        "Replicas that ended without a drain, terms that were not renewed in time, and bots taken over. Alert ShoalReplicaLost.",
      unit: "short",
      queries: [
        { expr: `max(increase(shoal_replicas_lost_total{${REPLICA}}[$__rate_interval]))`, legend: "replicas lost" },
        { expr: `sum(increase(shoal_replica_terms_over_total{${REPLICA}}[$__rate_interval]))`, legend: "terms over" },
        {
          expr: `sum(increase(shoal_replica_takeovers_total{${REPLICA}}[$__rate_interval]))`,
          legend: "bots taken over",
        },
      ],
    }),
    timeline({
      title: "Who leads",
      description: "The one that counts people and wants the number of bots for all.",
      mappings: words({ 0: ["no", "blue"], 1: ["leads", "green"] }),
      queries: [{ expr: `shoal_replica_lead{${REPLICA}}`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Versions",
      description: "That run now; more than one during a deploy. Alert ShoalVersionsMixed.",
      unit: "short",
      isStacked: true,
      queries: [{ expr: `count by (version) (shoal_build_info{${REPLICA}})`, legend: "{{version}}" }],
    }),
  ],
};

const DEPENDENCIES: Row = {
  title: "What it depends on",
  panels: [
    timeline({
      title: "Dependencies",
      description: "Alert ShoalDatabaseAway.",
      mappings: words({ 0: ["down", "red"], 1: ["degraded", "yellow"], 2: ["ok", "green"] }),
      queries: [
        {
          expr: `max by (dependency, instance) (shoal_dependency_state{state="ok", ${REPLICA}} * 2 or shoal_dependency_state{state="degraded", ${REPLICA}})`,
          legend: "{{dependency}} {{instance}}",
        },
      ],
    }),
    timeline({
      title: "Loops",
      description: "Alert ShoalLoopFailing.",
      mappings: words({ 0: ["works", "green"], 1: ["fails", "red"] }),
      queries: [{ expr: `max by (loop, instance) (shoal_loop_failing{${REPLICA}})`, legend: "{{loop}} {{instance}}" }],
    }),
    chart({
      title: "Database errors",
      description: "Queries that failed, by error code.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_database_errors_total", "code"), legend: "{{code}}" }],
    }),
    chart({
      title: "HTTP API",
      description: "Requests by status class, and the slowest 1 in 20.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_http_request_duration_seconds_count", "status"), legend: "{{status}}" }],
    }),
  ],
};

const perReplica = (expr: string) => [{ expr, legend: "{{instance}}" }];

const PROCESS: Row = {
  title: "The processes",
  panels: [
    chart({
      title: "Event loop late by, p99",
      description: "1 in 100 timers fires later than this. Alert ShoalEventLoopLag.",
      unit: "s",
      limits: { alertAt: THRESHOLDS.eventLoopLagSeconds },
      queries: perReplica(`shoal:event_loop_lag_seconds:p99_5m{${REPLICA}}`),
    }),
    chart({
      title: "CPU",
      description: "Cores in use.",
      unit: "percentunit",
      queries: perReplica(
        `rate(process_cpu_seconds_total{${REPLICA}}[$__rate_interval]) and on (job, instance) shoal_build_info`,
      ),
    }),
    chart({
      title: "Memory",
      description: "Resident, and the JavaScript heap in use.",
      unit: "bytes",
      queries: [
        {
          expr: `process_resident_memory_bytes{${REPLICA}} and on (job, instance) shoal_build_info`,
          legend: "resident {{instance}}",
        },
        { expr: `shoal_heap_used_bytes{${REPLICA}}`, legend: "heap {{instance}}" },
      ],
    }),
    chart({
      title: "File descriptors",
      description: "Open now: sockets and connections to the database, mostly.",
      unit: "short",
      queries: perReplica(`process_open_fds{${REPLICA}} and on (job, instance) shoal_build_info`),
    }),
    chart({
      title: "Starts within an hour",
      description: "Alert ShoalRestartsOften.",
      unit: "short",
      limits: { alertAt: THRESHOLDS.restartsPerHour },
      queries: perReplica(
        `changes(process_start_time_seconds{${REPLICA}}[1h]) and on (job, instance) shoal_build_info`,
      ),
    }),
    chart({
      title: "HTTP API, p95 by route",
      description: "Time to answer.",
      unit: "s",
      queries: [{ expr: quantileOf(0.95, "shoal_http_request_duration_seconds", "route"), legend: "{{route}}" }],
    }),
  ],
};

export const FLEET: Page = {
  uid: "shoal-fleet",
  title: "Shoal: fleet",
  description: "Bots, people, replies, replicas, commands, what they depend on and the processes they live in.",
  rows: [BOTS, REPLIES, REPLICAS, CONTROL, DEPENDENCIES, PROCESS],
};
