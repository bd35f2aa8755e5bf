import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import type { BucketWait, MatchmakerEvents, MatchRules } from "@shoal/matchmaker";
import { type EventSubscriber, type Metrics, matchBuckets, oneOf } from "@shoal/monitor";

/** Measures how long people wait against the objective of the fleet file; nothing where it has none. Once per `metrics`. */
export function observeObjective(
  metrics: Metrics,
  events: Pick<EventSubscriber<MatchmakerEvents>, "on">,
  { slaMs }: Pick<MatchRules, "slaMs">,
  waitingBuckets: () => readonly BucketWait[],
): Unsubscribe[] {
  const buckets = matchBuckets();
  const people = metrics.counter({
    name: "shoal_match_wait_objective_people_total",
    help: "People matched, by bucket of what must be equal and by whether their wait met the objective.",
    labels: { bucket: buckets, outcome: oneOf(["met", "missed"]) },
  });
  const limit = metrics.gauge({
    name: "shoal_match_wait_objective_seconds",
    help: "Wait that nobody should pass, as the fleet file says; 0: it says none.",
  });
  const overdue = metrics.gauge({
    name: "shoal_match_wait_objective_overdue",
    help: "People in line who have waited longer than the objective, by bucket, as this daemon's last cycle saw them: take the maximum.",
    labels: { bucket: buckets },
  });
  const longest = metrics.gauge({
    name: "shoal_match_wait_objective_longest_seconds",
    help: "Longest wait of those in line, by bucket, as this daemon's last cycle saw them: take the maximum.",
    labels: { bucket: buckets },
  });
  limit.set({}, (slaMs ?? 0) / SECOND_MS);
  if (slaMs === null) return [];
  let shown = new Set<string>();
  return [
    events.on("match:made", ({ waitMs, bucket }) => {
      for (const outcome of ["met", "missed"]) people.zero({ bucket, outcome });
      for (const each of waitMs) people.inc({ bucket, outcome: each > slaMs ? "missed" : "met" });
    }),
    metrics.beforeScrape(() => {
      const now = new Map([...shown].map((bucket) => [bucket, { overdue: 0, longestMs: 0 }]));
      for (const row of waitingBuckets()) {
        const bucket = buckets.fit(row.bucket);
        const known = now.get(bucket);
        now.set(bucket, {
          overdue: (known?.overdue ?? 0) + row.missed,
          longestMs: Math.max(known?.longestMs ?? 0, row.longestWaitMs),
        });
      }
      for (const [bucket, row] of now) {
        overdue.set({ bucket }, row.overdue);
        longest.set({ bucket }, row.longestMs / SECOND_MS);
      }
      shown = new Set(now.keys());
    }),
  ];
}
