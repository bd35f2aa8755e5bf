import { quoteName } from "../realtime/changes/filter-sql.ts";
import { badQuery, RestError } from "./rest-error.ts";

/** A table as the catalog has it: the type of each column, as SQL writes it. */
export interface TableShape {
  readonly name: string;
  readonly columns: ReadonlyMap<string, string>;
}

/** The parts of a query string in SQL. `values` are the parameters, from `$1[1]` on. */
export interface TableQuery {
  /** What to return of each row. */
  readonly select: string;
  /** From `where` to `offset`; empty when all rows are wanted. */
  readonly tail: string;
  readonly values: readonly string[];
}

/** The most rows in one answer, as Supabase sets it. */
export const MAX_ROWS = 1000;

const OPERATORS: Readonly<Record<string, string>> = { eq: "=", neq: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" };
const IS_VALUES = ["null", "not_null", "true", "false", "unknown"];
const NOT_A_FILTER = new Set(["select", "order", "limit", "offset", "columns", "apikey"]);
const MAX_FILTERS = 50;

/** Reads `select`, filters, `order`, `limit` and `offset`. Throws `RestError` for what it does not know and for unknown columns. */
export function readTableQuery(table: TableShape, query: URLSearchParams): TableQuery {
  const values: string[] = [];
  const conditions = [...query].flatMap(([name, value]) =>
    NOT_A_FILTER.has(name) ? [] : [conditionSql(table, name, value, values)],
  );
  if (conditions.length > MAX_FILTERS) throw badQuery(`at most ${MAX_FILTERS} filters are read`);
  const limit = Math.min(readCount(query, "limit") ?? MAX_ROWS, MAX_ROWS);
  const tail = [
    conditions.length > 0 ? `where ${conditions.join(" and ")}` : "",
    orderSql(table, query.get("order")),
    `limit ${limit} offset ${readCount(query, "offset") ?? 0}`,
  ];
  return { select: selectSql(table, query.get("select")), tail: tail.join(" "), values };
}

function selectSql(table: TableShape, select: string | null): string {
  const parts = (select ?? "*").split(",").map((part) => part.trim());
  const columns = parts.flatMap((part) => {
    if (part === "" || part === "*") return [...table.columns.keys()].map((name) => columnSql(table, name));
    const [, alias, name = ""] = /^(?:([^:]+):)?([^:]+)$/.exec(part) ?? [];
    return [`${columnSql(table, name)} as ${quoteName(alias ?? name)}`];
  });
  return columns.join(", ");
}

function conditionSql(table: TableShape, name: string, text: string, values: string[]): string {
  const column = columnSql(table, name);
  const type = table.columns.get(name) ?? "text";
  const [, operator = "", value = ""] = /^(\w+)\.(.*)$/s.exec(text) ?? [];
  const place = (each: string) => `($1[${values.push(each)}])::${type}`;
  const symbol = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (symbol) return `${column} ${symbol} ${place(value)}`;
  if (operator === "is" && IS_VALUES.includes(value.toLowerCase())) {
    return `${column} is ${value.toLowerCase().replace("_", " ")}`;
  }
  const list = operator === "in" ? readList(value) : undefined;
  if (list) return list.length === 0 ? "false" : `${column} in (${list.map(place).join(", ")})`;
  throw badQuery(`"failed to parse filter (${text})"`, `known operators: ${Object.keys(OPERATORS).join(", ")}, in, is`);
}

/** Reads `(a,"b,c")`: commas, quotes and backslashes are escaped within quotes. Undefined when it is no such list. */
function readList(text: string): string[] | undefined {
  const inner = /^\((.*)\)$/s.exec(text)?.[1];
  if (inner === undefined) return undefined;
  if (inner === "") return [];
  const item = /(?:"((?:[^"\\]|\\.)*)"|([^",][^,]*|))(?:,|$)/sy;
  const items: string[] = [];
  // The comma after an item belongs to its match, so that the last match ends at the end of the text.
  for (let isOver = false; !isOver; ) {
    const match = item.exec(inner);
    if (!match) return undefined;
    items.push(match[1]?.replace(/\\(.)/gs, "$1") ?? match[2] ?? "");
    isOver = !match[0].endsWith(",");
  }
  return item.lastIndex === inner.length ? items : undefined;
}

function orderSql(table: TableShape, order: string | null): string {
  if (!order) return "";
  const terms = order.split(",").map((term) => {
    const [, name = "", direction = "asc", nulls] =
      /^(.+?)(?:\.(asc|desc))?(?:\.nulls(first|last))?$/.exec(term.trim()) ?? [];
    return `${columnSql(table, name)} ${direction}${nulls ? ` nulls ${nulls}` : ""}`;
  });
  return `order by ${terms.join(", ")}`;
}

function readCount(query: URLSearchParams, name: "limit" | "offset"): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badQuery(`"failed to parse ${name} parameter (${text})"`);
  return Number(text);
}

/** Returns the column, quoted. Only the names of the catalog get into a statement. */
function columnSql({ name: table, columns }: TableShape, name: string): string {
  if (columns.has(name)) return `t.${quoteName(name)}`;
  throw new RestError(400, { code: "42703", message: `column ${table}.${name} does not exist` });
}
