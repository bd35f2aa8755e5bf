import type { Runtime, Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, type Metrics, statementNames } from "@shoal/monitor";
import type { StoreEvents } from "@shoal/store";
import { oncePerMinute } from "../minute-warning.ts";

export interface SlowStatementOptions extends Pick<Runtime, "log" | "clock"> {
  readonly events: EventSubscriber<StoreEvents>;
  /** From how long on a statement is slow, in ms; 0: none is. */
  readonly slowMs: number;
}

interface Seen {
  readonly mayLog: () => boolean;
  count: number;
  longestMs: number;
}

/** Counts slow statements by name, and logs one line a minute at most for each name. Neither text nor values are known here. */
export function observeSlowStatements({ counter }: Metrics, options: SlowStatementOptions): Unsubscribe {
  const { events, clock, slowMs } = options;
  const log = options.log.child({ part: "database" });
  const seen = new Map<string, Seen>();
  const slow = counter({
    name: "shoal_db_slow_statements_total",
    help: "Statements that took SLOW_QUERY_MS or longer, by name.",
    labels: { statement: statementNames() },
  });
  return events.on("statement:ended", ({ name, durationMs }) => {
    if (slowMs === 0 || durationMs < slowMs) return;
    slow.inc({ statement: name });
    const of = seen.get(name) ?? { mayLog: oncePerMinute(clock), count: 0, longestMs: 0 };
    seen.set(name, of);
    of.count += 1;
    of.longestMs = Math.max(of.longestMs, durationMs);
    if (!of.mayLog()) return;
    log.warn(
      {
        statement: name,
        duration_ms: Math.round(durationMs),
        slow_count: of.count,
        longest_ms: Math.round(of.longestMs),
      },
      'a statement was slow (SLOW_QUERY_MS): what waits for it is late; "shoal doctor" lists the slowest and says what to do',
    );
    of.count = 0;
    of.longestMs = 0;
  });
}
