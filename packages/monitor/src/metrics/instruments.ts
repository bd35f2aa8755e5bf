import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, type Registry } from "prom-client";
import type { Vocabulary } from "./labels.ts";

/** One value per label of the metric; `{}` for a metric without labels. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/** Only goes up. `by` is 1 by default; what is not a positive finite number is ignored. */
export interface Counter<Name extends string = never> {
  inc(labels: Labels<Name>, by?: number): void;
  /** Starts the series at 0, where a value of a label is known only after the metric was made. */
  zero(labels: Labels<Name>): void;
}

/** Holds the last value set. */
export interface Gauge<Name extends string = never> {
  set(labels: Labels<Name>, value: number): void;
}

/** Counts values by size; what is not a finite number is ignored, below 0 counts as 0. */
export interface Histogram<Name extends string = never> {
  observe(labels: Labels<Name>, value: number): void;
  /** As of a counter. What was observed of it is forgotten. */
  zero(labels: Labels<Name>): void;
}

type LabelRules<Name extends string> = Readonly<Record<Name, Vocabulary>>;

/** What a metric is called, what it says, and which values each of its labels may take. */
export interface MetricDefinition<Name extends string> {
  readonly name: string;
  /** One sentence, for the catalogue and for Prometheus. */
  readonly help: string;
  /** Default: none. */
  readonly labels?: LabelRules<Name>;
}

/** Defines metrics. Throws for a name that is taken. */
export interface Instruments {
  counter<Name extends string = never>(definition: MetricDefinition<Name>): Counter<Name>;
  gauge<Name extends string = never>(definition: MetricDefinition<Name>): Gauge<Name>;
  /** `buckets`: upper bounds, ascending. */
  histogram<Name extends string = never>(
    definition: MetricDefinition<Name> & { readonly buckets: readonly number[] },
  ): Histogram<Name>;
}

const names = <Name extends string>(rules: LabelRules<Name>) => Object.keys(rules) as Name[];

function bounded<Name extends string>(rules: LabelRules<Name>, labels: Labels<Name>): Record<Name, string> {
  return Object.fromEntries(names(rules).map((name) => [name, rules[name].fit(labels[name])])) as Record<Name, string>;
}

/** Every combination of known label values; the single empty one when there are no labels. */
function combinations<Name extends string>(rules: LabelRules<Name>): Record<string, string>[] {
  return names(rules).reduce<Record<string, string>[]>(
    (all, name) => all.flatMap((labels) => rules[name].known.map((value) => ({ ...labels, [name]: value }))),
    [{}],
  );
}

export function createInstruments(registry: Registry): Instruments {
  const registers = [registry];
  const rulesOf = <Name extends string>({ labels }: MetricDefinition<Name>) => labels ?? ({} as LabelRules<Name>);
  return {
    counter(definition) {
      const { name, help } = definition;
      const rules = rulesOf(definition);
      const inner = new PromCounter<string>({ name, help, labelNames: names(rules), registers });
      // Without a first 0 a rate() misses the first event, which is the one an alert is for.
      for (const labels of combinations(rules)) inner.inc(labels, 0);
      return {
        inc(labels, by = 1) {
          if (by > 0 && Number.isFinite(by)) inner.inc(bounded(rules, labels), by);
        },
        zero: (labels) => inner.inc(bounded(rules, labels), 0),
      };
    },
    gauge(definition) {
      const { name, help } = definition;
      const rules = rulesOf(definition);
      const inner = new PromGauge<string>({ name, help, labelNames: names(rules), registers });
      for (const labels of combinations(rules)) inner.set(labels, 0);
      return { set: (labels, value) => inner.set(bounded(rules, labels), value) };
    },
    histogram(definition) {
      const { name, help, buckets } = definition;
      const rules = rulesOf(definition);
      const options = { name, help, labelNames: names(rules), buckets: [...buckets], registers };
      const inner = new PromHistogram<string>(options);
      for (const labels of combinations(rules)) inner.zero(labels);
      return {
        observe(labels, value) {
          if (Number.isFinite(value)) inner.observe(bounded(rules, labels), Math.max(0, value));
        },
        zero: (labels) => inner.zero(bounded(rules, labels)),
      };
    },
  };
}

/** Seconds. Network round trips: 5 ms to a minute. */
export const ROUND_TRIP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds. Statements, of which there are hundreds by name, so few bounds: 1 ms to 10 s, with the default of SLOW_QUERY_MS. */
export const STATEMENT_SECONDS = [0.001, 0.005, 0.02, 0.05, 0.2, 0.5, 2, 10];
/** Seconds. Work inside the process: 0.5 ms to 5 s, with the 200 ms that an answer of analytics may take as a bound. */
export const WORK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2.5, 5];
/** Seconds. Jobs and messages, waiting and at work: 1 ms to 3 h, with the time limit of 5 min and the thresholds of SPEC E. */
export const JOB_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3600, 10_800];
/** Seconds. Waits of people, and gaps in a channel: 0.1 s to 10 min, with the 4 s bot time and the 5.5 s target as bounds. */
export const WAIT_SECONDS = [0.1, 0.25, 0.5, 1, 2, 4, 5.5, 8, 15, 30, 60, 120, 300, 600];
