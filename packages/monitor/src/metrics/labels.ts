/**
 * The values one label may take. Every metric's labels are declared with one of these, so that no caller can grow the
 * number of series without bound or put an id into a label: a value that does not fit counts as `other`.
 */
export interface Vocabulary {
  fit(value: string): string;
  /** Known beforehand, so that their series exist at 0 before the first event. */
  readonly known: readonly string[];
}

/** These values; anything else is `rest`. */
export function oneOf(known: readonly string[], rest = "other"): Vocabulary {
  const set = new Set(known);
  return { known, fit: (value) => (set.has(value) ? value : rest) };
}

/** All values of a type: the compiler refuses a list from which one is missing. Anything else is `rest`. */
export function allOf<Value extends string>(values: Readonly<Record<Value, true>>, rest?: string): Vocabulary {
  return oneOf(Object.keys(values), rest);
}

/** The first `limit` distinct values that look like `pattern`; all others are `other`. */
export function firstOf(limit: number, pattern: RegExp): Vocabulary {
  const seen = new Set<string>();
  return {
    known: [],
    fit(value) {
      if (seen.has(value)) return value;
      if (seen.size >= limit || !pattern.test(value)) return "other";
      seen.add(value);
      return value;
    },
  };
}

/** Error codes: `STORE_UNREACHABLE`, SQLSTATE `40001`, `TypeError`. */
export const errorCodes = () => firstOf(64, /^[A-Za-z0-9_]{2,64}$/);

/** Names of statements, which the code gives: `match_sweep`. */
export const statementNames = () => firstOf(512, /^[a-z][a-z0-9_]{0,62}$/);

/** Reasons as fixed words: `person-left`. Without digits, so that no id passes for one. */
export const reasonWords = () => firstOf(24, /^[a-z]{1,24}(?:[-_ ][a-z]{1,24}){0,4}$/);

/** Route templates: `/api/match/tickets/:id`. A segment with digits, other than a version, is an id that got in. */
export const routeTemplates = () => firstOf(64, /^\/(?:(?::[a-zA-Z_]+|\*|v\d|[a-zA-Z][a-zA-Z._-]*)(?:\/|$))*$/);

/** Names of dependencies: `realtime`, `database`. */
export const partNames = () => firstOf(32, /^[a-z][a-z-]{1,30}$/);

const word = "(?:[a-z]{1,32}\\d{0,2}|\\d{1,2})";

/**
 * Names that operators give to work: types of jobs (`calendar_sync`), pgmq queues, schedules. Words of letters with at most
 * two digits at their end, because a job can be added with any type.
 */
export const workNames = () => firstOf(48, new RegExp(`^(?=[a-z])(?=.{1,64}$)${word}(?:[_.:-]${word}){0,7}$`));

const said = "[A-Za-z][A-Za-z0-9_.-]{0,39}=(?:[A-Za-z][A-Za-z_-]{0,23}|-?\\d{1,4}|-)";

/** What people who may meet have in common: `language=de,region=-`, or `all`. The values are what people say: words or small numbers. */
export const matchBuckets = () => firstOf(24, new RegExp(`^(?:all|${said}(?:,${said}){0,7})$`));

const classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/** HTTP status classes, from a class (`2xx`) or a status (`204`). */
export const statusClasses: Vocabulary = {
  known: [],
  fit: (value) => classes[Number(value[0]) - 1] ?? "other",
};
