import type { ConnectionMonitor, DurationSummary, Health, Metrics } from "@shoal/monitor";
import type { PoolStats } from "@shoal/realtime-pool";
import { Hono } from "hono";
import type { ServiceSnapshot } from "../service.types.ts";

export interface OperationDesk {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly connections: ConnectionMonitor;
  readonly version: string;
  phase(): ServicePhase;
  /** Since the daemon started, ms. */
  uptimeMs(): number;
  snapshot(): ServiceSnapshot;
  poolStats(): PoolStats;
  /** How long people waited for the latest matches. */
  matchWait(): DurationSummary;
}

/** `starting` until the schema is in place: there are no tickets. `draining`: they can be looked at only. */
export type ServicePhase = "starting" | "open" | "draining";

/** `/healthz`, `/readyz`, `/metrics` and `/api/health`: for probes, Prometheus and people on call. */
export function operationRoutes(desk: OperationDesk): Hono {
  const routes = new Hono();
  routes.get("/healthz", (context) => {
    const liveness = desk.health.liveness();
    return context.json(liveness, liveness.ok ? 200 : 503);
  });
  routes.get("/readyz", (context) => {
    const readiness = desk.health.readiness();
    return context.json(readiness, readiness.ok ? 200 : 503);
  });
  routes.get("/metrics", async (context) => {
    const { contentType, body } = await desk.metrics.render();
    return context.body(body, 200, { "content-type": contentType });
  });
  routes.get("/api/health", (context) => {
    const readiness = desk.health.readiness();
    return context.json({
      status: readiness.status,
      version: desk.version,
      phase: desk.phase(),
      uptimeMs: Math.round(desk.uptimeMs()),
      liveness: desk.health.liveness(),
      dependencies: readiness.dependencies,
      fleet: desk.snapshot(),
      pool: desk.poolStats(),
      matchWaitMs: desk.matchWait(),
      connections: desk.connections.report(),
    });
  });
  return routes;
}
