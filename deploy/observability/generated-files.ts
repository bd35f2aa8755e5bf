import { ANALYTICS_PAGE } from "./dashboards/analytics.ts";
import { FLEET } from "./dashboards/fleet.ts";
import { dashboard } from "./dashboards/frame.ts";
import { MATCHMAKING } from "./dashboards/matchmaking.ts";
import { POOL } from "./dashboards/pool.ts";
import { QUEUES } from "./dashboards/queues.ts";
import { STRATEGIES } from "./dashboards/strategies.ts";
import { alertRules, objectiveRules, recordingRules } from "./rule-files.ts";
import { runbookPage } from "./runbook-table.ts";

/** What is committed but made from this folder: path from `deploy/`, and content. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ["prometheus/rules/recordings.yml", recordingRules()],
    ["prometheus/rules/alerts.yml", alertRules()],
    ["prometheus/rules/objectives.yml", objectiveRules()],
    ["../docs/runbooks/README.md", runbookPage()],
    ...[FLEET, POOL, MATCHMAKING, QUEUES, STRATEGIES, ANALYTICS_PAGE].map(
      (page) =>
        [`grafana/dashboards/${page.uid}.json`, `${JSON.stringify(dashboard(page), null, 2)}\n`] as [string, string],
    ),
  ]);
}
