import type { Unsubscribe } from "@shoal/kernel";
import type { Metrics } from "./create-metrics.ts";

/** The snapshot of a fleet that a monitor reads. */
export interface ObservedFleet {
  readonly people: { readonly present: number; readonly waiting: number };
  readonly bots: {
    readonly target: number;
    readonly starting: number;
    readonly idle: number;
    readonly talking: number;
    readonly stopping: number;
    readonly quarantined: number;
  };
  readonly matches: { readonly live: number };
}

/** Sets the gauges of bots, people and live matches from `getSnapshot` at every scrape. */
export function observeFleet(metrics: Metrics, getSnapshot: () => ObservedFleet): Unsubscribe {
  const { fleet } = metrics;
  return metrics.beforeScrape(() => {
    const { people, bots, matches } = getSnapshot();
    const { target, starting, idle, talking, stopping, quarantined } = bots;
    fleet.botsTarget.set({}, target);
    const byState = { starting, idle, talking, stopping, quarantined };
    for (const [state, count] of Object.entries(byState)) fleet.bots.set({ state }, count);
    fleet.peoplePresent.set({}, people.present);
    fleet.peopleWaiting.set({}, people.waiting);
    fleet.matchesLive.set({}, matches.live);
  });
}
