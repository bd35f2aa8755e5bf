import { createEmitter, createSystemClock } from "@shoal/kernel";
import {
  createConnectionMonitor,
  createHealth,
  createLog,
  createMetrics,
  type ObservedPoolEvents,
  observeHealth,
  observePool,
} from "@shoal/monitor";

const clock = createSystemClock();
const log = createLog({ level: "info", pretty: false });
const metrics = createMetrics({ version: "1.0.0" });
const health = createHealth({
  clock,
  onEventLoopLag: (lagMs) => metrics.service.eventLoopLag.observe({}, lagMs / 1000),
});

// A pool has both; here they stand alone.
const events = createEmitter<ObservedPoolEvents>();
const getStats = () => ({
  sockets: { open: 1, connecting: 0, probing: 0, max: 5 },
  slots: { held: 1, free: 9, capacity: 50 },
  channels: { waiting: 0, joining: 0, joined: 1 },
  joins: { pending: 0, paced: 0 },
  breaker: { state: "up" },
  budgets: {
    joins: { used: 1, allowed: 4800, ratio: 1 },
    events: { used: 0, allowed: 80, ratio: 1 },
    presence: { used: 0, allowed: 16, ratio: 1 },
  },
  reconnects: 0,
});
observePool(metrics, events, getStats);
observeHealth(metrics, health);
const connections = createConnectionMonitor({ clock, events, getStats });

const database = health.dependency("database", { required: true });
const matchLoop = health.loop("matchmaker", 10_000);
const cycles = health.reportLoop("matchmaker"); // not ready while it fails again and again
database.set({ state: "ok" });
matchLoop.beat();
cycles.succeeded();
events.emit("channel:joined", { topic: "global:lobby", clientId: "bot-1", joinMs: 42 });

log.info({ ready: health.readiness().ok }, "up");
export const answers = {
  "/metrics": await metrics.render(), // { contentType, body }
  "/healthz": health.liveness(), // 200 when ok, otherwise 503
  "/readyz": health.readiness(), // the same
  "/api/health": connections.report(),
};
health.close(); // its one timer
