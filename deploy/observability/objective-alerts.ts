import { type Alert, percent } from "./alert.ts";
import { badIn, errors, type Window } from "./objective-recordings.ts";
import { budgetOf, OBJECTIVES, type Objective } from "./objectives.ts";

/** How many times too fast the budget of 30 days is spent, over a long window and still over a short one. */
interface Burn {
  readonly rate: number;
  readonly long: "1h" | "6h" | "1d" | "3d";
  readonly longMinutes: number;
  readonly short: Window;
}

/** Of a budget, the first one spends 2 % in an hour, the others 5 % in 6 hours, 10 % in a day and 10 % in three. */
export const FAST: readonly Burn[] = [
  { rate: 14.4, long: "1h", longMinutes: 60, short: "5m" },
  { rate: 6, long: "6h", longMinutes: 360, short: "30m" },
];
export const SLOW: readonly Burn[] = [
  { rate: 3, long: "1d", longMinutes: 1440, short: "2h" },
  { rate: 1, long: "3d", longMinutes: 4320, short: "6h" },
];

function burning(objective: Objective, { rate, long, longMinutes, short }: Burn): string {
  const own = `{objective="${objective.name}"}`;
  const limit = Number((rate * budgetOf(objective)).toFixed(6));
  const { count, perMinute } = objective.least;
  return [
    `${errors(long)}${own} > ${limit}`,
    `${errors(short)}${own} > ${limit}`,
    `${badIn(long, own)} >= ${Math.max(count, perMinute * longMinutes)}`,
  ].join(" and ");
}

function alertsOf(objective: Objective): Alert[] {
  const any = (burns: readonly Burn[]) => burns.map((burn) => burning(objective, burn)).join("\nor ");
  const words = {
    alert: objective.alert,
    for: "2m",
    summary: `Objective at risk: ${objective.title.toLowerCase()}`,
    description: `${percent} of ${objective.bad}; over 30 days ${budgetOf(objective) * 100} % may.`,
  };
  return [
    { ...words, severity: "critical", expr: any(FAST) },
    { ...words, severity: "warning", expr: `(\n${any(SLOW)}\n) unless (\n${any(FAST)}\n)` },
  ];
}

/** One page and one ticket for each, never both at once. @source Google's SRE workbook, "Alerting on SLOs", table 5-8 */
export const OBJECTIVE_ALERTS: readonly Alert[] = OBJECTIVES.flatMap(alertsOf);
