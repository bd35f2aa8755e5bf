import { FleetError, type Runtime, withTimeout } from "@shoal/kernel";
import { createConnectionMonitor, observePool } from "@shoal/monitor";
import { createRealtimePool, type JoinAllowance } from "@shoal/realtime-pool";
import type { Backend } from "../backend/backend.ts";
import type { Config } from "../config.ts";
import { channelRoutes } from "../http/console-lists.ts";
import { poolTimelineRoute } from "../http/pool-timeline.ts";
import type { Part } from "../part.ts";
import { shareWithMembers } from "../replicas/budget/share.ts";
import type { Members } from "../replicas/members.ts";
import { realtimeHealth } from "./health.ts";
import { logPool } from "./log.ts";
import { poolOptions } from "./options.ts";
import { createTimeline } from "./timeline.ts";

export interface PoolPartOptions {
  readonly config: Config;
  readonly backend: Backend;
  readonly runtime: Runtime;
  /** Who else spends the project's limits. */
  readonly members: Pick<Members, "replicaId" | "live" | "events">;
  /** The joins that all of them share. */
  readonly joinAllowance: JoinAllowance;
  /** Whether this replica need not have a channel at the moment. */
  readonly mayRest: () => boolean;
}

export type PoolPart = ReturnType<typeof createPoolPart>;

/** Runs the sockets and channels of this process, with their health, log and metrics. */
export function createPoolPart({ config, backend, runtime, members, joinAllowance, mayRest }: PoolPartOptions) {
  const { supabaseUrl: url, serviceRoleKey: apiKey } = backend;
  const { clock } = runtime;
  const pool = createRealtimePool({ url, apiKey, runtime, joinAllowance, options: poolOptions(config) });
  const stopSharing = shareWithMembers(members, pool);
  const connections = createConnectionMonitor({ clock, events: pool.events, getStats: () => pool.getStats() });
  const timeline = createTimeline(pool.events, clock);
  const { health, close: closeHealth } = realtimeHealth(pool, mayRest);
  return {
    pool,
    connections,
    name: "pool",
    role: "fleet",
    observe: (metrics) => [
      observePool(metrics, pool.events, () => pool.getStats()),
      logPool(pool.events, runtime),
      () => connections.close(),
      timeline.close,
      closeHealth,
    ],
    health,
    routes: () => [poolTimelineRoute(timeline), ...channelRoutes(pool, connections)],
    async close(limitMs) {
      stopSharing();
      const closed = await withTimeout(clock, limitMs, pool.close());
      if (closed.kind === "value") return;
      const error = new FleetError(
        "SERVICE_POOL_NOT_CLOSED",
        `the pool did not close within ${Math.round(limitMs)} ms`,
      );
      pool.destroy(error);
      throw error;
    },
    left() {
      const { sockets, slots } = pool.getStats();
      return { sockets: sockets.open + sockets.connecting, slots: slots.held };
    },
  } satisfies Part & Record<string, unknown>;
}
