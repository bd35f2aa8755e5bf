import { isUuid } from "@shoal/kernel";
import { type Sql, type SqlValue, statement } from "@shoal/store";
import type { Kept } from "./kept.ts";

/** A person, as the list of what is kept asks for one: `$1` and `$2`. */
export type PersonKey = readonly [ids: readonly string[], uuid: string | null];

/** Ids of people are compared as they are, those that are UUIDs also in small letters, as signed-in people have them. */
export const keyOf = (id: string): PersonKey =>
  isUuid(id) ? [[...new Set([id, id.toLowerCase()])], id.toLowerCase()] : [[id], null];

/** Rows in one statement, so that no lock is held for long. */
const BATCH_ROWS = 5000;
/** Says of what type the parameters are, also where the rest of a statement has no use for them. */
const TYPED = "($1::text[] is not null or $2::uuid is not null)";

const eraseStatement = ({ table, is, set }: Kept) => {
  const rows = `t.ctid = any (array(select t.ctid from ${table} t where ${TYPED} and (${is}) limit ${BATCH_ROWS}))`;
  return statement(
    "people_erase",
    set
      ? `with gone as (update ${table} t set ${set} where ${rows} returning 1) select count(*)::int as count from gone`
      : `with gone as (delete from ${table} t where ${rows} returning 1) select count(*)::int as count from gone`,
  );
};

/** Erases all that one entry of the list is of, batch by batch. Returns how many rows. Errors as `Sql.query`. */
export async function eraseEntry(sql: Pick<Sql, "query">, entry: Kept, key: PersonKey): Promise<number> {
  const text = eraseStatement(entry);
  for (let erased = 0; ; ) {
    const [row] = await sql.query<{ count: number }>(text, [...key]);
    const count = row?.count ?? 0;
    erased += count;
    if (count < BATCH_ROWS) return erased;
  }
}

export async function countEntry(sql: Pick<Sql, "query">, { table, is }: Kept, key: PersonKey): Promise<number> {
  const text = statement(
    "people_count_kept",
    `select count(*)::int as count from ${table} t where ${TYPED} and (${is})`,
  );
  const [row] = await sql.query<{ count: number }>(text, [...key]);
  return row?.count ?? 0;
}

export interface RowPage {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}

/** Returns rows of an entry, in the order in which they lie, after `after` of the page before. */
export async function rowsOfEntry(
  sql: Pick<Sql, "query">,
  { table, is, shows = "t.*" }: Kept,
  key: PersonKey,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<RowPage> {
  const text = statement(
    "people_rows",
    `select t.ctid::text as place, (select to_jsonb(shown) from (select ${shows}) shown) as row
     from ${table} t where ${TYPED} and (${is}) and ($3::text is null or t.ctid > $3::tid) order by t.ctid limit $4::int`,
  );
  const params: SqlValue[] = [...key, after, limit + 1];
  const found = await sql.query<{ place: string; row: Record<string, unknown> }>(text, params);
  const shown = found.slice(0, limit);
  return { rows: shown.map(({ row }) => row), next: found.length > limit ? (shown.at(-1)?.place ?? null) : null };
}

const THERE = statement(
  "people_tables",
  "select name from unnest($1::text[]) as name where to_regclass(name) is not null",
);

/** Leaves out entries of tables that the schema does not have: of a newer one that is not there yet. */
export async function entriesThere(sql: Pick<Sql, "query">, entries: readonly Kept[]): Promise<readonly Kept[]> {
  const rows = await sql.query<{ name: string }>(THERE, [[...new Set(entries.map(({ table }) => table))]]);
  const there = new Set(rows.map(({ name }) => name));
  return entries.filter(({ table }) => there.has(table));
}
