import { OBJECTIVES, type Objective } from "./objectives.ts";
import { orNone, type Recording } from "./recordings.ts";

type What = "bad" | "total";
export type Window = "5m" | "30m" | "1h" | "2h" | "6h" | "1d" | "3d" | "30d";

const count = (what: What, span: "5m" | "1h") => `shoal:objective_${what}:increase${span}`;

/** The part that was bad. */
export const errors = (window: Window) => `shoal:objective_errors:ratio${window}`;

/** Sums of counts one after the other are what happened. */
const added = (what: What, window: Window, span: "5m" | "1h", own = "") =>
  `sum_over_time(${count(what, span)}${own}[${window}:${span}])`;

/** How many were bad. A day begins at the full hour: whoever looks at days can wait. */
export function badIn(window: "1h" | "6h" | "1d" | "3d", own: string): string {
  if (window === "1h") return `${count("bad", "1h")}${own}`;
  return added("bad", window, window === "6h" ? "5m" : "1h", own);
}

function countsOf({ name: objective, events }: Objective): Recording[] {
  const labels = { objective };
  return [
    { record: count("bad", "5m"), labels, expr: orNone(events.bad) },
    { record: count("total", "5m"), labels, expr: orNone(events.total) },
  ];
}

/** Up to the first full 5 min, the hour is what there is. */
const hour = (what: What): Recording => ({
  record: count(what, "1h"),
  expr: `${added(what, "1h", "5m")} or ${count(what, "5m")}`,
});

/** Where nothing was asked, nothing is bad. */
const ratio = (window: Window, of: (what: What) => string): Recording => ({
  record: errors(window),
  expr: `${of("bad")} / (${of("total")} > 0) or 0 * ${count("total", "5m")}`,
});

/**
 * Counts of 5 min by objective, and the part that was bad over each window. Longer windows are made of those counts: so an
 * evaluation reads a thousand samples, whatever the daemons export. Those that a page goes by look at each minute.
 */
export const OBJECTIVE_RECORDINGS: readonly Recording[] = [
  ...OBJECTIVES.flatMap(countsOf),
  ...(["bad", "total"] as const).map(hour),
  ratio("5m", (what) => count(what, "5m")),
  ...(["30m", "1h"] as const).map((window) =>
    ratio(window, (what) => `sum_over_time(${count(what, "5m")}[${window}:1m])`),
  ),
  ...(["2h", "6h"] as const).map((window) => ratio(window, (what) => added(what, window, "5m"))),
  ...(["1d", "3d", "30d"] as const).map((window) => ratio(window, (what) => added(what, window, "1h"))),
];
