import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import {
  allOf,
  type EventSubscriber,
  errorCodes,
  type Listeners,
  type Metrics,
  oneOf,
  ROUND_TRIP_SECONDS,
  subscribe,
  WORK_SECONDS,
} from "@shoal/monitor";
import { COMMANDS, type ControlEvents, type DeploymentStatus, type FeedState, type Outcome } from "./types.ts";

type Some = Partial<Listeners<ControlEvents>>;
type Counts = Readonly<Record<string, number>>;

/**
 * Feeds the metrics of control from its events, and the deployed bots of this daemon by status from `getDeployed` at every
 * scrape; a status that is missing there is 0. Once per `metrics`. The result takes all listeners away again.
 */
export function observeControl(
  metrics: Metrics,
  events: EventSubscriber<ControlEvents>,
  getDeployed: () => Counts,
): Unsubscribe {
  const off = subscribe<ControlEvents>(events, {
    ...ofCommands(metrics),
    ...ofRounds(metrics),
    ...ofFeeds(metrics),
    "deployment:changed": null,
  });
  const stop = observeDeployed(metrics, getDeployed);
  return () => {
    off();
    stop();
  };
}

function ofCommands({ counter, histogram }: Metrics) {
  const settled = counter({
    name: "shoal_commands_total",
    help: "Commands that this daemon applied or rejected, by command.",
    labels: { command: oneOf(COMMANDS), outcome: allOf<Outcome>({ applied: true, rejected: true }) },
  });
  const latency = histogram({
    name: "shoal_command_latency_seconds",
    help: "Time from the insert of a command until it was applied or rejected, by the clock of the database.",
    buckets: ROUND_TRIP_SECONDS,
  });
  return {
    "command:applied": ({ command, outcome, latencyMs }) => {
      settled.inc({ command, outcome });
      latency.observe({}, latencyMs / SECOND_MS);
    },
  } satisfies Some;
}

function ofRounds({ counter, histogram }: Metrics) {
  const duration = histogram({
    name: "shoal_control_round_duration_seconds",
    help: "Time for one round of control: leases, commands and deployments.",
    buckets: WORK_SECONDS,
  });
  const failed = counter({
    name: "shoal_control_rounds_failed_total",
    help: "Rounds of control that failed, by error code.",
    labels: { code: errorCodes() },
  });
  const moved = counter({
    name: "shoal_deployed_moves_total",
    help: "Deployed bots that came to this daemon because theirs died or was cut off (taken_over), or left it because others ran fewer (given_away).",
    labels: { how: allOf<ControlEvents["control:moved"]["how"]>({ taken_over: true, given_away: true }) },
  });
  return {
    "control:moved": ({ how, count }) => moved.inc({ how }, count),
    "control:round": ({ durationMs }) => duration.observe({}, durationMs / SECOND_MS),
    "control:failed": ({ code }) => failed.inc({ code }),
  } satisfies Some;
}

/** The ways in which new commands are told at once: Realtime, and LISTEN on a direct connection. */
function ofFeeds({ gauge }: Metrics) {
  const feeds = allOf<keyof FeedState>({ changes: true, listen: true });
  const ready = gauge({
    name: "shoal_control_feed_ready",
    help: "1 while new commands are told at once this way, otherwise 0.",
    labels: { feed: feeds },
  });
  return {
    "control:feed": ({ state }) => {
      for (const [feed, status] of Object.entries(state)) ready.set({ feed }, status === "ready" ? 1 : 0);
    },
  } satisfies Some;
}

function observeDeployed({ gauge, beforeScrape }: Metrics, getDeployed: () => Counts) {
  const statuses = allOf<DeploymentStatus>({
    ...{ starting: true, running: true, paused: true, stopping: true },
    ...{ stopped: true, crashed: true, quarantined: true },
  });
  const deployed = gauge({
    name: "shoal_deployed_bots",
    help: "Deployed bots that this daemon holds, by status.",
    labels: { status: statuses },
  });
  return beforeScrape(() => {
    const counts = getDeployed();
    for (const status of statuses.known) deployed.set({ status }, counts[status] ?? 0);
  });
}
