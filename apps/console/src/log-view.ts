import { plural } from "./format.ts";
import type { Entry } from "./stream-state.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogFilter {
  readonly kind: "" | "event" | "line";
  /** This level and above. */
  readonly level: Level;
  /** In any part of it, whatever the case. */
  readonly search: string;
}

/** Level of an entry; a gap is worth a warning. */
export const levelOf = (entry: Entry): Level => (entry.kind === "gap" ? "warn" : entry.level);

/** What stands in the middle of its row. */
export function textOf(entry: Entry): string {
  if (entry.kind === "gap") return gapText(entry.missed);
  if (entry.kind === "event") return [entry.subject, pairs(entry.summary)].filter(Boolean).join("  ");
  return [entry.msg, pairs(entry.fields)].filter(Boolean).join("  ");
}

/** The entry as one line, to be copied. */
export const lineOf = (entry: Entry): string =>
  [entry.at, levelOf(entry), entry.kind === "event" ? entry.type : entry.kind, textOf(entry)].join(" ");

/** Returns what fits the filter. Gaps always do: who looks for something must know that it may be in one. */
export function filtered(entries: readonly Entry[], { kind, level, search }: LogFilter): readonly Entry[] {
  const least = LEVELS.indexOf(level);
  const wanted = search.trim().toLowerCase();
  return entries.filter(
    (entry) =>
      entry.kind === "gap" ||
      ((kind === "" || entry.kind === kind) &&
        LEVELS.indexOf(entry.level) >= least &&
        (wanted === "" || lineOf(entry).toLowerCase().includes(wanted))),
  );
}

const gapText = (missed: number | null) =>
  missed === null
    ? "What happened before this is not known here: the daemon was started anew."
    : `${plural(missed, "event or line", "events and lines")} missing here: they came faster than they could be sent, or while nobody looked.`;

function pairs(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(" ");
}
