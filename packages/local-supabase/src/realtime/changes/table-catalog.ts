import type { Sql } from "@shoal/store";
import { TypeCatalog } from "./pg-types.ts";
import type { Relation } from "./pgoutput.ts";
import type { TableFacts } from "./table-change.ts";

/**
 * What the database says of each table in the stream. Asked once per description of a table, which the stream repeats
 * after every change to it.
 */
export class TableCatalog {
  readonly #sql: Sql;
  readonly #types: TypeCatalog;
  readonly #facts = new WeakMap<Relation, TableFacts>();

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#types = new TypeCatalog(sql);
  }

  /** Undefined when the table is gone by now. */
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

const FACTS_SQL = `
  select c.relrowsecurity as is_row_security_on,
         coalesce((select jsonb_agg(a.attname)
                   from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary), '[]') as keys
  from pg_class c where c.oid = ($1::text)::oid`;
