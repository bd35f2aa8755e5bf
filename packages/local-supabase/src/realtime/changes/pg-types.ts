import type { Sql } from "@shoal/store";

/** What is to be known of a type to write its values as JSON and to compare them in SQL. */
export interface PgType {
  /** As in `pg_type`: `int4`, `_text`. */
  readonly name: string;
  /** As SQL writes it: `integer`, `text[]`. Safe to put into a statement. */
  readonly sqlName: string;
  readonly json: JsonKind;
  /** Of an array. */
  readonly element: PgType | undefined;
}

/** How `to_jsonb` writes a value. */
export type JsonKind = "number" | "boolean" | "json" | "timestamp" | "timestamptz" | "array" | "text";

interface TypeRow {
  oid: string;
  name: string;
  sql_name: string;
  category: string;
  element_oid: string;
  base_oid: string;
}

const UNKNOWN_TYPE: PgType = { name: "unknown", sqlName: "text", json: "text", element: undefined };
const KINDS: Readonly<Record<string, JsonKind>> = {
  int2: "number",
  int4: "number",
  int8: "number",
  oid: "number",
  float4: "number",
  float8: "number",
  numeric: "number",
  bool: "boolean",
  json: "json",
  jsonb: "json",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
};

/** Types by oid, each looked up once. */
export class TypeCatalog {
  readonly #sql: Sql;
  readonly #types = new Map<number, PgType>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Makes sure that `find` knows these. */
  async load(oids: readonly number[]): Promise<void> {
    const missing = oids.filter((oid) => !this.#types.has(oid));
    if (missing.length === 0) return;
    const rows = await this.#sql.query<TypeRow>(TYPES_SQL, [missing.map(String)]);
    const byOid = new Map(rows.map((row) => [row.oid, row]));
    for (const oid of missing) this.#types.set(oid, toType(byOid, String(oid)));
  }

  find(oid: number): PgType {
    return this.#types.get(oid) ?? UNKNOWN_TYPE;
  }
}

const TYPES_SQL = `
  with recursive needed as (
    select t.* from pg_type t where t.oid = any (($1::text[])::oid[])
    union
    select t.* from needed n join pg_type t on t.oid in (n.typelem, n.typbasetype)
  )
  select oid::text, typname as name, format_type(oid, null) as sql_name, typcategory::text as category,
         typelem::text as element_oid, typbasetype::text as base_oid
  from needed`;

function toType(rows: ReadonlyMap<string, TypeRow>, oid: string): PgType {
  const row = rows.get(oid);
  if (!row) return UNKNOWN_TYPE;
  const named = { name: row.name, sqlName: row.sql_name };
  // A domain is written as what it is made of.
  if (row.base_oid !== "0") return { ...toType(rows, row.base_oid), ...named };
  if (row.category === "A") return { ...named, json: "array", element: toType(rows, row.element_oid) };
  return { ...named, json: KINDS[row.name] ?? "text", element: undefined };
}
