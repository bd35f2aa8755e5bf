import type { Registry } from "prom-client";
import { counter, gauge, histogram, ROUND_TRIP_SECONDS, WORK_SECONDS } from "./instruments.ts";
import { errorCodes, oneOf } from "./labels.ts";

/** What the control of bots by commands shows. Fed by `observeControl`. */
export type ControlMetrics = ReturnType<typeof createControlMetrics>;

/** The ways in which new commands are told at once: Realtime, and LISTEN on a direct connection. */
export const FEEDS = ["changes", "listen"] as const;

/** @source SPEC B */
const commands = oneOf(["START_BOT", "STOP_BOT", "RESTART_BOT", "PAUSE_BOT", "RESUME_BOT", "UPDATE_CONFIG"]);

export const DEPLOYMENT_STATUSES = [
  ...["starting", "running", "paused", "stopping"],
  ...["stopped", "crashed", "quarantined"],
] as const;

export function createControlMetrics(registry: Registry) {
  return {
    settled: counter(registry, {
      name: "shoal_commands_total",
      help: "Commands that this daemon applied or rejected, by command.",
      labels: { command: commands, outcome: oneOf(["applied", "rejected"]) },
    }),
    latency: histogram(registry, {
      name: "shoal_command_latency_seconds",
      help: "Time from the insert of a command until it was applied or rejected, by the clock of the database.",
      labels: {},
      buckets: ROUND_TRIP_SECONDS,
    }),
    roundDuration: histogram(registry, {
      name: "shoal_control_round_duration_seconds",
      help: "Time for one round of control: leases, commands and deployments.",
      labels: {},
      buckets: WORK_SECONDS,
    }),
    roundsFailed: counter(registry, {
      name: "shoal_control_rounds_failed_total",
      help: "Rounds of control that failed, by error code.",
      labels: { code: errorCodes() },
    }),
    feedReady: gauge(registry, {
      name: "shoal_control_feed_ready",
      help: "1 while new commands are told at once this way, otherwise 0.",
      labels: { feed: oneOf(FEEDS) },
    }),
    deployed: gauge(registry, {
      name: "shoal_deployed_bots",
      help: "Deployed bots that this daemon holds, by status.",
      labels: { status: oneOf(DEPLOYMENT_STATUSES) },
    }),
  };
}
