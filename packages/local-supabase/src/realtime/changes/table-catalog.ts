import { type Sql, statement } from "@shoal/store";
import type { Relation } from "./pgoutput.ts";

export interface ChangeColumn {
  readonly name: string;
  readonly type: PgType;
  readonly isPrimaryKey: boolean;
}

/** The facts that the catalog has on a table. */
export interface TableFacts {
  readonly columns: readonly ChangeColumn[];
  readonly isRowSecurityOn: boolean;
}

/** The facts on a type that are needed to write its values as JSON and to compare them in SQL. */
export interface PgType {
  /** As in `pg_type`: `int4`, `_text`. */
  readonly name: string;
  /** As SQL writes it: `integer`, `text[]`. Safe inside a statement. */
  readonly sqlName: string;
  readonly json: JsonKind;
  /** The type of an array's elements. */
  readonly element: PgType | undefined;
}

/** How the server writes a value. */
type JsonKind = "number" | "boolean" | "json" | "timestamp" | "timestamptz" | "bytea" | "array" | "text";

/**
 * Reads the facts on each table in the stream, once per description of a table. The stream repeats the description after
 * every change to the table.
 */
export class TableCatalog {
  readonly #sql: Sql;
  readonly #types: TypeCatalog;
  readonly #facts = new WeakMap<Relation, TableFacts>();

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#types = new TypeCatalog(sql);
  }

  /** Resolves with undefined when the table no longer exists. */
  async factsOf(relation: Relation): Promise<TableFacts | undefined> {
    const known = this.#facts.get(relation);
    if (known) return known;
    await this.#types.load(relation.columns.map(({ typeOid }) => typeOid));
    const [row] = await this.#sql.query<{ is_row_security_on: boolean; keys: string[] }>(FACTS_SQL, [
      String(relation.oid),
    ]);
    if (!row) return undefined;
    const facts: TableFacts = {
      isRowSecurityOn: row.is_row_security_on,
      columns: relation.columns.map(({ name, typeOid }) => ({
        name,
        type: this.#types.find(typeOid),
        isPrimaryKey: row.keys.includes(name),
      })),
    };
    this.#facts.set(relation, facts);
    return facts;
  }
}

const FACTS_SQL = statement(
  "local_changes_table_facts",
  `
  select c.relrowsecurity as is_row_security_on,
         coalesce((select jsonb_agg(a.attname)
                   from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary), '[]') as keys
  from pg_class c where c.oid = ($1::text)::oid`,
);

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
  bytea: "bytea",
};

/** Types by oid, each read once. */
class TypeCatalog {
  readonly #sql: Sql;
  readonly #types = new Map<number, PgType>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads the types that `find` does not know yet. */
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

const TYPES_SQL = statement(
  "local_changes_types",
  `
  with recursive needed as (
    select t.* from pg_type t where t.oid = any (($1::text[])::oid[])
    union
    select t.* from needed n join pg_type t on t.oid in (n.typelem, n.typbasetype)
  )
  select oid::text, typname as name, format_type(oid, null) as sql_name, typcategory::text as category,
         typelem::text as element_oid, typbasetype::text as base_oid
  from needed`,
);

function toType(rows: ReadonlyMap<string, TypeRow>, oid: string): PgType {
  const row = rows.get(oid);
  if (!row) return UNKNOWN_TYPE;
  const named = { name: row.name, sqlName: row.sql_name };
  // A domain is written as its base type; over bytea, which the server knows by its name only, as text.
  if (row.base_oid !== "0") {
    const base = toType(rows, row.base_oid);
    return { ...base, ...named, json: base.json === "bytea" ? "text" : base.json };
  }
  if (row.category === "A") return { ...named, json: "array", element: toType(rows, row.element_oid) };
  return { ...named, json: KINDS[row.name] ?? "text", element: undefined };
}
