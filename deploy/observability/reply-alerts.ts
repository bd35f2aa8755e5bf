import { type Alert, percent } from "./alert.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** What is left of a budget, and what newer messages overtake, is no fault of the model. */
const FAILED =
  'sum by (job) (increase(shoal_replies_total{engine="rules", code!~"none|REPLY_BUDGET|REPLY_OVERTAKEN"}[10m]))';
const ANSWERED = 'sum by (job) (increase(shoal_replies_total{engine="model"}[10m]))';

export const REPLY_ALERTS: readonly Alert[] = [
  {
    // Small replies may still fit: what was refused is the sign, not what is left.
    alert: "ShoalReplyBudgetSpent",
    expr: 'sum by (job, scope) (increase(shoal_reply_budget_refused_total{scope=~"day|month"}[15m])) > 0',
    for: "0m",
    severity: "warning",
    summary: "The money for replies by the model is spent",
    description:
      "The fleet's budget of the {{ $labels.scope }} has no room for replies: bots speak by their rules until it begins anew.",
  },
  {
    alert: "ShoalRepliesFailing",
    expr: `${FAILED} / (${FAILED} + ${ANSWERED}) > ${THRESHOLDS.repliesFailedRatio} and ${FAILED} >= ${THRESHOLDS.repliesFailed}`,
    for: "5m",
    severity: "warning",
    summary: "The language model does not answer",
    description: `${percent} of the replies that the model was to give in 10 min were given by the rules in its place.`,
  },
];
