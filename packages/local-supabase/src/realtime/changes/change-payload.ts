import { toJsonText } from "./json-value.ts";
import type { Row } from "./pgoutput.ts";
import type { ChangeColumn, TableChange } from "./table-change.ts";

/** A larger record keeps only its small values. @source REALTIME.md 1: 1 MiB, 64 bytes */
const MAX_RECORD_BYTES = 1024 * 1024;
const SMALL_VALUE_BYTES = 64;

/** Whose eyes a change is written for. */
export interface PayloadView {
  /** Columns the role may select. */
  readonly readable: ReadonlySet<string>;
  /** Columns the channel asked for; undefined: all. */
  readonly select: readonly string[] | undefined;
}

/** The `data` of a `postgres_changes` message, as JSON text. */
export function changePayload(change: TableChange, view: PayloadView): string {
  const refusal = refusalOf(change, view.readable);
  if (refusal) return refusedPayload(change, refusal);
  const isVisible = ({ name, isPrimaryKey }: ChangeColumn) =>
    view.readable.has(name) && (!view.select || view.select.includes(name) || isPrimaryKey);
  const isTooLarge = sizeOf(change.newRow) + sizeOf(change.oldRow) > MAX_RECORD_BYTES;
  const parts = [
    ...headParts(change),
    `"columns":${JSON.stringify(change.columns.filter(isVisible).map(({ name, type }) => ({ name, type: type.name })))}`,
    `"errors":${isTooLarge ? '["Error 413: Payload Too Large"]' : "null"}`,
  ];
  if (change.action !== "DELETE") parts.push(`"record":${recordText(change, change.newRow, isVisible, isTooLarge)}`);
  if (change.action === "INSERT") return `{${parts.join(",")}}`;
  // Nobody can check a deleted row against a policy: with row security on, no more than its key is shown.
  const isKeyOnly = change.action === "DELETE" && change.isRowSecurityOn;
  const isShownOld = (column: ChangeColumn) => isVisible(column) && (!isKeyOnly || column.isPrimaryKey);
  parts.push(`"old_record":${recordText(change, change.oldRow, isShownOld, isTooLarge)}`);
  return `{${parts.join(",")}}`;
}

/** Why a change is announced without its row; undefined when it is not. */
export function refusalOf({ action, columns }: TableChange, readable: ReadonlySet<string>): string | undefined {
  if (action === "DELETE") return undefined;
  const keys = columns.filter(({ isPrimaryKey }) => isPrimaryKey);
  if (keys.length === 0) return "Error 400: Bad Request, no primary key";
  return keys.every(({ name }) => readable.has(name)) ? undefined : "Error 401: Unauthorized";
}

function refusedPayload(change: TableChange, refusal: string): string {
  const parts = [...headParts(change), '"columns":[]', `"errors":${JSON.stringify([refusal])}`, '"record":{}'];
  if (change.action === "UPDATE") parts.push('"old_record":{}');
  return `{${parts.join(",")}}`;
}

function headParts({ schema, table, action, committedAtMs }: TableChange): string[] {
  return [
    `"schema":${JSON.stringify(schema)}`,
    `"table":${JSON.stringify(table)}`,
    `"type":"${action}"`,
    `"commit_timestamp":"${new Date(committedAtMs).toISOString()}"`,
  ];
}

function recordText(
  { columns }: TableChange,
  row: Row,
  isShown: (column: ChangeColumn) => boolean,
  isTooLarge: boolean,
): string {
  const entries = columns.flatMap((column, index) => {
    const value = row[index];
    if (value === undefined || !isShown(column)) return [];
    const text = toJsonText(column.type, value);
    if (isTooLarge && Buffer.byteLength(text) > SMALL_VALUE_BYTES) return [];
    return [`${JSON.stringify(column.name)}:${text}`];
  });
  return `{${entries.join(",")}}`;
}

function sizeOf(row: Row): number {
  return row.reduce((bytes, value) => bytes + (value ? Buffer.byteLength(value) : 0), 0);
}
