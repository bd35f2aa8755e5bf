import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import {
  allOf,
  type EventSubscriber,
  errorCodes,
  JOB_SECONDS,
  type Metrics,
  subscribe,
  WORK_SECONDS,
  workNames,
} from "@shoal/monitor";
import type { OrderEvents } from "./events.ts";

const statuses = allOf<OrderEvents["order:changed"]["status"]>({
  ...{ intended: true, sent: true, unknown: true, open: true, filled: true, cancelled: true, rejected: true },
});

/** Feeds the metrics of orders at exchanges from the dispatcher's events. Once per `metrics`. The result takes all listeners away again. */
export function observeOrders(metrics: Metrics, events: EventSubscriber<OrderEvents>): Unsubscribe {
  const { counter, histogram } = metrics;
  const venue = workNames();
  const orders = counter({
    name: "shoal_strategy_orders_total",
    help: "Changes of orders at exchanges, by venue and the status they came to.",
    labels: { venue, status: statuses },
  });
  const answer = histogram({
    name: "shoal_strategy_order_answer_seconds",
    help: "Time from the run that wanted an order until the exchange's first answer to it.",
    buckets: JOB_SECONDS,
  });
  const refusals = counter({
    name: "shoal_strategy_order_ends_total",
    help: "Orders that were cancelled or rejected, or are unknown, by the code of the reason.",
    labels: { code: errorCodes() },
  });
  const fills = counter({
    name: "shoal_strategy_fills_total",
    help: "Fills of exchanges, by venue.",
    labels: { venue },
  });
  const answered = counter({
    name: "shoal_strategy_order_calls_answered_total",
    help: "Calls of an exchange that it answered, by venue.",
    labels: { venue },
  });
  const failed = counter({
    name: "shoal_strategy_order_calls_failed_total",
    help: "Calls of an exchange that failed, by venue; the order is looked at again.",
    labels: { venue },
  });
  const errors = counter({
    name: "shoal_strategy_order_errors_total",
    help: "Calls of exchanges that failed, by error code.",
    labels: { code: errorCodes() },
  });
  const lost = counter({
    name: "shoal_strategy_orders_lost_total",
    help: "Orders of which nothing was written because another daemon has them.",
  });
  const refused = counter({
    name: "shoal_strategy_keys_refused_total",
    help: "Times that an exchange refused the keys of an owner, by venue.",
    labels: { venue },
  });
  const turn = histogram({
    name: "shoal_strategy_order_turn_duration_seconds",
    help: "Time for one statement that writes and claims orders.",
    buckets: WORK_SECONDS,
  });
  const turnsFailed = counter({
    name: "shoal_strategy_order_turns_failed_total",
    help: "Statements of the dispatcher that failed and are sent again, by error code.",
    labels: { code: errorCodes() },
  });
  return subscribe<OrderEvents>(events, {
    "order:changed": (order) => {
      orders.inc({ venue: order.venue, status: order.status });
      if (order.code !== null) refusals.inc({ code: order.code });
      if (order.answeredAfterMs !== null) answer.observe({}, order.answeredAfterMs / SECOND_MS);
    },
    "order:failed": (order) => {
      failed.inc({ venue: order.venue });
      errors.inc({ code: order.code });
    },
    "exchange:answered": (exchange) => answered.inc({ venue: exchange.venue }),
    "order:filled": (order) => fills.inc({ venue: order.venue }, order.count),
    "order:lost": () => lost.inc({}),
    "secret:refused": (secret) => refused.inc({ venue: secret.venue }),
    "orders:turn": ({ durationMs }) => turn.observe({}, durationMs / SECOND_MS),
    "orders:failed": ({ code }) => turnsFailed.inc({ code }),
  });
}
