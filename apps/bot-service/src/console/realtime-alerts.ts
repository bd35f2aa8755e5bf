import { MINUTE_MS } from "@shoal/kernel";
import { type AlertRule, rule, when } from "./alert-rule.ts";
import { countRunning } from "./history-series.ts";
import { SHARED_THRESHOLDS } from "./thresholds.ts";

const REALTIME: readonly AlertRule[] = [
  rule({
    ...{ alert: "ShoalChannelsNotJoined", forMs: 5 * MINUTE_MS, summary: "Channels are not joined" },
    find({ now: { pool } }) {
      const { waiting, joining, joined } = pool.channels;
      const missing = waiting + joining - pool.joins.paced;
      const ratio = missing / Math.max(1, waiting + joining + joined);
      return when(ratio > SHARED_THRESHOLDS.channelsNotJoinedRatio, `${missing} channels are not joined.`);
    },
  }),
  rule({
    ...{ alert: "ShoalPeopleLockedOut", forMs: 0 },
    summary: "The project's join limit was reached: people are refused too",
    find({ past }) {
      const count = past.increase("joins_refused_by_rate_per_s", 5 * MINUTE_MS);
      return when(count > 0, `${Math.ceil(count)} signals of a reached join limit in 5 min.`);
    },
  }),
  rule({
    ...{ alert: "ShoalJoinsRefused", forMs: 0, severity: "warning", summary: "Joins are refused" },
    find({ past }) {
      const count = past.increase("joins_refused_otherwise_per_s", 5 * MINUTE_MS);
      return when(count > 0, `${Math.ceil(count)} joins were refused in 5 min.`);
    },
  }),
  rule({
    ...{ alert: "ShoalAuthErrors", forMs: 0, summary: "Realtime refuses our key, token or policy" },
    find({ past }) {
      const count = past.increase("errors_auth_per_s", 10 * MINUTE_MS);
      return when(count > 0, `${Math.ceil(count)} errors of the classes auth and permission in 10 min.`);
    },
  }),
  rule({
    ...{ alert: "ShoalBreakerAway", forMs: MINUTE_MS, summary: "Realtime does not answer" },
    find: ({ now: { pool } }) =>
      when(pool.breaker.state === "away", `Nothing has answered since ${pool.breaker.since}.`),
  }),
  rule({
    ...{ alert: "ShoalBreakerRefused", forMs: MINUTE_MS, summary: "Realtime refuses the key or the project" },
    find: ({ now: { pool } }) => when(pool.breaker.state === "refused", `Refused since ${pool.breaker.since}.`),
  }),
  rule({
    ...{ alert: "ShoalReconnectStorm", forMs: 2 * MINUTE_MS, summary: "Sockets are lost again and again" },
    find({ past }) {
      const handshakes = past.increase("handshakes_per_s", 5 * MINUTE_MS);
      const fewest = Math.min(handshakes, past.increase("reconnects_per_s", 5 * MINUTE_MS));
      const most = SHARED_THRESHOLDS.reconnectsPerSocket * (past.highest("sockets_open", 10 * MINUTE_MS) ?? 0);
      return when(fewest > most, `${Math.round(handshakes)} sockets were opened in 5 min.`);
    },
  }),
  rule({
    ...{ alert: "ShoalJoinBudgetSaturated", forMs: 5 * MINUTE_MS, severity: "warning" },
    summary: "Joins wait for the budget",
    find({ now: { pool } }) {
      const { used, allowed } = pool.budgets.joins;
      const isSpent = used >= SHARED_THRESHOLDS.budgetUsedRatio * allowed;
      return when(
        isSpent && pool.joins.pending > 0,
        `${used} of ${allowed} joins are spent, and ${pool.joins.pending} wait.`,
      );
    },
  }),
  rule({
    ...{ alert: "ShoalSendsRefused", forMs: 0, summary: "Messages of bots are given up" },
    find({ past }) {
      const count = past.increase("sends_refused_per_s", 5 * MINUTE_MS);
      return when(count > 0, `${Math.ceil(count)} broadcasts were given up in 5 min.`);
    },
  }),
];

/** One in so many people. */
const ONE_IN = 20;

const PEOPLE: readonly AlertRule[] = [
  rule({
    ...{ alert: "ShoalMatchWaitLong", forMs: 5 * MINUTE_MS, summary: "People wait long for a partner" },
    find({ past }) {
      const long = past.increase("people_long_waits_per_s", 10 * MINUTE_MS);
      const all = past.increase("people_waits_per_s", 10 * MINUTE_MS);
      const limit = SHARED_THRESHOLDS.matchWaitSeconds;
      return when(long > all / ONE_IN, `${Math.ceil(long)} people waited longer than ${limit} s in the last 10 min.`);
    },
  }),
  rule({
    ...{ alert: "ShoalPeopleNotMatched", forMs: MINUTE_MS, summary: "People wait and nobody is matched" },
    find({ now, past }) {
      const waiting = past.lowest("people_waiting", 5 * MINUTE_MS) ?? 0;
      const made = past.increase("matches_per_s", 5 * MINUTE_MS);
      // What others match is not known here.
      const isAlone = now.replica_count <= 1;
      return when(isAlone && waiting > 0 && made === 0, `At least ${waiting} people have waited for 5 min.`);
    },
  }),
  rule({
    ...{ alert: "ShoalBotsBelowTarget", forMs: 10 * MINUTE_MS, severity: "warning" },
    summary: "Fewer bots than there should be",
    find({ now: { bots } }) {
      const deployed = (bots.deployed["running"] ?? 0) + (bots.deployed["paused"] ?? 0);
      const running = countRunning(bots.states) - deployed;
      return when(running < bots.target, `${running} of ${bots.target} bots run.`);
    },
  }),
];

export const REALTIME_ALERTS: readonly AlertRule[] = [...REALTIME, ...PEOPLE];
