import type { ChangeAction, Row, RowMessage } from "./pgoutput.ts";
import type { ChangeColumn, TableFacts } from "./table-catalog.ts";

/** A changed row with the facts needed to filter and write it. */
export interface TableChange {
  readonly action: ChangeAction;
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly committedAtMs: number;
  readonly columns: readonly ChangeColumn[];
  /** The row after the change; empty for a DELETE. */
  readonly newRow: Row;
  /** The values before the change that the replica identity keeps; undefined for the others. Empty for an INSERT. */
  readonly oldRow: Row;
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

/** Returns `row` with its missing values taken from `other`. */
export function fillFrom(row: Row, other: Row | undefined): Row {
  return other ? row.map((value, index) => (value === undefined ? other[index] : value)) : row;
}

// An update that does not change the key sends no old row: the key is then in the new row.
function identityRow({ relation, oldRow, newRow, isOldRowWhole }: RowMessage): Row {
  const source = oldRow ?? newRow ?? [];
  return relation.columns.map(({ isKey }, index) => (isKey || isOldRowWhole ? source[index] : undefined));
}
