import type { Row } from "./pgoutput.ts";
import type { ChangeColumn, PgType } from "./table-catalog.ts";
import type { TableChange } from "./table-change.ts";

/** A larger change keeps only its small values. @source REALTIME.md 1: 1 MiB, 64 bytes */
const MAX_RECORD_BYTES = 1024 * 1024;
const SMALL_VALUE_BYTES = 64;

/** What the receiver of a change may and wants to see. */
export interface PayloadView {
  /** Columns that the role may select. */
  readonly readable: ReadonlySet<string>;
  /** Columns that the channel asked for; undefined: all. */
  readonly select: readonly string[] | undefined;
}

/** Writes the `data` of a `postgres_changes` message as JSON text. */
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
  // A deleted row cannot be checked against a policy: with row security on, only its key is shown.
  const isKeyOnly = change.action === "DELETE" && change.isRowSecurityOn;
  const isShownOld = (column: ChangeColumn) => isVisible(column) && (!isKeyOnly || column.isPrimaryKey);
  parts.push(`"old_record":${recordText(change, change.oldRow, isShownOld, isTooLarge)}`);
  return `{${parts.join(",")}}`;
}

/** Returns the error of a change that is sent without its row; undefined when the row is sent. */
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

/**
 * Turns the text of a value into JSON text as `to_jsonb` does: numbers keep every digit, jsonb is inlined, timestamps become
 * ISO 8601, arrays become arrays, and every other type stays text. Only a bytea differs: the server writes its hex without `\x`.
 */
function toJsonText(type: PgType, value: string | null): string {
  if (value === null) return "null";
  switch (type.json) {
    case "number":
      return JSON_NUMBER.test(value) ? value : JSON.stringify(value);
    case "boolean":
      return value.startsWith("t") ? "true" : "false";
    case "json":
      return value;
    case "timestamp":
      return JSON.stringify(value.replace(" ", "T"));
    case "timestamptz":
      return JSON.stringify(value.replace(" ", "T").replace(WHOLE_HOUR_OFFSET, "$1:00"));
    case "bytea":
      return JSON.stringify(value.replace(/^\\x/, ""));
    case "array":
      return arrayToJson(type.element, value);
    case "text":
      return JSON.stringify(value);
  }
}

/** Matches JSON numbers. NaN and the infinities of a float or numeric are written as text. */
const JSON_NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const WHOLE_HOUR_OFFSET = /([+-]\d\d)$/;
/** Matches the bounds that Postgres writes when they do not start at 1: `[0:1]={a,b}`. */
const ARRAY_BOUNDS = /^[[\d:\]-]+=/;

function arrayToJson(element: PgType | undefined, literal: string): string {
  const text = literal.replace(ARRAY_BOUNDS, "");
  const elementType = element ?? { name: "text", sqlName: "text", json: "text", element: undefined };
  let offset = 0;

  const readQuoted = (): string => {
    let value = "";
    for (offset += 1; offset < text.length && text[offset] !== '"'; offset += 1) {
      if (text[offset] === "\\") offset += 1;
      value += text[offset];
    }
    offset += 1;
    return toJsonText(elementType, value);
  };
  const readPlain = (): string => {
    const start = offset;
    while (offset < text.length && text[offset] !== "," && text[offset] !== "}") offset += 1;
    const value = text.slice(start, offset);
    return toJsonText(elementType, value.toUpperCase() === "NULL" ? null : value);
  };
  const readArray = (): string => {
    const items: string[] = [];
    offset += 1;
    while (offset < text.length && text[offset] !== "}") {
      if (text[offset] === ",") offset += 1;
      else if (text[offset] === "{") items.push(readArray());
      else items.push(text[offset] === '"' ? readQuoted() : readPlain());
    }
    offset += 1;
    return `[${items.join(",")}]`;
  };
  return readArray();
}
