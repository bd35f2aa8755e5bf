import { chart, quantileOf, quantilesOf, rateOf, sumOf } from "../panels.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { limitsOf, type Page, type Row } from "./frame.ts";
import { OBJECTIVES_ROW } from "./objectives.ts";

/** The ten largest. */
const most = (expr: string) => `topk(10, ${expr})`;

const DATABASE: Row = {
  title: "Database",
  panels: [
    chart({
      title: "Connections",
      description: "At work, and statements and transactions in line for one, of all daemons.",
      unit: "short",
      queries: [
        { expr: sumOf("shoal_db_connections", "state"), legend: "{{state}}" },
        { expr: sumOf("shoal_db_connections_limit"), legend: "at work at most" },
      ],
    }),
    chart({
      title: "Wait for a connection",
      description: "Alert ShoalConnectionsScarce.",
      unit: "s",
      limits: limitsOf(THRESHOLDS.connectionWaitSeconds),
      queries: [
        ...quantilesOf("shoal_db_wait_seconds"),
        { expr: rateOf("shoal_db_wait_refused_total"), legend: "refused, per second" },
      ],
    }),
    chart({
      title: "Statements a minute",
      description: "By daemon, BEGIN and COMMIT included.",
      unit: "short",
      queries: [{ expr: `60 * ${rateOf("shoal_db_statement_seconds_count", "instance")}`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Slowest statements, p99",
      description: "The ten slowest by name.",
      unit: "s",
      queries: [{ expr: most(quantileOf(0.99, "shoal_db_statement_seconds", "statement")), legend: "{{statement}}" }],
    }),
    chart({
      title: "Most time",
      description: "Seconds of the database a second, the ten statements that take most of it.",
      unit: "s",
      queries: [{ expr: most(rateOf("shoal_db_statement_seconds_sum", "statement")), legend: "{{statement}}" }],
    }),
    chart({
      title: "Most often",
      description: "The ten statements sent most, by name.",
      unit: "ops",
      queries: [{ expr: most(rateOf("shoal_db_statement_seconds_count", "statement")), legend: "{{statement}}" }],
    }),
    chart({
      title: "Slow ones",
      description: "Over SLOW_QUERY_MS, by name. Alert ShoalSlowStatements.",
      unit: "ops",
      queries: [{ expr: rateOf("shoal_db_slow_statements_total", "statement"), legend: "{{statement}}" }],
    }),
    chart({
      title: "Errors of statements",
      description: "By name and error code.",
      unit: "ops",
      queries: [
        { expr: rateOf("shoal_db_statement_errors_total", "statement, code"), legend: "{{statement}} {{code}}" },
      ],
    }),
  ],
};

export const ANALYTICS_PAGE: Page = {
  uid: "shoal-analytics",
  title: "Shoal: analytics and database",
  description: "What was promised over 30 days, and connections and statements of the database.",
  rows: [OBJECTIVES_ROW, DATABASE],
};
