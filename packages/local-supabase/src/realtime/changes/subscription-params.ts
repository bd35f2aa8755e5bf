import type { ChangeParams } from "../join-payload.ts";
import type { ChangeAction } from "./pgoutput.ts";

/** The operators of filters. Each may be negated by `not.`. @source supabase/realtime 2.129 */
const OPERATORS = [
  "eq",
  "neq",
  "lt",
  "lte",
  "gt",
  "gte",
  "in",
  "like",
  "ilike",
  "is",
  "match",
  "imatch",
  "isdistinct",
] as const;

export type FilterOperator = (typeof OPERATORS)[number];

/** A condition on a column, such as `price=gt.10`. Several are joined by "and". */
export interface ChangeFilter {
  readonly column: string;
  readonly operator: FilterOperator;
  /** For `in` a Postgres array literal. */
  readonly value: string;
  readonly isNegated: boolean;
}

/** The changes that a channel subscribes to. */
export interface SubscriptionParams {
  readonly event: "*" | ChangeAction;
  /** A name, or `*`. */
  readonly schema: string;
  /** A name, or `*`. */
  readonly table: string;
  readonly filters: readonly ChangeFilter[];
  /** The columns of records; undefined: all. Primary keys are always included. */
  readonly select: readonly string[] | undefined;
}

export type ParsedParams =
  | { readonly kind: "parsed"; readonly params: SubscriptionParams }
  | { readonly kind: "refused"; readonly message: string };

/** Reads one `postgres_changes` entry. The messages of refusals are the server's. */
export function parseSubscriptionParams(entry: ChangeParams): ParsedParams {
  const { schema, table, filter, select } = entry;
  if (typeof select === "string") {
    return refused(
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    );
  }
  const isNamed = isTextOrMissing(schema) && isTextOrMissing(table) && (schema !== undefined || table !== undefined);
  const isFilterUsable =
    filter === undefined || (typeof filter === "string" && schema !== undefined && table !== undefined);
  if (!isNamed || !isFilterUsable) {
    const shown = inspectMap(entry);
    return refused(
      `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${shown}`,
    );
  }
  const filters = parseFilters(filter ?? "");
  if (typeof filters === "string") return refused(`Error parsing \`filter\` params: ${filters}`);
  const names = { schema: schema ?? "public", table: table ?? "*" };
  const columns = Array.isArray(select) ? select.filter((column) => typeof column === "string") : [];
  if (columns.length > 0 && (names.schema === "*" || names.table === "*")) {
    return refused(
      "Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.",
    );
  }
  const params = {
    event: readEvent(entry["event"]),
    ...names,
    filters,
    select: columns.length > 0 ? columns : undefined,
  };
  return { kind: "parsed", params };
}

/** Writes the parameters as the server does in its messages. */
export function showParams({ event, schema, table, filters, select }: SubscriptionParams): string {
  const shownFilters = filters.map(
    ({ column, operator, value, isNegated }) =>
      `{${JSON.stringify(column)}, ${JSON.stringify(operator)}, ${JSON.stringify(value)}, ${isNegated}}`,
  );
  const shownSelect = select ? inspectList(select) : "nil";
  return `event: ${event}, schema: ${schema}, table: ${table}, filters: [${shownFilters.join(", ")}], select: ${shownSelect}`;
}

function isTextOrMissing(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function readEvent(event: unknown): SubscriptionParams["event"] {
  const name = typeof event === "string" ? event.toUpperCase() : "*";
  return name === "INSERT" || name === "UPDATE" || name === "DELETE" ? name : "*";
}

/** Parses filters. Returns a text when they are wrong: the server's message. */
function parseFilters(text: string): ChangeFilter[] | string {
  if (text.trim() === "") return [];
  const filters: ChangeFilter[] = [];
  for (const segment of splitTopLevel(text.trim())) {
    const filter = parseFilter(segment.trim());
    if (typeof filter === "string") return filter;
    filters.push(filter);
  }
  return filters;
}

function parseFilter(segment: string): ChangeFilter | string {
  if (segment === "") return "filter must not contain empty segments (check for extra commas)";
  const [column = "", condition] = splitOnce(segment, "=");
  if (condition === undefined) return inspectList([segment]);
  const isNegated = condition.startsWith("not.");
  const [operator = "", value] = splitOnce(isNegated ? condition.slice("not.".length) : condition, ".");
  if (value === undefined) return inspectList([operator]);
  if (!isOperator(operator)) return inspectList([operator, value]);
  if (operator !== "in") return { column, operator, value: unquote(value), isNegated };
  if (!value.startsWith("(") || !value.endsWith(")")) return "`in` filter value must be wrapped by parentheses";
  return { column, operator, value: `{${value.slice(1, -1)}}`, isNegated };
}

/** Splits at commas outside of parentheses and quoted values. */
function splitTopLevel(text: string): string[] {
  const segments: string[] = [];
  let start = 0;
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isQuoted && character === "\\") index += 1;
    else if (isQuoted) isQuoted = character !== '"';
    else if (character === '"' && ".(,".includes(text[index - 1] ?? "")) isQuoted = true;
    else if (character === "(") depth += 1;
    else if (character === ")") depth = Math.max(0, depth - 1);
    else if (character === "," && depth === 0) {
      segments.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...segments, text.slice(start)];
}

function unquote(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value);
  return quoted?.[1] === undefined ? value : quoted[1].replace(/\\(.)/gs, "$1");
}

function splitOnce(text: string, separator: string): [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}

function isOperator(text: string): text is FilterOperator {
  return (OPERATORS as readonly string[]).includes(text);
}

function inspectList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
}

function inspectMap(map: ChangeParams): string {
  const entries = Object.entries(map).filter(([name]) => name !== "id");
  return `%{${entries.map(([name, value]) => `${JSON.stringify(name)} => ${JSON.stringify(value)}`).join(", ")}}`;
}

function refused(message: string): ParsedParams {
  return { kind: "refused", message };
}
