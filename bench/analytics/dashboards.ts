import { type Clock, SECOND_MS, sleep } from "@shoal/kernel";
import { quantile } from "../sandbox/measure.ts";

/** Dashboards, spread over the replicas. Each asks all six questions one after the other, and again 5 s later. */
export const DASHBOARD_COUNT = 100;
const EVERY_MS = 5 * SECOND_MS;

export type Ask = (replica: number, question: number) => Promise<void>;

export interface AskFigures {
  readonly asked: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the first question, the dashboard. */
  readonly dashboardP99Ms: number;
}

/** Has all dashboards ask for `durationMs`. */
export async function watchDashboards(
  clock: Clock,
  durationMs: number,
  questionCount: number,
  ask: Ask,
): Promise<AskFigures> {
  const all: number[] = [];
  const ofDashboard: number[] = [];
  let failed = 0;
  const endMs = clock.monotonicMs() + durationMs;
  const watch = async (dashboard: number) => {
    // Spread over the time between two rounds, or over all there is.
    const firstMs = endMs - durationMs + (Math.min(EVERY_MS, durationMs) * dashboard) / DASHBOARD_COUNT;
    for (let roundMs = firstMs; roundMs < endMs; roundMs += EVERY_MS) {
      await sleep(clock, roundMs - clock.monotonicMs());
      for (let question = 0; question < questionCount; question += 1) {
        const askedMs = clock.monotonicMs();
        await ask(dashboard, question).catch(() => {
          failed += 1;
        });
        const tookMs = clock.monotonicMs() - askedMs;
        all.push(tookMs);
        if (question === 0) ofDashboard.push(tookMs);
      }
    }
  };
  await Promise.all(Array.from({ length: DASHBOARD_COUNT }, (_, dashboard) => watch(dashboard)));
  return {
    ...{ asked: all.length, failed, p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99) },
    dashboardP99Ms: quantile(ofDashboard, 0.99),
  };
}
