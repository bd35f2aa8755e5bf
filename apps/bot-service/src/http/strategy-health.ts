import type { Clock } from "@shoal/kernel";
import { z } from "zod";
import type { StrategyDesk } from "../strategies/desk/strategy-desk.types.ts";
import { shared } from "./health.ts";
import { type Route, route } from "./route.ts";

const body = z.object({
  status: z.enum(["healthy", "critical"]),
  active_strategies: z
    .int()
    .nullable()
    .describe("Strategies that run by their schedules; null while the database is away"),
  scheduler_running: z.boolean().describe("Whether this daemon runs those that are due"),
});

export interface StrategyHealthOptions {
  readonly desk: Pick<StrategyDesk, "activeCount">;
  readonly isSchedulerRunning: () => boolean;
  /** Whether what this daemon does for strategies fails again and again. */
  readonly isFailing: () => boolean;
  readonly clock: Clock;
}

/** `GET /health`, for whoever watches strategies: a database that answers may still take nothing that they write. @source SPEC C */
export function strategyHealthRoute({ desk, isSchedulerRunning, isFailing, clock }: StrategyHealthOptions): Route {
  const activeCount = shared(clock, () => desk.activeCount().catch(() => null));
  return route({
    method: "get",
    path: "/health",
    summary: "Whether strategies run: how many, and whether this daemon schedules them",
    access: "open",
    answers: { 200: body, 503: body },
    async answer(context) {
      const active = await activeCount();
      const isWell = active !== null && !isFailing();
      const status = isWell ? "healthy" : "critical";
      const found = { status, active_strategies: active, scheduler_running: isSchedulerRunning() } as const;
      return context.json(found, isWell ? 200 : 503);
    },
  });
}
