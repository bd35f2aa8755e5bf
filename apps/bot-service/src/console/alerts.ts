import type { Clock } from "@shoal/kernel";
import type { FiringAlert } from "../http/console-snapshot-body.ts";
import type { AlertRule, Own } from "./alert-rule.ts";
import { ALERT_RULES } from "./alert-rules.ts";
import type { Feed } from "./feed.ts";

interface State {
  /** Monotonic, of the first time in a row that it was true. */
  readonly trueSinceMs: number;
  /** ISO time since when it fires; undefined: its time is not up. */
  firingSince: string | undefined;
}

/** Decides each second which alerts fire, and says in the feed when one begins and when it is over. */
export function createAlerts({ clock, feed }: { readonly clock: Clock; readonly feed: Pick<Feed, "event"> }) {
  const states = new Map<AlertRule, State>();

  const firing = (rule: AlertRule, own: Own): FiringAlert[] => {
    const { alert, severity, forMs, summary, find } = rule;
    const detail = find(own);
    const state = states.get(rule);
    if (detail === null) {
      if (state?.firingSince) feed.event("alert:over", { subject: alert, summary: { severity } });
      states.delete(rule);
      return [];
    }
    const now = state ?? { trueSinceMs: clock.monotonicMs(), firingSince: undefined };
    states.set(rule, now);
    if (clock.monotonicMs() - now.trueSinceMs < forMs) return [];
    if (!now.firingSince) {
      now.firingSince = new Date(clock.now()).toISOString();
      const level = severity === "critical" ? "error" : "warn";
      feed.event("alert:firing", { subject: alert, level, summary: { severity, detail } });
    }
    return [{ alert, severity, summary, detail, runbook: alert, since: now.firingSince }];
  };

  return {
    /** Looks at the figures of now. */
    judge(own: Own): FiringAlert[] {
      const all = ALERT_RULES.flatMap((rule) => firing(rule, own));
      return all.sort((left, right) => Number(right.severity === "critical") - Number(left.severity === "critical"));
    },
  };
}
