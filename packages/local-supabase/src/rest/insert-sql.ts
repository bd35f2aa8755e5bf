import { quoteName } from "../realtime/changes/filter-sql.ts";
import { asRecord } from "../realtime/join-payload.ts";
import { RestError } from "./rest-error.ts";
import type { TableShape } from "./table-query.ts";

/**
 * Writes the insertion of a body whose text will be the parameter `$1[1]`; undefined when the body is an empty list. Columns
 * that `columns` names and a row lacks are null, as with PostgREST. Throws `RestError`.
 */
export function insertSql(table: TableShape, body: unknown, columns: string | null): string | undefined {
  const rows = (Array.isArray(body) ? body : [body]).map((row) => asRecord(row));
  if (rows.length === 0) return undefined;
  const names =
    columns === null ? keysOf(rows) : columns.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  const unknown = names.find((name) => !table.columns.has(name));
  if (unknown !== undefined) {
    const message = `Could not find the '${unknown}' column of '${table.name}' in the schema cache`;
    throw new RestError(400, { code: "PGRST204", message });
  }
  const target = `insert into public.${quoteName(table.name)}`;
  if (names.length === 0) return rows.length === 1 ? `${target} as t default values` : throwUnequal();
  const list = names.map(quoteName).join(", ");
  const reader = Array.isArray(body) ? "json_to_recordset" : "json_to_record";
  const typed = names.map((name) => `${quoteName(name)} ${table.columns.get(name)}`).join(", ");
  return `${target} as t (${list}) select ${list} from ${reader}(($1[1])::json) as given (${typed})`;
}

/** Returns the keys that all rows have. */
function keysOf(rows: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] {
  const names = Object.keys(rows[0] ?? throwUnequal()).toSorted();
  const key = JSON.stringify(names);
  for (const row of rows) {
    if (!row || JSON.stringify(Object.keys(row).toSorted()) !== key) throwUnequal();
  }
  return names;
}

function throwUnequal(): never {
  throw new RestError(400, { code: "PGRST102", message: "All object keys must match" });
}
