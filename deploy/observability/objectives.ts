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

const counted = (selector: string) => `sum by (job) (increase(${selector}[5m]))`;

/** Prometheus 3 writes the bound 1 of a bucket as 1.0, Prometheus 2 as 1. */
const bound = (seconds: number) => (Number.isInteger(seconds) ? `le=~"${seconds}([.]0)?"` : `le="${seconds}"`);

/**
 * `seconds` is a bound of the histogram's buckets: without that bucket all are bad, so that somebody looks. Extrapolation makes an
 * increase differ a little from another one of the same events.
 */
function slowerThan(seconds: number, histogram: string): Events {
  const total = counted(`${histogram}_count`);
  const inTime = counted(`${histogram}_bucket{${bound(seconds)}}`);
  return { total, bad: `clamp_min(${total} - ${inTime} or ${total}, 0)` };
}

/** Of three at night all may be bad. */
const FEW: Least = { count: 10, perMinute: 0 };

export const OBJECTIVES: readonly Objective[] = [
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
