import type { Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, type Metrics, oneOf, subscribe } from "@shoal/monitor";
import type { SharedAllowanceEvents } from "@shoal/realtime-pool";

/** Counts what this replica asks of the joins that all share, and what becomes of it. Once per `metrics`. */
export function observeGrants(metrics: Metrics, events: EventSubscriber<SharedAllowanceEvents>): Unsubscribe {
  const joins = metrics.counter({
    name: "shoal_join_grants_total",
    help: "Joins that this replica asked the fleet's budget for, that it was granted, that it gave back unused, and that it counted by itself because the database did not answer.",
    labels: { outcome: oneOf(["asked", "granted", "returned", "counted"]) },
  });
  const losses = metrics.counter({
    name: "shoal_join_ledger_losses_total",
    help: "Times that the database did not grant joins, so that this replica joined its part by itself.",
  });
  return subscribe<SharedAllowanceEvents>(events, {
    "joins:asked": ({ count }) => joins.inc({ outcome: "asked" }, count),
    "joins:granted": ({ count }) => joins.inc({ outcome: "granted" }, count),
    "joins:returned": ({ count }) => joins.inc({ outcome: "returned" }, count),
    "joins:counted": () => joins.inc({ outcome: "counted" }),
    "ledger:lost": () => losses.inc({}),
    "ledger:found": null,
  });
}
