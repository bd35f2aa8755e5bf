import { type Alert, onDaemon, seconds } from "./alert.ts";
import { THRESHOLDS } from "./thresholds.ts";

const tooOld = ([query, limitSeconds]: readonly [query: string, limitSeconds: number]) =>
  `shoal:cache_age_seconds:p95_10m{query="${query}"} > ${limitSeconds}`;

export const ANALYTICS_ALERTS: readonly Alert[] = [
  {
    alert: "ShoalAnswersOld",
    expr: [...THRESHOLDS.answerAgeSeconds].map(tooOld).join("\nor "),
    for: "5m",
    severity: "warning",
    summary: "Answers of analytics are older than they may be",
    description: `1 in 20 answers of {{ $labels.query }} in the last 10 min was older than ${seconds}.`,
  },
  {
    alert: "ShoalRedisDown",
    expr: "shoal_cache_redis_up == 0",
    for: "5m",
    severity: "warning",
    summary: "Redis does not work for a daemon",
    description: `For 5 min ${onDaemon} has kept its answers without Redis: nobody gets an error.`,
  },
  {
    alert: "ShoalFoldBehind",
    expr: "min by (job) (shoal_analytics_fold_behind) == 1",
    for: "15m",
    severity: "warning",
    summary: "Trades are added to the sums too slowly",
    description: "For 15 min each fold has left trades for the next one: what analytics show is behind.",
  },
];
