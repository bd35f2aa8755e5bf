import { Counter, Gauge, type Registry } from "prom-client";

/** One metric as it is declared, whether or not it has values yet. */
export interface MetricInfo {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

function labelsOf(metric: object): string[] {
  // prom-client keeps them on the metric but does not declare them.
  const names: unknown = "labelNames" in metric ? metric.labelNames : [];
  return Array.isArray(names) ? names.map(String) : [];
}

/** All metrics of a registry, by name. It holds counters, gauges and histograms only. */
export function catalogueOf(registry: Registry): MetricInfo[] {
  return registry
    .getMetricsAsArray()
    .map(
      (metric) =>
        ({
          name: metric.name,
          type: metric instanceof Counter ? "counter" : metric instanceof Gauge ? "gauge" : ("histogram" as const),
          labels: labelsOf(metric),
          help: metric.help,
        }) satisfies MetricInfo,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
