import { FAST, SLOW } from "../objective-alerts.ts";
import { errors, type Window } from "../objective-recordings.ts";
import { budgetOf, OBJECTIVES, type Objective } from "../objectives.ts";
import { chart, figure, type PanelSource } from "../panels.ts";
import type { Row } from "./frame.ts";

/** How many times too fast the budget of 30 days is spent. */
const burn = (objective: Objective, window: Window) =>
  `max(${errors(window)}{objective="${objective.name}"}) / ${budgetOf(objective)}`;

const WIDTH = Math.floor(24 / OBJECTIVES.length);

const budgetLeft = (objective: Objective, index: number): PanelSource =>
  figure({
    title: `${objective.title}: budget left`,
    description: `Of the ${budgetOf(objective) * 100} % that may be bad over 30 days. Alert ${objective.alert} when it is spent too fast.`,
    unit: "percentunit",
    expr: `1 - ${burn(objective, "30d")}`,
    limits: { alertBelow: 0, warnBelow: 0.25 },
    // The last one fills the line: what does not fit would stand beside it and beyond the edge.
    width: index < OBJECTIVES.length - 1 ? WIDTH : 24 - index * WIDTH,
  });

const burnRate = ({ rate, long, short }: (typeof FAST)[number]): PanelSource =>
  chart({
    title: `Budget spent so many times too fast, ${long}`,
    description: `1 spends all of it in 30 days. The alerts fire from ${rate} on, once ${short} are as bad.`,
    unit: "short",
    limits: { alertAt: rate },
    width: 6,
    queries: OBJECTIVES.map((objective) => ({ expr: burn(objective, long), legend: objective.title.toLowerCase() })),
  });

export const OBJECTIVES_ROW: Row = {
  title: "Objectives",
  panels: [...OBJECTIVES.map(budgetLeft), ...[...FAST, ...SLOW].map(burnRate)],
};
