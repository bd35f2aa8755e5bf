import type { Unsubscribe } from "@shoal/kernel";
import { Registry } from "prom-client";
import { type ProcessFigures, readProcessFigures } from "../adapters/process-figures.ts";
import { catalogueOf, type MetricInfo } from "./catalogue.ts";
import { type ControlMetrics, createControlMetrics } from "./control-metrics.ts";
import { createFleetMetrics, type FleetMetrics } from "./fleet-metrics.ts";
import { createInngestMetrics, type InngestMetrics } from "./inngest-metrics.ts";
import { createJobMetrics, type JobMetrics } from "./job-metrics.ts";
import { createMatchMetrics, type MatchMetrics } from "./match-metrics.ts";
import { createPoolMetrics, type PoolMetrics } from "./pool-metrics.ts";
import { createBuildInfo, createProcessMetrics } from "./process-metrics.ts";
import { createQueueMetrics, type QueueMetrics } from "./queue-metrics.ts";
import { createScheduleMetrics, type ScheduleMetrics } from "./schedule-metrics.ts";
import { createServiceMetrics, type ServiceMetrics } from "./service-metrics.ts";

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

/** The instruments by part, and the way to read them all. */
export interface Metrics {
  readonly pool: PoolMetrics;
  readonly match: MatchMetrics;
  readonly fleet: FleetMetrics;
  readonly control: ControlMetrics;
  readonly jobs: JobMetrics;
  readonly queues: QueueMetrics;
  readonly schedules: ScheduleMetrics;
  readonly inngest: InngestMetrics;
  readonly service: ServiceMetrics;
  /** Calls `collect` before every scrape, to set gauges. One that throws is counted and spoils nothing else. */
  beforeScrape(collect: () => void): Unsubscribe;
  /** All metrics there are, by name: what dashboards and alert rules may refer to. */
  catalogue(): readonly MetricInfo[];
  /** Everything in the Prometheus text format. */
  render(): Promise<Scrape>;
}

/**
 * All metrics of the daemon in a registry of their own, prefix `shoal_`, base units (seconds, bytes). Labels hold
 * classes, states and codes only; ids and topics cannot get in. Nothing runs between scrapes.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const collectors = new Set<{ readonly collect: () => void }>();
  const service = createServiceMetrics(registry);
  createBuildInfo(registry, options.version ?? "unknown");
  collectors.add({ collect: createProcessMetrics(registry, options.readProcess ?? readProcessFigures) });

  const collectAll = () => {
    for (const { collect } of collectors) {
      try {
        collect();
      } catch {
        service.collectErrors.inc({});
      }
    }
  };

  return {
    pool: createPoolMetrics(registry),
    match: createMatchMetrics(registry),
    fleet: createFleetMetrics(registry),
    control: createControlMetrics(registry),
    jobs: createJobMetrics(registry),
    queues: createQueueMetrics(registry),
    schedules: createScheduleMetrics(registry),
    inngest: createInngestMetrics(registry),
    service,
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
