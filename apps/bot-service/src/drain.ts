import { errorFields, type Runtime, withTimeout } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import type { Health } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import type { Lobby } from "./fleet/lobby.ts";
import type { BotManager } from "./fleet/manager.ts";
import type { RetryingMatchDesk } from "./fleet/match-desk.ts";
import type { DrainReport } from "./service.types.ts";

export interface DrainPlan {
  /** For everything together, in ms. */
  readonly limitMs: number;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Health;
  readonly lobby: Lobby;
  readonly matchmaker: Matchmaker;
  readonly manager: BotManager;
  readonly desk: RetryingMatchDesk;
  readonly pool: RealtimePool;
  readonly database: Database;
  /** Without it there are no tickets, matches or leases to end. */
  readonly hasSchema: boolean;
  /** Frees what is left once nothing uses it any more: probes, HTTP, database, backend. */
  last(): Promise<void>;
}

/** Part of the time that is kept for closing sockets, database and backend. */
const CLOSING_SHARE = 0.3;

/**
 * Ends a daemon: no new tickets, no new matches, goodbyes, leases, sockets, database, backend. A step that fails or takes
 * too long is logged, and the next one is done all the same.
 */
export async function drainService(plan: DrainPlan): Promise<DrainReport> {
  const { clock, log } = plan.runtime;
  const startedMs = clock.monotonicMs();
  const deadlineMs = startedMs + plan.limitMs;
  const leftMs = () => Math.max(0, deadlineMs - clock.monotonicMs());
  let isInTime = true;
  const step = async (name: string, limitMs: number, work: () => Promise<unknown>) => {
    try {
      const outcome = await withTimeout(clock, limitMs, work());
      if (outcome.kind === "value") return;
      log.error({ step: name, limit_ms: Math.round(limitMs) }, "a step of the drain took too long");
    } catch (thrown) {
      log.error({ step: name, ...errorFields(thrown) }, "a step of the drain failed");
    }
    isInTime = false;
  };
  const goodbyeMs = () => Math.max(0, leftMs() - plan.limitMs * CLOSING_SHARE);

  log.info({ limit_ms: plan.limitMs }, "draining: no new matches, bots say goodbye");
  plan.health.startDraining();
  await step("lobby", goodbyeMs(), () => plan.lobby.stop());
  if (plan.hasSchema) await step("matchmaker", goodbyeMs(), () => plan.matchmaker.drain());
  await step("bots", goodbyeMs() + 1, () => plan.manager.drain(goodbyeMs()));
  await step("match desk", goodbyeMs(), () => plan.desk.drain());
  await step("pool", leftMs(), () => plan.pool.close());
  const stats = plan.pool.getStats();
  let leases = 0;
  if (plan.hasSchema) {
    await step("leases", leftMs(), async () => {
      leases = await countLeases(plan.database, plan.replicaId);
    });
  }
  if (!isInTime) plan.pool.destroy(new Error("the drain took too long"));
  await step("backend", leftMs(), plan.last);

  const left = {
    sockets: stats.sockets.open + stats.sockets.connecting,
    slots: stats.slots.held,
    leases,
    timers: clock.pendingTimers,
  };
  const clean = isInTime && Object.values(left).every((count) => count === 0);
  const durationMs = Math.round(clock.monotonicMs() - startedMs);
  log[clean ? "info" : "error"]({ ...left, clean, duration_ms: durationMs }, "drained");
  return { clean, durationMs, left };
}

/** Leases of this replica that others would still have to wait for. */
async function countLeases(database: Database, replicaId: string): Promise<number> {
  const text = "select count(*)::int as held from shoal.leases where holder = $1 and expires_at > now()";
  const [row] = await database.query<{ held: number }>(text, [replicaId]);
  return row?.held ?? 0;
}
