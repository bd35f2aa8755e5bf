import type { Alert } from "./alert.ts";
import { ALERT_GROUPS, RUNBOOKS } from "./alerts.ts";
import { RECORDINGS } from "./recordings.ts";

const HEADER = "# Made by deploy/observability/main.ts: change its sources, not this file.\ngroups:\n";

/** Expressions as they are, so that they can be pasted into Prometheus. */
const expression = (expr: string) => `        expr: |-\n          ${expr}\n`;
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

export function recordingRules(): string {
  const rules = RECORDINGS.map(({ record, expr }) => `      - record: ${record}\n${expression(expr)}`);
  return HEADER + group("shoal-recordings", rules);
}

export function alertRules(): string {
  const groups = Object.entries(ALERT_GROUPS).map(([name, alerts]) => group(name, alerts.map(alertRule)));
  return HEADER + groups.join("");
}
