import type { HistoryBody } from "@shoal/bot-service/bodies";

/** How far back the charts go. */
export interface Span {
  readonly id: string;
  readonly title: string;
  /** As the API names it. */
  readonly step: "1s" | "10s";
  readonly refreshMs: number;
}

const SECOND_MS = 1000;
export const SPANS: readonly Span[] = [
  { id: "", title: "15 min", step: "1s", refreshMs: 5 * SECOND_MS },
  { id: "24h", title: "24 h", step: "10s", refreshMs: 60 * SECOND_MS },
];

/** One chart: its lines, by the names of the API and those that are shown. */
export interface PoolChart {
  readonly title: string;
  readonly unit: "count" | "per_s" | "ms";
  readonly lines: readonly (readonly [series: string, name: string])[];
}

/** THE LIST OF CHARTS of the pool. */
export const CHARTS: readonly PoolChart[] = [
  {
    title: "Joins in the window of a minute",
    unit: "count",
    lines: [
      ["joins_used", "spent"],
      ["joins_allowed", "allowed"],
    ],
  },
  {
    title: "Events in the window",
    unit: "count",
    lines: [
      ["events_used", "spent"],
      ["events_allowed", "allowed"],
    ],
  },
  {
    title: "Presence events in the window",
    unit: "count",
    lines: [
      ["presence_used", "spent"],
      ["presence_allowed", "allowed"],
    ],
  },
  { title: "Sockets", unit: "count", lines: [["sockets_open", "open"]] },
  {
    title: "Slots",
    unit: "count",
    lines: [
      ["slots_held", "held"],
      ["slots_capacity", "capacity"],
    ],
  },
  {
    title: "Channels",
    unit: "count",
    lines: [
      ["channels_joined", "joined"],
      ["channels_waiting", "waiting"],
    ],
  },
  {
    title: "Joins and reconnects per second",
    unit: "per_s",
    lines: [
      ["joins_per_s", "joins"],
      ["joins_refused_per_s", "refused"],
      ["reconnects_per_s", "reconnects"],
    ],
  },
  { title: "Answers of the server, 99th percentile", unit: "ms", lines: [["response_p99_ms", "joins and heartbeats"]] },
];

export const SERIES = [...CHARTS.flatMap(({ lines }) => lines.map(([series]) => series)), "breaker"].join(",");

/** Instants of the values, ms. */
export const timesOf = ({ from_ms, step_ms, series }: HistoryBody): number[] => {
  const count = Math.max(0, ...Object.values(series).map(({ length }) => length));
  return Array.from({ length: count }, (_, index) => from_ms + index * step_ms);
};

export const BREAKER_STATES = ["up", "unknown", "held", "away", "refused"] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** How long the breaker stayed in one state, one after the other; null: nothing was measured. */
export interface BreakerSpan {
  readonly state: BreakerState | null;
  readonly lastsMs: number;
}

/** Returns the states of the breaker over time, joined where they are the same. */
export function breakerSpans(values: readonly (number | null)[], stepMs: number): readonly BreakerSpan[] {
  const spans: { state: BreakerState | null; lastsMs: number }[] = [];
  for (const value of values) {
    const state = value === null ? null : (BREAKER_STATES[value] ?? null);
    const last = spans.at(-1);
    if (last?.state === state) last.lastsMs += stepMs;
    else spans.push({ state, lastsMs: stepMs });
  }
  return spans;
}

/** Which part of the time that was measured the breaker was in each state, the longest first. */
export function breakerShares(spans: readonly BreakerSpan[]): readonly (readonly [BreakerState, number])[] {
  const lasted = new Map<BreakerState, number>();
  for (const { state, lastsMs } of spans) if (state) lasted.set(state, (lasted.get(state) ?? 0) + lastsMs);
  const total = [...lasted.values()].reduce((sum, lastsMs) => sum + lastsMs, 0);
  return [...lasted].map(([state, lastsMs]) => [state, lastsMs / total] as const).toSorted((a, b) => b[1] - a[1]);
}
