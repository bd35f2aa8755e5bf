import { errorFields, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { Matchmaker } from "@shoal/matchmaker";
import type { Health } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import { countLeases, type Database } from "@shoal/store";
import type { Control } from "./control/index.ts";
import type { Lobby } from "./fleet/lobby.ts";
import type { BotManager } from "./fleet/manager.ts";
import type { RetryingMatchDesk } from "./fleet/match-desk.ts";
import type { JobParts } from "./job-parts.ts";
import type { DrainReport } from "./service.types.ts";

/** One thing to close at the very end. */
export interface ClosingStep {
  readonly name: string;
  close(): Promise<unknown>;
}

export interface DrainPlan {
  /** For everything together, in ms. */
  readonly limitMs: number;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Pick<Health, "startDraining">;
  readonly lobby: Pick<Lobby, "stop">;
  readonly matchmaker: Pick<Matchmaker, "drain">;
  readonly manager: Pick<BotManager, "drain">;
  readonly desk: Pick<RetryingMatchDesk, "drain">;
  readonly control: Pick<Control, "drain">;
  readonly jobs: Pick<JobParts, "drain">;
  readonly pool: Pick<RealtimePool, "close" | "getStats" | "destroy">;
  readonly database: Pick<Database, "query">;
  /** Without it there are no tickets, matches or leases to end. */
  readonly hasSchema: boolean;
  /** What nothing uses any more by then, in this order: HTTP, database, backend. */
  readonly closing: readonly ClosingStep[];
}

/** Part of the time that is kept for closing sockets, database and backend. */
const CLOSING_SHARE = 0.3;
/** Even when all the time is gone, a server of ours must be told to stop. */
const LEAST_CLOSING_MS = 500;

/** What is cut off at the end of its time is given back to others, and told of: at most half of the time is kept for that. */
const GIVE_BACK_MS = 2 * SECOND_MS;

/**
 * Ends a daemon: no new tickets, matches, commands or jobs, goodbyes, leases, sockets, database, backend. A step that fails or takes
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

  let handedBack: DrainReport["handedBack"] = { jobIds: [], messages: [] };
  log.info({ limit_ms: plan.limitMs }, "draining: no new matches, bots say goodbye");
  plan.health.startDraining();
  // All of them take no new work from this moment on. Side by side, so that a database or a server that does not answer
  // costs nobody the goodbye.
  const limitMs = goodbyeMs();
  const workMs = Math.max(limitMs - GIVE_BACK_MS, limitMs / 2);
  await Promise.all([
    step("lobby", limitMs, () => plan.lobby.stop()),
    step("matchmaker", limitMs, async () => plan.hasSchema && plan.matchmaker.drain()),
    step("bots", limitMs + 1, () => plan.manager.drain(workMs)),
    step("control", limitMs + 1, () => plan.control.drain(workMs)),
    step("jobs", limitMs + 1, async () => {
      handedBack = await plan.jobs.drain(workMs);
    }),
  ]);
  await step("match desk", goodbyeMs(), () => plan.desk.drain());
  await step("pool", leftMs() / 2, () => plan.pool.close());
  const stats = plan.pool.getStats();
  let leases = 0;
  if (plan.hasSchema) {
    await step("leases", leftMs() / 2, async () => {
      leases = await countLeases(plan.database, plan.replicaId);
    });
  }
  if (!isInTime) plan.pool.destroy(new Error("the drain took too long"));
  for (const { name, close } of plan.closing) await step(name, Math.max(LEAST_CLOSING_MS, leftMs() / 2), close);

  const left = {
    sockets: stats.sockets.open + stats.sockets.connecting,
    slots: stats.slots.held,
    leases,
    timers: clock.pendingTimers,
  };
  const clean = isInTime && Object.values(left).every((count) => count === 0);
  const durationMs = Math.round(clock.monotonicMs() - startedMs);
  log[clean ? "info" : "error"]({ ...left, clean, duration_ms: durationMs }, "drained");
  return { clean, durationMs, left, handedBack };
}
