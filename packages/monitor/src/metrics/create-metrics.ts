import type { Unsubscribe } from "@shoal/kernel";
import { Registry } from "prom-client";
import { type ProcessFigures, readProcessFigures } from "../adapters/process-figures.ts";
import { catalogueOf, type MetricInfo } from "./catalogue.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { createBuildInfo, createProcessMetrics } from "./process.ts";
import { createServiceMetrics, type ServiceMetrics } from "./service.ts";

/** All optional. */
export interface MetricsOptions {
  /** Of the daemon, for `shoal_build_info`. Default `unknown`. */
  readonly version?: string;
  /** Default: this process. */
  readonly readProcess?: () => ProcessFigures;
}

/** One answer for a scraper. */
export interface Scrape {
  readonly contentType: string;
  readonly body: string;
}

/** Defines instruments, each name once, and reads them all. */
export interface Metrics extends Instruments {
  readonly service: ServiceMetrics;
  /** Calls `collect` before every scrape, to set gauges. One that throws is counted and spoils nothing else. */
  beforeScrape(collect: () => void): Unsubscribe;
  /** All metrics defined so far, by name. */
  catalogue(): readonly MetricInfo[];
  /** Everything in the Prometheus text format. */
  render(): Promise<Scrape>;
}

/**
 * Metrics in a registry of their own, to begin with those of the process and the daemon; `observePool` and the like add
 * those of each part. Prefix `shoal_`, base units (seconds, bytes). Labels hold classes, states and codes only; ids and
 * topics cannot get in. Nothing runs between scrapes.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  const collectors = new Set<{ readonly collect: () => void }>();
  createBuildInfo(registry, options.version ?? "unknown");
  collectors.add({ collect: createProcessMetrics(registry, options.readProcess ?? readProcessFigures) });
  const collectErrors = instruments.counter({
    name: "shoal_metrics_collect_errors_total",
    help: "Parts that failed to give their figures for a scrape.",
  });

  const collectAll = () => {
    for (const { collect } of collectors) {
      try {
        collect();
      } catch {
        collectErrors.inc({});
      }
    }
  };

  return {
    ...instruments,
    service: createServiceMetrics(instruments),
    beforeScrape(collect) {
      const entry = { collect };
      collectors.add(entry);
      return () => void collectors.delete(entry);
    },
    catalogue: () => catalogueOf(registry),
    async render() {
      collectAll();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
