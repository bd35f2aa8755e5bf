import type { SqlValue } from "@shoal/store";
import type { ChangeFilter, FilterOperator } from "./subscription-params.ts";

/** Collects the parameters of one statement. */
export class SqlParameters {
  readonly values: SqlValue[] = [];

  /** Adds a parameter and returns its placeholder. */
  add(value: string | null): string {
    this.values.push(value);
    return `$${this.values.length}::text`;
  }
}

const IS_VALUES: Readonly<Record<string, string>> = { null: "null", true: "true", false: "false", unknown: "unknown" };
const SYMBOLS: Readonly<Record<Exclude<FilterOperator, "in" | "is" | "isdistinct">, string>> = {
  eq: "=",
  neq: "<>",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  like: "like",
  ilike: "ilike",
  match: "~",
  imatch: "~*",
};

/** Writes a condition that is true when `value`, of the type `sqlType`, passes the filter. An unknown result does not pass. */
export function filterSql(
  filter: ChangeFilter,
  sqlType: string,
  value: string | null,
  parameters: SqlParameters,
): string {
  const condition = conditionSql(filter, sqlType, `(${parameters.add(value)})::${sqlType}`, parameters);
  return `coalesce(${filter.isNegated ? "not " : ""}(${condition}), false)`;
}

function conditionSql(filter: ChangeFilter, sqlType: string, left: string, parameters: SqlParameters): string {
  if (filter.operator === "is") return `${left} is ${isValue(filter.value)}`;
  const right = valueSql(filter, sqlType, parameters);
  if (filter.operator === "isdistinct") return `${left} is distinct from ${right}`;
  if (filter.operator === "in") return `${left} = any (${right})`;
  return `${left} ${SYMBOLS[filter.operator]} ${right}`;
}

/** Writes the value of a filter as the type that its column is compared with. */
export function valueSql({ operator, value }: ChangeFilter, sqlType: string, parameters: SqlParameters): string {
  return `(${parameters.add(value)})::${sqlType}${operator === "in" ? "[]" : ""}`;
}

/** Reads the keyword of an `is` filter; undefined for any other text, which must not get into a statement. */
export function readIsValue(value: string): string | undefined {
  return Object.hasOwn(IS_VALUES, value) ? IS_VALUES[value] : undefined;
}

function isValue(value: string): string {
  return readIsValue(value) ?? "null";
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
