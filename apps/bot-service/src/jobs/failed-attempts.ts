import { type Clock, type Log, type LogFields, MINUTE_MS, type Timer } from "@shoal/kernel";

const LINES_OF_A_KIND = 5;
const KINDS = 20;
/** The name of the kind of all that are beyond those. */
const OTHERS = "";

const MORE = "more attempts like these failed within a minute; `shoal jobs audit` has those of jobs";

interface Kind {
  readonly fields: LogFields;
  count: number;
}

/**
 * Writes a line for each attempt that failed and comes again, as long as it is few: when something is away that handlers need,
 * there may be thousands a second. Of each kind (same type and code) the first five within a minute, and at its end how many more
 * there were. Whatever is beyond twenty kinds counts as one more, because codes may be made up by anybody.
 */
export function failedAttempts({ log, clock }: { readonly log: Log; readonly clock: Clock }) {
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
      const moreCount = count - LINES_OF_A_KIND;
      if (moreCount > 0) log.warn({ ...fields, more_count: moreCount }, MORE);
    }
    kinds.clear();
  };
  return {
    failed(ofKind: LogFields, ofAttempt: LogFields, message: string) {
      timer ??= clock.after(MINUTE_MS, endMinute);
      const kind = kindOf(ofKind);
      kind.count += 1;
      if (kind.count <= LINES_OF_A_KIND) log.warn({ ...ofKind, ...ofAttempt }, message);
    },
    /** Tells what it has not told yet, and leaves no timer behind. */
    close: endMinute,
  };
}
