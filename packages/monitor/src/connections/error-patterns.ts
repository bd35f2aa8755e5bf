import { redactText } from "../log/redact-text.ts";

const LONGEST_REASON = 200;
const RECENT_KEPT = 20;
const PATTERNS_KEPT = 64;
/** Classes are few; this only bounds a source that invents them. */
const CLASSES_KEPT = 32;

export interface RecentError {
  /** ISO time. */
  readonly at: string;
  /** The connection it happened to. */
  readonly connection: string;
  readonly errorClass: string;
  readonly reason: string;
}

/** Errors alike but for ids and numbers. */
export interface ErrorPattern {
  readonly errorClass: string;
  /** The reason with `<id>` and `<n>` in place of what varies. */
  readonly pattern: string;
  readonly count: number;
  readonly lastAt: string;
}

export interface ErrorReport {
  /** Since start. */
  readonly byClass: Readonly<Record<string, number>>;
  /** Most frequent first; of the 64 patterns seen last. */
  readonly patterns: readonly ErrorPattern[];
  /** Newest first, at most 20. */
  readonly recent: readonly RecentError[];
}

/** A reason fit to be shown: without secrets, and short. */
export function shownReason(reason: string): string {
  const clean = redactText(reason);
  return clean.length > LONGEST_REASON ? `${clean.slice(0, LONGEST_REASON)}…` : clean;
}

/** What stays of a reason when ids and numbers are taken out. */
export function patternOf(reason: string): string {
  return reason
    .replace(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, "<id>")
    .replace(/\b(?=[a-z]*\d)[0-9a-z]{8,}\b/gi, "<id>")
    .replace(/\d+/g, "<n>");
}

/** Counts errors by class and by pattern, in bounded space. */
export function createErrorPatterns() {
  const byClass = new Map<string, number>();
  const patterns = new Map<string, ErrorPattern>();
  const recent: RecentError[] = [];

  const countClass = (errorClass: string) => {
    const name = byClass.has(errorClass) || byClass.size < CLASSES_KEPT ? errorClass : "other";
    byClass.set(name, (byClass.get(name) ?? 0) + 1);
  };

  const countPattern = (error: RecentError) => {
    const pattern = patternOf(error.reason);
    const key = `${error.errorClass} ${pattern}`;
    const count = (patterns.get(key)?.count ?? 0) + 1;
    // Set anew, so that the map's order is from the longest unseen to the latest.
    patterns.delete(key);
    patterns.set(key, { errorClass: error.errorClass, pattern, count, lastAt: error.at });
    const [oldest] = patterns.keys();
    if (patterns.size > PATTERNS_KEPT && oldest !== undefined) patterns.delete(oldest);
  };

  return {
    /** `reason` as `shownReason` made it. */
    add(error: RecentError): void {
      countClass(error.errorClass);
      countPattern(error);
      recent.unshift(error);
      if (recent.length > RECENT_KEPT) recent.pop();
    },
    report(): ErrorReport {
      return {
        byClass: Object.fromEntries(byClass),
        patterns: [...patterns.values()].sort((a, b) => b.count - a.count),
        recent: [...recent],
      };
    },
  };
}
