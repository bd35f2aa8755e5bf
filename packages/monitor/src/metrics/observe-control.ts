import type { Unsubscribe } from "@shoal/kernel";
import type { Audible } from "../audible.ts";
import { DEPLOYMENT_STATUSES, FEEDS } from "./control-metrics.ts";
import type { Metrics } from "./create-metrics.ts";

/** The events of the control of bots that a monitor hears. Whatever emits these names with these fields will do. */
export interface ObservedControlEvents {
  /** It has its outcome: `applied` or `rejected`. */
  "command:applied": {
    readonly command: string;
    readonly outcome: string;
    /** From the insert, by the clock of the database, ms. */
    readonly latencyMs: number;
  };
  "control:round": { readonly durationMs: number };
  "control:failed": { readonly code: string };
  /** A feed that is `ready` tells new commands at once. */
  "control:feed": { readonly state: { readonly changes: string; readonly listen: string } };
}

const SECOND = 1000;

/**
 * Feeds the metrics of control from its events, and the deployed bots of this daemon by status from `getDeployed` at every
 * scrape; a status that is missing there is 0. Once per `metrics`. The result takes all listeners away again.
 */
export function observeControl(
  metrics: Metrics,
  events: Audible<ObservedControlEvents>,
  getDeployed: () => Readonly<Record<string, number>>,
): Unsubscribe {
  const { control } = metrics;
  const offs = [
    events.on("command:applied", ({ command, outcome, latencyMs }) => {
      control.settled.inc({ command, outcome });
      control.latency.observe({}, latencyMs / SECOND);
    }),
    events.on("control:round", ({ durationMs }) => control.roundDuration.observe({}, durationMs / SECOND)),
    events.on("control:failed", ({ code }) => control.roundsFailed.inc({ code })),
    events.on("control:feed", ({ state }) => {
      for (const feed of FEEDS) control.feedReady.set({ feed }, state[feed] === "ready" ? 1 : 0);
    }),
    metrics.beforeScrape(() => {
      const deployed = getDeployed();
      for (const status of DEPLOYMENT_STATUSES) control.deployed.set({ status }, deployed[status] ?? 0);
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}
