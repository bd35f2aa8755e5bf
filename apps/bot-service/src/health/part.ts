import { type Runtime, summarize, type Timer } from "@shoal/kernel";
import { type Health, type Metrics, observeHealth, readProcessFigures, runtimeName } from "@shoal/monitor";
import type { Config } from "../config.ts";
import type { DatabasePart } from "../database/part.ts";
import { observeFleet } from "../fleet/metrics.ts";
import type { FleetPart } from "../fleet/part.ts";
import { healthRoutes } from "../http/health.ts";
import { type HealthSources, operationRoutes, type ServicePhase } from "../http/operation.ts";
import type { JobsPart } from "../jobs/part.ts";
import type { MatchingPart } from "../matching/part.ts";
import type { Part, PartHealth } from "../part.ts";
import type { PoolPart } from "../pool/part.ts";
import type { RenewedMembers } from "../replicas/members.ts";
import { replicaSnapshot } from "../replicas/snapshot.ts";
import { watchDependencies } from "./dependencies.ts";
import { createSnapshots } from "./snapshot.ts";

export interface HealthPartOptions {
  readonly config: Pick<Config, "role">;
  readonly runtime: Runtime;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly version: string;
  readonly phase: () => ServicePhase;
  /** Returns the checks of all parts. Called at `start`. */
  readonly checks: () => readonly PartHealth[];
  readonly members: Pick<RenewedMembers, "showFigures">;
  readonly postgres: DatabasePart;
  readonly realtime: PoolPart;
  readonly matching: MatchingPart;
  readonly bots: FleetPart;
  readonly jobs: JobsPart;
}

/** Shows the health of the daemon and its dependencies to probes, Prometheus and people on call. */
export function createHealthPart(options: HealthPartOptions) {
  const { runtime, health, metrics, version, phase, checks, postgres, realtime, matching, bots, jobs } = options;
  const { clock } = runtime;
  const { pool } = realtime;
  const startedMs = clock.monotonicMs();
  const snapshots = createSnapshots({ pool, ...matching, manager: bots.manager });
  let watch: Timer | undefined;
  const sources: HealthSources = {
    ...{ health, metrics, version, phase, role: options.config.role },
    connections: realtime.connections,
    uptimeMs: () => clock.monotonicMs() - startedMs,
    snapshot: snapshots.snapshot,
    poolStats: () => pool.getStats(),
    work: jobs.work,
    matchWait: () => summarize(matching.waits.values()),
  };
  const figures = {
    queues: jobs.readHealth,
    database: postgres.readHealth,
    process: readProcessFigures,
    runtimeName: runtimeName(),
  };
  return {
    snapshot: snapshots.snapshot,
    name: "health",
    observe: (metrics) => [observeFleet(metrics, snapshots.snapshot), observeHealth(metrics, health), snapshots.close],
    routes: () => [...operationRoutes(sources), ...healthRoutes(figures, sources, clock)],
    start(signal) {
      watch = watchDependencies({ health, runtime, checks: checks(), signal });
      options.members.showFigures(() => {
        const service = options.config.role === "worker" ? null : snapshots.snapshot();
        return replicaSnapshot({ health, figures: readProcessFigures(), service });
      });
      signal.addEventListener("abort", () => health.startDraining(), { once: true });
    },
    async close() {
      watch?.cancel();
    },
  } satisfies Part & Record<string, unknown>;
}
