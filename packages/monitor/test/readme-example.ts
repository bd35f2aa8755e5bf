import { createSystemRuntime } from "@shoal/kernel";
import {
  createConnectionMonitor,
  createHealth,
  createLog,
  createMetrics,
  observeHealth,
  observePool,
} from "@shoal/monitor";
import { createRealtimePool } from "@shoal/realtime-pool";

const log = createLog({ level: "info", pretty: false });
const runtime = createSystemRuntime(log);
const { clock } = runtime;
const metrics = createMetrics({ version: "1.0.0" });
const health = createHealth({
  clock,
  onEventLoopLag: (lagMs) => metrics.service.eventLoopLag.observe({}, lagMs / 1000),
});
const pool = createRealtimePool({ url: "http://localhost:54321", apiKey: "key", runtime });
observePool(metrics, pool.events, () => pool.getStats());
observeHealth(metrics, health);
const connections = createConnectionMonitor({ clock, events: pool.events, getStats: () => pool.getStats() });

const database = health.dependency("database", { required: true });
const matchLoop = health.loop("matchmaker", 10_000);
const cycles = health.reportLoop("matchmaker"); // not ready while it fails again and again
database.set({ state: "ok" });
matchLoop.beat();
cycles.succeeded();

// A metric of your own: defined beside what feeds it.
const greetings = metrics.counter({ name: "shoal_greetings_total", help: "Greetings said." });
greetings.inc({});

log.info({ ready: health.readiness().ok }, "up");
export const answers = {
  "/metrics": await metrics.render(), // { contentType, body }
  "/healthz": health.liveness(), // 200 when ok, otherwise 503
  "/readyz": health.readiness(), // the same
  "/api/health": connections.report(),
};
health.close(); // its one timer
await pool.close();
