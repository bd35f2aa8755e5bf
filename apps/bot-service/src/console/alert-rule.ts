import type { WorkFigures } from "@shoal/job-queue";
import { SECOND_MS } from "@shoal/kernel";
import type { FiringAlert } from "../http/console-snapshot-body.ts";
import type { History } from "./history.ts";
import type { Figures, SeriesName } from "./history-series.ts";
import type { Unjudged } from "./snapshot.ts";

/** What a daemon knows by itself. */
export interface Own {
  readonly now: Unjudged;
  readonly past: Pick<History<SeriesName, Figures>, "increase" | "lowest" | "highest" | "quantile">;
  /** Of the whole database, when last read. */
  readonly work: WorkFigures | undefined;
}

/** An alert of deploy/observability that a daemon can tell of itself, by the same name, time, weight and words. */
export interface AlertRule {
  readonly alert: string;
  readonly severity: FiringAlert["severity"];
  readonly forMs: number;
  readonly summary: string;
  /** What fires, with the number; null where nothing does. */
  readonly find: (own: Own) => string | null;
}

type Rule = Omit<AlertRule, "severity"> & { readonly severity?: AlertRule["severity"] };

export const rule = ({ severity = "critical", ...rest }: Rule): AlertRule => ({ ...rest, severity });
export const when = (isTrue: boolean | null | undefined, detail: string) => (isTrue ? detail : null);
export const seconds = (ms: number) => `${Math.round(ms / SECOND_MS)} s`;

interface Bounds {
  readonly warning: number;
  readonly critical: number;
}

/** A warning from one number on, and in its place something critical from the other on. */
export function twice(
  { warning, critical }: Bounds,
  words: Pick<AlertRule, "alert" | "forMs" | "summary">,
  read: (own: Own) => number | null | undefined,
  detail: (value: number) => string,
): AlertRule[] {
  const within = (from: number, to: number) => (own: Own) => {
    const value = read(own);
    return value !== null && value !== undefined && value >= from && value < to ? detail(value) : null;
  };
  return [
    { ...words, severity: "warning", find: within(warning, critical) },
    { ...words, severity: "critical", find: within(critical, Infinity) },
  ];
}

export const inMs = ({ warning, critical }: Bounds) => ({
  warning: warning * SECOND_MS,
  critical: critical * SECOND_MS,
});

/** Returns a dependency that is not well. */
export const isTroubled = ({ readiness }: Own["now"], dependency: string) =>
  readiness.dependencies.find(({ name, state }) => name === dependency && state !== "ok");
