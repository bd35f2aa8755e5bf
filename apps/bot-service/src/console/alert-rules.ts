import type { AlertRule } from "./alert-rule.ts";
import { DAEMON_ALERTS } from "./daemon-alerts.ts";
import { REALTIME_ALERTS } from "./realtime-alerts.ts";
import { WORK_ALERTS } from "./work-alerts.ts";

/** THE LIST of alerts that a daemon can tell of itself. Those of deploy/observability that are not here need more than its own figures. */
export const ALERT_RULES: readonly AlertRule[] = [...REALTIME_ALERTS, ...DAEMON_ALERTS, ...WORK_ALERTS];
