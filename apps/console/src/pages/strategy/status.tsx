import type { StatusBody } from "@shoal/bot-service/bodies";
import { SECOND_MS } from "@shoal/kernel";
import { formatDuration, instantOf } from "../../format.ts";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { now } from "../../preferences.ts";

const TONES: Readonly<Record<StatusBody["status"], Tone>> = {
  running: "good",
  paused: "warn",
  quarantined: "bad",
  stopped: "off",
};

export function StatusBadge({ of: { status, is_executing } }: { readonly of: StatusBody }) {
  return (
    <>
      <Badge tone={TONES[status]}>{status}</Badge> {is_executing && <Badge tone="info">runs now</Badge>}
    </>
  );
}

/** "every 5 min", or the text of cron with its zone. */
export const scheduleText = ({ executionInterval, cron, zone }: StatusBody): string =>
  executionInterval === null
    ? `${cron ?? ""} (${zone})`
    : `every ${formatDuration(executionInterval * SECOND_MS).replace(/\.0 s$/, " s")}`;

/** A tick that has passed so long ago, and nothing runs: more than a daemon takes to look. */
const LATE_MS = 5 * SECOND_MS;

/** How late a strategy is, in ms; 0 while it is not. */
export function lateMs({ status, is_executing, stats }: StatusBody, nowMs: number): number {
  const dueMs = instantOf(stats.next_execution_at);
  if (status !== "running" || is_executing || dueMs === null) return 0;
  return nowMs - dueMs > LATE_MS ? nowMs - dueMs : 0;
}

export function LateBadge({ of }: { readonly of: StatusBody }) {
  const late = lateMs(of, now.value);
  return late > 0 ? <Badge tone="warn">{`late by ${formatDuration(late)}`}</Badge> : null;
}
