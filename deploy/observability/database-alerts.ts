import { type Alert, percent, seconds, twice } from "./alert.ts";
import { THRESHOLDS } from "./thresholds.ts";

export const DATABASE_ALERTS: readonly Alert[] = [
  {
    alert: "ShoalSlowStatements",
    expr: `shoal:db_slow_statements:ratio10m > ${THRESHOLDS.slowStatementsRatio} and on (job) shoal:db_slow_statements:increase10m >= ${THRESHOLDS.slowStatements}`,
    for: "5m",
    severity: "warning",
    summary: "The database answers slowly",
    description: `${percent} of the statements of 10 min took SLOW_QUERY_MS or longer.`,
  },
  ...twice("shoal:db_wait_seconds:p99_10m", THRESHOLDS.connectionWaitSeconds, {
    alert: "ShoalConnectionsScarce",
    for: "5m",
    summary: "Statements wait for a connection",
    description: `1 in 100 statements of {{ $labels.instance }} waited longer than ${seconds} for a connection in the last 10 min.`,
  }),
];
