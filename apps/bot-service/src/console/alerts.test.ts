import type { WorkFigures } from "@shoal/job-queue";
import { MINUTE_MS } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { Own } from "./alert-rule.ts";
import { ALERT_RULES } from "./alert-rules.ts";
import { createAlerts } from "./alerts.ts";
import { createFeed } from "./feed.ts";
import type { SeriesName } from "./history-series.ts";
import { makeSnapshot } from "./snapshot.test-support.ts";
import type { Unjudged } from "./snapshot.ts";

type Past = Partial<Record<SeriesName, number>>;

const WELL: WorkFigures = {
  counts: { pending: 0, running: 0, completed: 9, dead: 0, oldestPendingMs: null, processedLastHour: 9 },
  depths: [{ queue: "q", length: 0, visible: 0, oldestMs: null, dlqLength: 0 }],
  scheduleOverdueMs: 0,
  inngestOutbox: 0,
};

/** `past`: what each question about a series is answered with. */
function makeOwn(change: (now: Unjudged) => void = () => {}, past: Past = {}, work: Partial<WorkFigures> = {}): Own {
  const now = makeSnapshot();
  change(now);
  const answer = (name: SeriesName) => past[name] ?? 0;
  return {
    now,
    past: { increase: answer, lowest: answer, highest: answer, quantile: answer },
    work: { ...WELL, ...work },
  };
}

const counts = (change: Partial<WorkFigures["counts"]>) => ({ counts: { ...WELL.counts, ...change } });
const depths = (length: number, dlqLength = 0) => ({
  depths: [{ queue: "q", length, visible: 0, oldestMs: 0, dlqLength }],
});
const down =
  (name: string, state: "down" | "degraded" = "down", error_code: string | null = null) =>
  (now: Unjudged) =>
    void now.readiness.dependencies.push({
      ...{ name, required: true, state, detail: null, error_code, since: now.at },
    });
const strategies = (change: object) => (now: Unjudged) => void Object.assign(now.strategies ?? {}, change);
const orders = (change: object) => (now: Unjudged) => void Object.assign(now.strategies?.orders ?? {}, change);

/** What fires it, and what is just not enough. */
const CASES: Readonly<Record<string, readonly [fires: Own, not: Own]>> = {
  "ShoalChannelsNotJoined critical": [
    makeOwn(({ pool }) => void Object.assign(pool.channels, { waiting: 2, joined: 98 })),
    makeOwn(({ pool }) => {
      Object.assign(pool.channels, { waiting: 60, joined: 40 });
      pool.joins.paced = 60;
    }),
  ],
  "ShoalPeopleLockedOut critical": [makeOwn(undefined, { joins_refused_by_rate_per_s: 0.5 }), makeOwn()],
  "ShoalJoinsRefused warning": [
    makeOwn(undefined, { joins_refused_otherwise_per_s: 1 }),
    makeOwn(undefined, { joins_refused_per_s: 1 }),
  ],
  "ShoalAuthErrors critical": [makeOwn(undefined, { errors_auth_per_s: 1 }), makeOwn(undefined, { errors_per_s: 1 })],
  "ShoalBreakerAway critical": [
    makeOwn(({ pool }) => void Object.assign(pool.breaker, { state: "away" })),
    makeOwn(({ pool }) => void Object.assign(pool.breaker, { state: "held" })),
  ],
  "ShoalBreakerRefused critical": [
    makeOwn(({ pool }) => void Object.assign(pool.breaker, { state: "refused" })),
    makeOwn(),
  ],
  "ShoalReconnectStorm critical": [
    makeOwn(undefined, { handshakes_per_s: 13, reconnects_per_s: 13, sockets_open: 4 }),
    makeOwn(undefined, { handshakes_per_s: 13, reconnects_per_s: 12, sockets_open: 4 }),
  ],
  "ShoalJoinBudgetSaturated warning": [
    makeOwn(({ pool }) => {
      Object.assign(pool.budgets.joins, { used: 95, allowed: 100 });
      pool.joins.pending = 1;
    }),
    makeOwn(({ pool }) => void Object.assign(pool.budgets.joins, { used: 100, allowed: 100 })),
  ],
  "ShoalSendsRefused critical": [makeOwn(undefined, { sends_refused_per_s: 1 }), makeOwn()],
  "ShoalMatchWaitLong critical": [
    makeOwn(undefined, { people_long_waits_per_s: 6, people_waits_per_s: 100 }),
    makeOwn(undefined, { people_long_waits_per_s: 5, people_waits_per_s: 100 }),
  ],
  "ShoalPeopleNotMatched critical": [
    makeOwn(undefined, { people_waiting: 1 }),
    makeOwn((now) => void Object.assign(now, { replica_count: 2 }), { people_waiting: 1 }),
  ],
  "ShoalBotsBelowTarget warning": [
    makeOwn(
      ({ bots }) => void Object.assign(bots, { target: 4, states: { idle: 2, talking: 2 }, deployed: { running: 1 } }),
    ),
    makeOwn(({ bots }) => void Object.assign(bots, { target: 4, states: { idle: 2, talking: 2 } })),
  ],
  "ShoalDatabaseAway critical": [makeOwn(down("database")), makeOwn(down("lobby"))],
  "ShoalLoopFailing critical": [
    makeOwn(({ readiness, at }) => {
      readiness.loops.push({ name: "l", state: "failing", since: at, failure_count: 2, error_code: "X", detail: null });
    }),
    makeOwn(),
  ],
  "ShoalEventLoopLag warning": [makeOwn(undefined, { lag_ms: 251 }), makeOwn(undefined, { lag_ms: 250 })],
  "ShoalControlDegraded warning": [makeOwn(down("control", "degraded")), makeOwn()],
  "ShoalConnectionsScarce warning": [
    makeOwn(undefined, { db_scarce_waits_per_s: 2, db_waits_per_s: 100 }),
    makeOwn(undefined, { db_scarce_waits_per_s: 2, db_long_waits_per_s: 2, db_waits_per_s: 100 }),
  ],
  "ShoalConnectionsScarce critical": [
    makeOwn(undefined, { db_scarce_waits_per_s: 2, db_long_waits_per_s: 2, db_waits_per_s: 100 }),
    makeOwn(undefined, { db_long_waits_per_s: 1, db_waits_per_s: 100 }),
  ],
  "ShoalJobsPending warning": [
    makeOwn(undefined, {}, counts({ pending: 50 })),
    makeOwn(undefined, {}, counts({ pending: 49 })),
  ],
  "ShoalJobsPending critical": [
    makeOwn(undefined, {}, counts({ pending: 100 })),
    makeOwn(undefined, {}, counts({ pending: 99 })),
  ],
  "ShoalJobsOld warning": [makeOwn(undefined, {}, counts({ oldestPendingMs: 60 * MINUTE_MS })), makeOwn()],
  "ShoalJobsOld critical": [makeOwn(undefined, {}, counts({ oldestPendingMs: 180 * MINUTE_MS })), makeOwn()],
  "ShoalJobsSlow warning": [
    makeOwn(undefined, {}, counts({ oldestPendingMs: MINUTE_MS, processedLastHour: 9 })),
    makeOwn(undefined, {}, counts({ oldestPendingMs: MINUTE_MS - 1, processedLastHour: 9 })),
  ],
  "ShoalJobsSlow critical": [
    makeOwn(undefined, {}, counts({ oldestPendingMs: MINUTE_MS, processedLastHour: 0 })),
    makeOwn(undefined, {}, counts({ oldestPendingMs: MINUTE_MS, processedLastHour: 1 })),
  ],
  "ShoalNobodyLeads critical": [
    makeOwn((now) => void Object.assign(now, { replicas: [] })),
    makeOwn((now) => void Object.assign(now, { replicas: [], replica_count: 0 })),
  ],
  "ShoalVersionsMixed warning": [
    makeOwn(({ replicas }) => void replicas.push(...replicas.map((each) => ({ ...each, version: "2" })))),
    makeOwn(({ replicas }) => void replicas.push(...replicas)),
  ],
  "ShoalRedisDown warning": [makeOwn(down("redis", "degraded")), makeOwn()],
  "ShoalReplyBudgetSpent warning": [
    makeOwn(down("replies", "degraded", "REPLY_BUDGET")),
    makeOwn(down("replies", "degraded", "REPLY_HELD")),
  ],
  "ShoalRepliesFailing warning": [
    makeOwn(down("replies", "degraded", "REPLY_TIMEOUT")),
    makeOwn(down("replies", "degraded", "REPLY_BUDGET")),
  ],
  "ShoalMarketAway warning": [makeOwn(down("market", "degraded")), makeOwn(down("exchange", "degraded"))],
  "ShoalJobsDead warning": [makeOwn(undefined, {}, counts({ dead: 10 })), makeOwn(undefined, {}, counts({ dead: 9 }))],
  "ShoalJobsDead critical": [
    makeOwn(undefined, {}, counts({ dead: 50 })),
    makeOwn(undefined, {}, counts({ dead: 49 })),
  ],
  "ShoalJobsDying warning": [makeOwn(undefined, { jobs_dead_per_s: 1 }), makeOwn()],
  "ShoalQueueDeep warning": [makeOwn(undefined, {}, depths(100)), makeOwn(undefined, {}, { depths: null })],
  "ShoalQueueDeep critical": [makeOwn(undefined, {}, depths(500)), makeOwn(undefined, {}, depths(499))],
  "ShoalDeadLetters warning": [makeOwn(undefined, {}, depths(0, 1)), makeOwn()],
  "ShoalDeadLetters critical": [makeOwn(undefined, {}, depths(0, 50)), makeOwn(undefined, {}, depths(0, 49))],
  "ShoalScheduleLate warning": [makeOwn(undefined, {}, { scheduleOverdueMs: 5 * MINUTE_MS }), makeOwn()],
  "ShoalScheduleLate critical": [makeOwn(undefined, {}, { scheduleOverdueMs: 60 * MINUTE_MS }), makeOwn()],
  "ShoalStrategiesLate warning": [
    makeOwn(strategies({ oldest_due_ms: 30_000 })),
    makeOwn((now) => void Object.assign(now, { strategies: null })),
  ],
  "ShoalStrategiesLate critical": [
    makeOwn(strategies({ oldest_due_ms: 300_000 })),
    makeOwn(strategies({ oldest_due_ms: 299_999 })),
  ],
  "ShoalSandboxFailing critical": [makeOwn(down("sandbox", "degraded")), makeOwn()],
  "ShoalStrategyOwnersFailing warning": [
    makeOwn(strategies({ owners: 20, owners_failing: 5 })),
    makeOwn(strategies({ owners: 4, owners_failing: 4 })),
  ],
  "ShoalStrategiesQuarantined warning": [makeOwn(undefined, { strategies_quarantined_per_s: 1 }), makeOwn()],
  "ShoalOrdersUnknown warning": [makeOwn(orders({ oldest_unknown_ms: 60_000 })), makeOwn()],
  "ShoalOrdersUnknown critical": [
    makeOwn(orders({ oldest_unknown_ms: 600_000 })),
    makeOwn(orders({ oldest_unknown_ms: 599_000 })),
  ],
  "ShoalOrdersNotSent critical": [
    makeOwn(orders({ oldest_intended_ms: 30_001 })),
    makeOwn(orders({ oldest_intended_ms: 30_000 })),
  ],
};

describe("the alerts of a daemon", () => {
  it.each(ALERT_RULES.map((rule) => [`${rule.alert} ${rule.severity}`, rule] as const))("%s", (name, { find }) => {
    const [fires, not] = CASES[name] ?? [];
    expect(fires && find(fires)).toEqual(expect.stringMatching(/\S/));
    expect(not && find(not)).toBeNull();
    expect(find(makeOwn())).toBeNull();
  });

  it("fire when it has been so for their time without a break, and say when it begins and ends", async () => {
    const clock = createSimulatedClock();
    const feed = createFeed({ clock, bootId: "b" });
    const alerts = createAlerts({ clock, feed });
    const [away, well] = [makeOwn(down("database")), makeOwn()];
    const judge = (own: Own) => alerts.judge(own).map(({ alert, since }) => `${alert} ${since}`);
    expect(judge(away)).toEqual([]);
    await clock.advance(50_000);
    expect([judge(well), judge(away)]).toEqual([[], []]);
    await clock.advance(59_000);
    expect(judge(away)).toEqual([]);
    await clock.advance(1000);
    expect(judge(away)).toEqual(["ShoalDatabaseAway 2026-01-01T00:01:50.000Z"]);
    await clock.advance(1000);
    expect(judge(away)).toEqual(["ShoalDatabaseAway 2026-01-01T00:01:50.000Z"]);
    expect(judge(well)).toEqual([]);
    const types = feed.since(0).frames.map(({ text }) => /"type":"(.*?)"/.exec(text)?.[1]);
    expect(types).toEqual(["alert:firing", "alert:over"]);
  });

  it("are shown with the critical ones first", () => {
    const clock = createSimulatedClock();
    const alerts = createAlerts({ clock, feed: createFeed({ clock, bootId: "b" }) });
    const own = makeOwn(undefined, { joins_refused_otherwise_per_s: 1, jobs_dead_per_s: 1, sends_refused_per_s: 1 });
    expect(alerts.judge(own).map(({ severity }) => severity)).toEqual(["critical", "warning", "warning"]);
  });
});
