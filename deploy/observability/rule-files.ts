import type { Alert } from "./alert.ts";
import { ALERT_GROUPS, RUNBOOKS } from "./alerts.ts";
import { OBJECTIVE_ALERTS } from "./objective-alerts.ts";
import { OBJECTIVE_RECORDINGS } from "./objective-recordings.ts";
import { RECORDINGS, type Recording } from "./recordings.ts";

const HEADER = "# Made by deploy/observability/main.ts: change its sources, not this file.\ngroups:\n";

/** Expressions as they are, so that they can be pasted into Prometheus. */
const expression = (expr: string) => `        expr: |-\n          ${expr.replaceAll("\n", "\n          ")}\n`;
/** JSON strings are YAML strings. */
const text = (value: string) => JSON.stringify(value);

const group = (name: string, rules: readonly string[]) => `  - name: ${name}\n    rules:\n${rules.join("")}`;

function alertRule({ alert, expr, for: pending, severity, summary, description }: Alert): string {
  return `      - alert: ${alert}
${expression(expr)}        for: ${pending}
        labels:
          severity: ${severity}
        annotations:
          summary: ${text(summary)}
          description: ${text(description)}
          runbook_url: ${text(`${RUNBOOKS}/${alert}.md`)}
`;
}

function recordingRule({ record, expr, labels = {} }: Recording): string {
  const lines = Object.entries(labels).map(([name, value]) => `          ${name}: ${value}\n`);
  return `      - record: ${record}\n${expression(expr)}${lines.length === 0 ? "" : `        labels:\n${lines.join("")}`}`;
}

export const recordingRules = () => HEADER + group("shoal-recordings", RECORDINGS.map(recordingRule));

export function alertRules(): string {
  const groups = Object.entries(ALERT_GROUPS).map(([name, alerts]) => group(name, alerts.map(alertRule)));
  return HEADER + groups.join("");
}

/** A file of its own, so that tests of other rules need not evaluate windows of days. */
export function objectiveRules(): string {
  const recordings = group("shoal-objectives", OBJECTIVE_RECORDINGS.map(recordingRule));
  return HEADER + recordings + group("shoal-burn-rates", OBJECTIVE_ALERTS.map(alertRule));
}
