import { isFleetError } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import type { TokenClaims } from "../tokens.ts";
import { filterSql, quoteName, SqlParameters } from "./filter-sql.ts";
import type { Row } from "./pgoutput.ts";
import type { ChangeFilter } from "./subscription-params.ts";
import { fillFrom, type TableChange } from "./table-change.ts";

/** The rights of a role on a table. */
export interface RoleRights {
  readonly readable: ReadonlySet<string>;
  readonly isAboveRowSecurity: boolean;
}

/** Which filters a change passes, and the rights of each role on its table. */
export interface Inspection {
  readonly passed: readonly boolean[];
  readonly rights: ReadonlyMap<string, RoleRights>;
}

/**
 * Asks the database about a change. One statement evaluates the filters of all channels, so that Postgres itself compares;
 * row security is evaluated by selecting the row as each user. The answers are about the present, not about the commit.
 *
 * A filter or a policy that Postgres refuses to evaluate hides the row from those it belongs to, and from nobody else.
 */
export class ChangeVisibility {
  readonly #database: Database;
  #visibleXid: number | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  async inspect(
    change: TableChange,
    filterSets: readonly (readonly ChangeFilter[])[],
    roles: readonly string[],
  ): Promise<Inspection> {
    const row = await this.#ask(change, filterSets, roles).catch(async (thrown: unknown): Promise<InspectionRow> => {
      if (!isRefused(thrown)) throw thrown;
      const passed: boolean[] = [];
      for (const filters of filterSets) passed.push(await this.#passes(change, filters));
      const { rights } = await this.#ask(change, [], roles);
      return { passed, rights };
    });
    const found = roles.map((role, index): [string, RoleRights] => {
      const { columns, above } = row.rights[index] ?? {};
      return [role, { readable: new Set(columns ?? []), isAboveRowSecurity: above ?? false }];
    });
    return { passed: row.passed, rights: new Map(found) };
  }

  /**
   * Resolves when the transaction is visible to statements, or `signal` aborts. Postgres writes a commit to its log, from which
   * the change comes, before it makes it visible; a standby that has to confirm it can take long.
   */
  async waitUntilVisible(xid: number, signal: AbortSignal): Promise<void> {
    if (xid === this.#visibleXid) return;
    for (let isVisible = false; !isVisible && !signal.aborted; ) {
      const [row] = await this.#database.query<{ is_visible: boolean }>(VISIBLE_SQL, [xid]);
      isVisible = row?.is_visible ?? false;
    }
    this.#visibleXid = xid;
  }

  /** Whether a user with these claims can select the row by its key. */
  async sees(change: TableChange, claims: TokenClaims): Promise<boolean> {
    const parameters = new SqlParameters();
    const seen = statement(
      "local_changes_sees",
      `select exists (select from ${tableName(change)} where ${keySql(change, parameters)}) as seen`,
    );
    const asking = this.#database.transaction(async (tx) => {
      await tx.query(
        statement(
          "local_changes_assume",
          "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
        ),
        [claims.role, JSON.stringify(claims)],
      );
      const [row] = await tx.query<{ seen: boolean }>(seen, parameters.values);
      return row?.seen ?? false;
    });
    return asking.catch(falseIfRefused);
  }

  async #ask(
    change: TableChange,
    filterSets: readonly (readonly ChangeFilter[])[],
    roles: readonly string[],
  ): Promise<InspectionRow> {
    const parameters = new SqlParameters();
    const passed = filterSets.map((filters) => passesSql(change, filters, parameters));
    const rights = roles.map((role) => rightsSql(change, role, parameters));
    const asked = statement(
      "local_changes_inspect",
      `select jsonb_build_array(${passed.join(", ")}) as passed, jsonb_build_array(${rights.join(", ")}) as rights`,
    );
    const [row] = await this.#database.query<InspectionRow>(asked, parameters.values);
    return row ?? { passed: [], rights: [] };
  }

  async #passes(change: TableChange, filters: readonly ChangeFilter[]): Promise<boolean> {
    const asking = this.#ask(change, [filters], []).then(({ passed }) => passed[0] ?? false);
    return asking.catch(falseIfRefused);
  }

  /** Adds the large values that an update did not change and therefore does not carry. Reads them from the table, if the row exists. */
  async fillLargeValues(change: TableChange): Promise<TableChange> {
    const hasKey = change.columns.some(({ isPrimaryKey }) => isPrimaryKey);
    if (!hasKey || change.newRow.every((value) => value !== undefined)) return change;
    const parameters = new SqlParameters();
    const texts = change.columns.map(({ name }) => `${quoteName(name)}::text`);
    const [row] = await this.#database.query<{ row: (string | null)[] }>(
      statement(
        "local_changes_large_values",
        `select jsonb_build_array(${texts.join(", ")}) as row from ${tableName(change)} where ${keySql(change, parameters)}`,
      ),
      parameters.values,
    );
    return { ...change, newRow: fillFrom(change.newRow, row?.row) };
  }
}

interface InspectionRow {
  passed: boolean[];
  rights: { columns: string[] | null; above: boolean | null }[];
}

/** Waits 10 ms where the transaction is not visible. The id is completed by the epoch of the next one that begins. */
const VISIBLE_SQL = statement(
  "local_changes_visible",
  `
  with present as (
    select pg_current_snapshot() as snapshot, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next
  ), named as (
    select snapshot, (next >> 32 << 32) + $1::bigint - case when $1::bigint > (next & 4294967295) + 2147483648 then 4294967296 else 0 end as id
    from present
  ), looked as (
    select pg_visible_in_snapshot(greatest(id, 3)::text::xid8, snapshot) as is_visible from named
  )
  select is_visible, case when not is_visible then pg_sleep(0.01) end from looked`,
);

/** Whether Postgres refused what was asked, as it will the next time, too. */
function isRefused(thrown: unknown): boolean {
  return isFleetError(thrown) && !thrown.retryable;
}

function falseIfRefused(thrown: unknown): false {
  if (isRefused(thrown)) return false;
  throw thrown;
}

function passesSql(change: TableChange, filters: readonly ChangeFilter[], parameters: SqlParameters): string {
  const row: Row = change.action === "DELETE" ? change.oldRow : change.newRow;
  const conditions = filters.map((filter) => {
    const index = change.columns.findIndex(({ name }) => name === filter.column);
    const column = change.columns[index];
    const value = row[index];
    // A value that the change does not carry passes no filter.
    return column && value !== undefined ? filterSql(filter, column.type.sqlName, value, parameters) : "false";
  });
  return conditions.length === 0 ? "true" : conditions.join(" and ");
}

function rightsSql({ oid }: TableChange, role: string, parameters: SqlParameters): string {
  const roleName = `(${parameters.add(role)})::name`;
  return `jsonb_build_object(
    'columns', (select coalesce(jsonb_agg(a.attname), '[]') from pg_attribute a
                where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped
                  and has_column_privilege((select oid from pg_roles where rolname = ${roleName}), a.attrelid, a.attnum, 'SELECT')),
    'above', (select rolbypassrls or rolsuper from pg_roles where rolname = ${roleName}))`;
}

function keySql({ columns, newRow }: TableChange, parameters: SqlParameters): string {
  const conditions = columns.flatMap(({ name, type, isPrimaryKey }, index) => {
    const value = newRow[index];
    if (!isPrimaryKey || value === undefined) return [];
    return [`${quoteName(name)} = (${parameters.add(value)})::${type.sqlName}`];
  });
  return conditions.length === 0 ? "false" : conditions.join(" and ");
}

function tableName({ schema, table }: TableChange): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
