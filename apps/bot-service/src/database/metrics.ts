import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import {
  type EventSubscriber,
  errorCodes,
  type Metrics,
  oneOf,
  STATEMENT_SECONDS,
  statementNames,
  subscribe,
} from "@shoal/monitor";
import type { ConnectionFigures, StoreEvents } from "@shoal/store";

/**
 * Feeds the metrics of statements and connections from the events of the store, and the connections at work from `getFigures` at every
 * scrape. Once per `metrics`. The result takes all listeners away again.
 */
export function observeDatabase(
  metrics: Metrics,
  sources: readonly EventSubscriber<StoreEvents>[],
  getFigures: () => ConnectionFigures,
): Unsubscribe {
  const listeners = { ...ofStatements(metrics), ...ofWaits(metrics) };
  const offs = [
    ...sources.map((events) => subscribe<StoreEvents>(events, listeners)),
    observeConnections(metrics, getFigures),
  ];
  return () => {
    for (const off of offs) off();
  };
}

function ofStatements({ counter, histogram }: Metrics) {
  const statement = statementNames();
  const time = histogram({
    name: "shoal_db_statement_seconds",
    help: "Time from a statement to its answer or failure, by its name; without the wait for a connection.",
    labels: { statement },
    buckets: STATEMENT_SECONDS,
  });
  const errors = counter({
    name: "shoal_db_statement_errors_total",
    help: "Statements that failed, by name and error code.",
    labels: { statement, code: errorCodes() },
  });
  return {
    "statement:ended": ({ name, durationMs, errorCode }: StoreEvents["statement:ended"]) => {
      time.observe({ statement: name }, durationMs / SECOND_MS);
      if (errorCode !== null) errors.inc({ statement: name, code: errorCode });
    },
  };
}

function ofWaits({ counter, histogram }: Metrics) {
  const wait = histogram({
    name: "shoal_db_wait_seconds",
    help: "How long a statement or transaction waited for a connection.",
    buckets: STATEMENT_SECONDS,
  });
  const refused = counter({
    name: "shoal_db_wait_refused_total",
    help: "Statements and transactions for which no connection became free within DATABASE_WAIT_MS.",
  });
  return {
    "connection:waited": ({ waitedMs, isBusy }: StoreEvents["connection:waited"]) => {
      wait.observe({}, waitedMs / SECOND_MS);
      if (isBusy) refused.inc({});
    },
  };
}

function observeConnections({ gauge, beforeScrape }: Metrics, getFigures: () => ConnectionFigures): Unsubscribe {
  const connections = gauge({
    name: "shoal_db_connections",
    help: "Connections at work, and statements and transactions that wait for one.",
    labels: { state: oneOf(["busy", "waiting"]) },
  });
  const limit = gauge({
    name: "shoal_db_connections_limit",
    help: "Connections that may be at work at a time, besides those for LISTEN, migrations and housekeeping.",
  });
  return beforeScrape(() => {
    const figures = getFigures();
    connections.set({ state: "busy" }, figures.busyCount);
    connections.set({ state: "waiting" }, figures.waitingCount);
    limit.set({}, figures.limit);
  });
}
