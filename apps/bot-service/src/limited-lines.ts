import { type Clock, type Log, type LogFields, MINUTE_MS, type Timer } from "@shoal/kernel";

const LINES_PER_KIND = 5;
const KINDS = 20;
/** Collects what is beyond those kinds. */
const OTHERS = "";

interface Kind {
  readonly fields: LogFields;
  count: number;
}

export interface LimitedLinesOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly level: "info" | "warn" | "error";
  /** Logged at the end of a minute with the number of lines that were left out, as `more_count`. */
  readonly more: string;
}

export type LimitedLines = ReturnType<typeof createLimitedLines>;

/**
 * Logs what may come by thousands a second: of each kind (same fields) the first five within a minute have a line, and the
 * number of the others follows at the end of the minute. Code that we did not write may make up kinds freely, so what is beyond
 * twenty kinds counts as one more kind.
 */
export function createLimitedLines({ log, clock, level, more }: LimitedLinesOptions) {
  const kinds = new Map<string, Kind>();
  let timer: Timer | undefined;

  const kindOf = (fields: LogFields): Kind => {
    const name = JSON.stringify(fields);
    const found = kinds.get(name) ?? kinds.get(OTHERS);
    if (found) return found;
    const isOneMore = kinds.size < KINDS;
    const kind = { fields: isOneMore ? fields : {}, count: 0 };
    kinds.set(isOneMore ? name : OTHERS, kind);
    return kind;
  };
  const endMinute = () => {
    timer?.cancel();
    timer = undefined;
    for (const { fields, count } of kinds.values()) {
      const moreCount = count - LINES_PER_KIND;
      if (moreCount > 0) log[level]({ ...fields, more_count: moreCount }, more);
    }
    kinds.clear();
  };
  return {
    add(ofKind: LogFields, ofOne: LogFields, message: string) {
      timer ??= clock.after(MINUTE_MS, endMinute);
      const kind = kindOf(ofKind);
      kind.count += 1;
      if (kind.count <= LINES_PER_KIND) log[level]({ ...ofKind, ...ofOne }, message);
    },
    /** Logs the numbers not logged yet, and leaves no timer behind. */
    close: endMinute,
  };
}
