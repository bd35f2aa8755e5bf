import { formatClock, formatDuration, formatInstant, formatRelative, instantOf, NOTHING } from "../format.ts";
import { now, zone } from "../preferences.ts";

export interface TimeProps {
  /** Ms since 1970, or an ISO text. */
  readonly at: number | string | null | undefined;
  /** `ago`: "3 min ago". `clock`: 21:05:09. `exact`: date, ms and zone. */
  readonly as?: "ago" | "clock" | "exact" | undefined;
}

/** An instant. The whole of it, in the zone that was chosen, is its title. */
export function Time({ at, as = "ago" }: TimeProps) {
  const ms = instantOf(at);
  if (ms === null) return <>{NOTHING}</>;
  const exact = formatInstant(ms, zone.value);
  const shown = as === "exact" ? exact : as === "clock" ? formatClock(ms, zone.value) : formatRelative(ms, now.value);
  return (
    <time dateTime={exact === NOTHING ? undefined : new Date(ms).toISOString()} title={exact}>
      {shown}
    </time>
  );
}

/** How long something has lasted since an instant: "3 min 20 s", going on. */
export function Since({ at }: { readonly at: number | string | null | undefined }) {
  const ms = instantOf(at);
  if (ms === null) return <>{NOTHING}</>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={`since ${formatInstant(ms, zone.value)}`}>
      {formatDuration(Math.max(0, now.value - ms))}
    </time>
  );
}
