import { type Alert, count, onDaemon } from "./alert.ts";
import { THRESHOLDS } from "./thresholds.ts";

const handOvers = (outcome: string) => `sum by (job) (increase(shoal_hand_overs_total{${outcome}}[15m]))`;

export const REPLICA_ALERTS: readonly Alert[] = [
  {
    // Workers alone look well in everything else: nobody is there to say that people wait.
    alert: "ShoalNobodyLeads",
    expr: "max by (job) (shoal_replica_lead) < 1",
    for: "2m",
    severity: "critical",
    summary: "No replica runs bots",
    description: "For 2 min no replica that runs bots has lived, or all drain: nobody is matched.",
  },
  {
    alert: "ShoalReplicaLost",
    expr: "max by (job) (increase(shoal_replicas_lost_total[10m])) > 0",
    for: "0m",
    severity: "warning",
    summary: "A replica ended without a drain",
    description: `Lost within 10 min: ${count}. Others have their bots, and their conversations ended.`,
  },
  {
    alert: "ShoalVersionsMixed",
    expr: "max by (job) (shoal_replica_versions) > 1",
    for: "1h",
    severity: "warning",
    summary: "A deploy has not come to its end",
    description: `${count} versions have run side by side in the fleet for an hour.`,
  },
  {
    // A conversation that goes on keeps its bot where it is.
    alert: "ShoalBotsUneven",
    expr: `abs(shoal_replica_places - shoal_bots_target) > ${THRESHOLDS.unevenBots}`,
    for: "15m",
    severity: "warning",
    summary: "The bots of the fleet are not spread evenly",
    description: `${onDaemon} has had ${count} bots more or fewer than its share for 15 min.`,
  },
  {
    // One that failed cost somebody a conversation; one that was refused perhaps did. Both sides count.
    alert: "ShoalHandOversFail",
    expr: `${handOvers('outcome="failed"')} > 0
or
${handOvers('outcome="refused"')} > ${THRESHOLDS.handOversRefusedRatio} * ${handOvers("")}`,
    for: "0m",
    severity: "warning",
    summary: "Conversations are not handed over",
    description: `Hand-overs that failed or were refused in 15 min: ${count}. Conversations end with the replica that drains.`,
  },
];
