import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { allOf, type Metrics } from "@shoal/monitor";
import type { StrategyFigures } from "./read-figures.ts";

type Status = "running" | "paused" | "stopped" | "quarantined";

/**
 * Sets the gauges of strategies and orders at every scrape, from figures that are read now and then. `getLatest` is undefined until the
 * first read. They are those of the database, so the same from every daemon: take the maximum, not the sum. Once per `metrics`.
 */
export function observeStrategyFigures(metrics: Metrics, getLatest: () => StrategyFigures | undefined): Unsubscribe {
  const setters = [strategyGauges(metrics), orderGauges(metrics)];
  return metrics.beforeScrape(() => {
    const figures = getLatest();
    if (figures) for (const set of setters) set(figures);
  });
}

function strategyGauges({ gauge }: Metrics) {
  const byStatus = gauge({
    name: "shoal_strategies",
    help: "Strategies in the database by status, as last read; the same from every daemon.",
    labels: { status: allOf<Status>({ running: true, paused: true, stopped: true, quarantined: true }) },
  });
  const due = gauge({
    name: "shoal_strategies_due",
    help: "Strategies that are due and not claimed, up to 100,000, as last read; the same from every daemon.",
  });
  const oldest = gauge({
    name: "shoal_strategies_oldest_due_seconds",
    help: "How long the strategy that is due longest has waited, as last read; the same from every daemon.",
  });
  const owners = gauge({
    name: "shoal_strategy_owners",
    help: "Owners with something to run, as last read; the same from every daemon.",
  });
  const failing = gauge({
    name: "shoal_strategy_owners_failing",
    help: "Those of them with a strategy that failed three times in a row or more.",
  });
  return (figures: StrategyFigures) => {
    const { running, paused, stopped, quarantined } = figures;
    for (const [status, count] of Object.entries({ running, paused, stopped, quarantined })) {
      byStatus.set({ status }, count);
    }
    due.set({}, figures.dueCount);
    oldest.set({}, figures.oldestDueMs / SECOND_MS);
    owners.set({}, figures.ownerCount);
    failing.set({}, figures.failingOwnerCount);
  };
}

function orderGauges({ gauge }: Metrics) {
  const live = gauge({
    name: "shoal_strategy_orders_live",
    help: "Orders at exchanges that are not over, by status, as last read; the same from every daemon.",
    labels: {
      status: allOf<keyof StrategyFigures["orders"]>({ intended: true, sent: true, unknown: true, open: true }),
    },
  });
  const unknown = gauge({
    name: "shoal_strategy_orders_oldest_unknown_seconds",
    help: "How long ago the order that is unknown longest was sent, as last read; the same from every daemon.",
  });
  const intended = gauge({
    name: "shoal_strategy_orders_oldest_intended_seconds",
    help: "How long the order that waits longest has not been sent, as last read; the same from every daemon.",
  });
  const refused = gauge({
    name: "shoal_strategy_secrets_refused",
    help: "Keys of owners that an exchange has refused, as last read; the same from every daemon.",
  });
  return (figures: StrategyFigures) => {
    for (const [status, count] of Object.entries(figures.orders)) live.set({ status }, count);
    unknown.set({}, figures.oldestUnknownMs / SECOND_MS);
    intended.set({}, figures.oldestIntendedMs / SECOND_MS);
    refused.set({}, figures.refusedSecretCount);
  };
}
