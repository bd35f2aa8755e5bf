import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  MappingType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** The datasource chosen at the top of the dashboard. */
export const DATASOURCE = { type: "prometheus", uid: "$datasource" };
/** The daemons chosen at the top of the dashboard. */
export const REPLICA = 'instance=~"$replica"';

export type PanelSource = Builder<Panel>;
/** Grafana's own names. @source `@grafana/grafana-foundation-sdk/units` */
export type Unit = "short" | "s" | "percentunit" | "bytes" | "ops" | "currencyUSD";
/** The number is the alert's: red from there on, or below it. */
export type Limits =
  | { readonly alertAt: number; readonly warnAt?: number }
  | { readonly alertBelow: number; readonly warnBelow: number };

interface Query {
  readonly expr: string;
  /** Grafana's template: `{{state}}`. */
  readonly legend: string;
}

export interface Chart {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly isStacked?: boolean;
  readonly limits?: Limits;
  /** Of 24. Default 8. */
  readonly width?: number;
}

export interface Figure extends Omit<Chart, "queries" | "isStacked"> {
  readonly expr: string;
  readonly mappings?: ValueMapping[];
}

const GREEN = "green";
const YELLOW = "yellow";
const RED = "red";

function steps(limits: Limits | undefined): Threshold[] {
  const start = { value: null, color: GREEN };
  if (!limits) return [start];
  if ("alertBelow" in limits) {
    const { alertBelow, warnBelow } = limits;
    return [
      { value: null, color: RED },
      { value: alertBelow, color: YELLOW },
      { value: warnBelow, color: GREEN },
    ];
  }
  const { warnAt, alertAt } = limits;
  return [start, ...(warnAt === undefined ? [] : [{ value: warnAt, color: YELLOW }]), { value: alertAt, color: RED }];
}

const thresholds = (limits: Limits | undefined) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(limits));

const target = ({ expr, legend }: Query, index: number) =>
  new DataqueryBuilder()
    .refId(String.fromCharCode(65 + index))
    .expr(expr)
    .legendFormat(legend);

/** Values as words with a colour. */
export function words(byValue: Readonly<Record<number, readonly [text: string, color: string]>>): ValueMapping[] {
  const options = Object.entries(byValue).map(([value, [text, color]], index) => [value, { text, color, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

/** Lines over time. */
export function chart({ title, description, unit, queries, isStacked, limits, width = 8 }: Chart): PanelSource {
  const panel = new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .min(0)
    .span(width)
    .height(7)
    .lineWidth(1)
    .fillOpacity(isStacked ? 30 : 5)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(queries.map((query, index) => target(query, index).range()));
  if (isStacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (!limits) return panel;
  const style = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
  return panel.thresholds(thresholds(limits)).thresholdsStyle(style);
}

/** One number that is green or not. */
export function figure({ title, description, unit, expr, limits, mappings = [], width = 4 }: Figure): PanelSource {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(width)
    .height(4)
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .noValue("none")
    .mappings(mappings)
    .thresholds(thresholds(limits))
    .targets([target({ expr, legend: title }, 0).instant()]);
}

/** States over time, a line for each daemon or dependency. */
export function timeline(options: Omit<Chart, "unit" | "limits"> & { readonly mappings: ValueMapping[] }): PanelSource {
  const { title, description, queries, mappings, width = 8 } = options;
  return new TimelineBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(7)
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .mappings(mappings)
    .thresholds(thresholds(undefined))
    .targets(queries.map((query, index) => target(query, index).range()));
}

/** `rate` of a counter of the chosen daemons, summed by a label or altogether. */
export const rateOf = (metric: string, by?: string, matchers = "") =>
  `sum${by ? ` by (${by})` : ""} (rate(${metric}{${REPLICA}${matchers && `, ${matchers}`}}[$__rate_interval]))`;

/** What that part of the values of a histogram lie below, over the chosen daemons. */
export const quantileOf = (ratio: number, metric: string, by?: string) =>
  `histogram_quantile(${ratio}, sum by (le${by ? `, ${by}` : ""}) (rate(${metric}_bucket{${REPLICA}}[$__rate_interval])))`;

/** The three lines of a histogram. */
export const quantilesOf = (metric: string): Query[] =>
  [0.5, 0.95, 0.99].map((ratio) => ({ expr: quantileOf(ratio, metric), legend: `p${ratio * 100}` }));

/** A gauge of the chosen daemons, summed by a label or altogether. */
export const sumOf = (metric: string, by?: string, matchers = "") =>
  `sum${by ? ` by (${by})` : ""} (${metric}{${REPLICA}${matchers && `, ${matchers}`}})`;

/** A gauge that every daemon tells alike, by a label or altogether. */
export const maxOf = (metric: string, by?: string, matchers = "") =>
  `max${by ? ` by (${by})` : ""} (${metric}{${REPLICA}${matchers && `, ${matchers}`}})`;
