/** What the service promises over 30 days. Recording rules, alerts and a row of the dashboards are made from this list. */
export interface Objective {
  /** The value of the label `objective`. */
  readonly name: string;
  readonly title: string;
  /** Its runbook has the same name. */
  readonly alert: string;
  /** Part that has to be good. */
  readonly targetRatio: number;
  readonly events: Events;
  /** What is wrong with the bad ones, after "x % of ". */
  readonly bad: string;
  /** Fewer bad ones within the long window of a burn rate wake nobody. */
  readonly least: Least;
}

/** Counts over 5 min by job, as PromQL. */
interface Events {
  readonly bad: string;
  readonly total: string;
}

/** The larger of the two counts. */
export interface Least {
  readonly count: number;
  readonly perMinute: number;
}

const counted = (metric: string, matchers: readonly string[] = []) =>
  `sum by (job) (increase(${metric}${matchers.length === 0 ? "" : `{${matchers.join(", ")}}`}[5m]))`;

/** Prometheus 3 writes the bound 1 of a bucket as 1.0, Prometheus 2 as 1. */
const bound = (seconds: number) => (Number.isInteger(seconds) ? `le=~"${seconds}([.]0)?"` : `le="${seconds}"`);

/**
 * `seconds` is a bound of the histogram's buckets. `all` are the series that count, `good` those of them that can be good.
 * Without such a bucket, as where all have failed, all are bad. Extrapolation makes an increase differ a little from another one of the same
 * events.
 */
function slowerThan(seconds: number, histogram: string, all: readonly string[] = [], good = all): Events {
  const total = counted(`${histogram}_count`, all);
  const inTime = counted(`${histogram}_bucket`, [bound(seconds), ...good]);
  return { total, bad: `clamp_min(${total} - ${inTime} or ${total}, 0)` };
}

const ANALYTICS = 'route=~"/api/analytics/.+"';
/** Of three at night all may be bad. */
const FEW: Least = { count: 10, perMinute: 0 };

export const OBJECTIVES: readonly Objective[] = [
  {
    name: "cache_hits",
    title: "Cache hits",
    alert: "ShoalObjectiveCacheHits",
    targetRatio: 0.99,
    // Whoever is given an answer at once is served by the cache, also while a newer one is made.
    events: {
      bad: counted("shoal_cache_requests_total", ['result="miss"']),
      total: counted("shoal_cache_requests_total"),
    },
    bad: "the requests for analytics waited for the database",
    // As many as answers run out of their time to live, however few people ask. @source issue 14: fewer than 7 queries a minute
    least: { count: 10, perMinute: 7 },
  },
  {
    name: "dashboard_latency",
    title: "Dashboard latency",
    alert: "ShoalObjectiveDashboardLatency",
    targetRatio: 0.99,
    // What was refused (4xx) is no matter of ours.
    events: slowerThan(
      0.2,
      "shoal_http_request_duration_seconds",
      [ANALYTICS, 'status=~"2xx|5xx"'],
      [ANALYTICS, 'status="2xx"'],
    ),
    bad: "the requests for analytics took longer than 200 ms or failed",
    least: FEW,
  },
  {
    name: "job_start",
    title: "Job start",
    alert: "ShoalObjectiveJobStart",
    targetRatio: 0.99,
    events: slowerThan(1, "shoal_job_wait_seconds"),
    bad: "the jobs began more than 1 s after they were due",
    least: FEW,
  },
  {
    name: "match_wait",
    title: "Match wait",
    alert: "ShoalObjectiveMatchWait",
    targetRatio: 0.95,
    // Whom nobody is there for gets a bot after the policy's 4 s (MATCH_BOT_AFTER_MS).
    events: slowerThan(5.5, "shoal_match_wait_seconds"),
    bad: "the people waited longer than 5.5 s for a match",
    least: FEW,
  },
  {
    name: "control_latency",
    title: "Control latency",
    alert: "ShoalObjectiveControlLatency",
    targetRatio: 0.99,
    events: slowerThan(0.5, "shoal_command_latency_seconds"),
    bad: "the commands took effect more than 500 ms after they were given",
    least: FEW,
  },
];

/** Part that may be bad, without the error that subtraction makes. */
export const budgetOf = ({ targetRatio }: Objective) => Number((1 - targetRatio).toFixed(6));
