import type { PgType } from "./pg-types.ts";
import type { ChangeAction, Row, RowMessage } from "./pgoutput.ts";

/** One changed row, with all that deciding about it and writing it takes. */
export interface TableChange {
  readonly action: ChangeAction;
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly committedAtMs: number;
  readonly columns: readonly ChangeColumn[];
  /** The row as it is now; empty for a DELETE. */
  readonly newRow: Row;
  /** What the replica identity kept of the row as it was; undefined where it kept nothing. Empty for an INSERT. */
  readonly oldRow: Row;
  readonly isRowSecurityOn: boolean;
}

export interface ChangeColumn {
  readonly name: string;
  readonly type: PgType;
  readonly isPrimaryKey: boolean;
}

/** What the catalog says of a table. */
export interface TableFacts {
  readonly columns: readonly ChangeColumn[];
  readonly isRowSecurityOn: boolean;
}

export function toTableChange(message: RowMessage, facts: TableFacts, committedAtMs: number): TableChange {
  const { action, relation } = message;
  return {
    action,
    oid: relation.oid,
    schema: relation.schema,
    table: relation.table,
    committedAtMs,
    columns: facts.columns,
    newRow: fillFrom(message.newRow ?? [], message.isOldRowWhole ? message.oldRow : undefined),
    oldRow: action === "INSERT" ? [] : identityRow(message),
    isRowSecurityOn: facts.isRowSecurityOn,
  };
}

/** `row` with what is missing in it taken from `other`. */
export function fillFrom(row: Row, other: Row | undefined): Row {
  return other ? row.map((value, index) => (value === undefined ? other[index] : value)) : row;
}

// An update that leaves the key alone sends no old row: the key is then to be found in the new one.
function identityRow({ relation, oldRow, newRow, isOldRowWhole }: RowMessage): Row {
  const source = oldRow ?? newRow ?? [];
  return relation.columns.map(({ isKey }, index) => (isKey || isOldRowWhole ? source[index] : undefined));
}
