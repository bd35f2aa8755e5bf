import { isFleetError } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import { filterSql, readIsValue, SqlParameters, valueSql } from "./filter-sql.ts";
import { type ChangeFilter, type SubscriptionParams, showParams } from "./subscription-params.ts";

interface ColumnRow {
  column: string;
  sql_type: string;
  is_text_like: boolean;
}

/** The name of an error of the database, by SQLSTATE. */
const CONDITION_NAMES: Readonly<Record<string, string>> = {
  "22P02": "invalid_text_representation",
  "22P03": "invalid_binary_representation",
  "22P05": "untranslatable_character",
  "22000": "data_exception",
  "22001": "string_data_right_truncation",
  "22003": "numeric_value_out_of_range",
  "22007": "invalid_datetime_format",
  "22008": "datetime_field_overflow",
  "22009": "invalid_time_zone_displacement_value",
  "22015": "interval_field_overflow",
  "22021": "character_not_in_repertoire",
  "22023": "invalid_parameter_value",
  "22025": "invalid_escape_sequence",
  "22032": "invalid_json_text",
  "2202E": "array_subscript_error",
  "2201B": "invalid_regular_expression",
  "23514": "check_violation",
  "42501": "insufficient_privilege",
  "42704": "undefined_object",
  "42846": "cannot_coerce",
  "42883": "undefined_function",
};
const MAX_IN_VALUES = 100;

/**
 * Checks parameters against the publication, the columns of the table and their types, with the rights of `role`. Resolves
 * with undefined when they are valid, else with the server's message. Rejects when the database cannot be asked.
 */
export async function validateSubscription(
  database: Database,
  publication: string,
  params: SubscriptionParams,
  role: string,
): Promise<string | undefined> {
  const shown = showParams(params);
  const tables = await database.query<{ oid: string }>(TABLES_SQL, [publication, params.schema, params.table]);
  if (tables.length === 0) {
    return `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [${shown}]`;
  }
  for (const { oid } of tables) {
    const exception = await tableException(database, oid, params, role);
    if (exception) {
      return `Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: [${shown}]. Exception: ERROR ${exception}`;
    }
  }
  return undefined;
}

const TABLES_SQL = statement(
  "local_changes_tables",
  `
  select format('%I.%I', schemaname, tablename)::regclass::oid::text as oid from pg_publication_tables
  where pubname = $1 and ($2 = '*' or schemaname = $2) and ($3 = '*' or tablename = $3)`,
);

const COLUMNS_SQL = statement(
  "local_changes_columns",
  `
  select a.attname as column, format_type(a.atttypid, null) as sql_type,
         exists (select from pg_operator where oprname = '~~' and oprleft = a.atttypid) as is_text_like
  from pg_attribute a
  where a.attrelid = ($1::text)::oid and a.attnum > 0 and not a.attisdropped
    and has_column_privilege(($2::text)::name, a.attrelid, a.attnum, 'SELECT')`,
);

async function tableException(
  database: Database,
  oid: string,
  params: SubscriptionParams,
  role: string,
): Promise<string | undefined> {
  try {
    const columns = await database.query<ColumnRow>(COLUMNS_SQL, [oid, role]);
    for (const filter of params.filters) {
      const column = columns.find((candidate) => candidate.column === filter.column);
      const complaint = column ? filterComplaint(filter, column) : `invalid column for filter ${filter.column}`;
      if (complaint) return raised(complaint);
      if (column) await tryFilter(database, filter, column.sql_type);
    }
    const missing = params.select?.find((name) => !columns.some(({ column }) => column === name));
    return missing === undefined ? undefined : raised(`invalid column for select ${missing}`);
  } catch (error) {
    // What may pass is tried again. What Postgres refuses it would refuse for ever.
    if (!isFleetError(error) || error.retryable) throw error;
    const sqlState = String(error.details["sqlstate"] ?? "XX000");
    return `${sqlState} (${CONDITION_NAMES[sqlState] ?? "error"}) ${causeMessage(error)}`;
  }
}

function filterComplaint({ operator, value }: ChangeFilter, column: ColumnRow): string | undefined {
  if (operator === "is" && !readIsValue(value)) {
    return "invalid value for is filter: must be null, true, false, or unknown";
  }
  if (operator === "in" && value.split(",").length > MAX_IN_VALUES) {
    return "too many values for `in` filter. Maximum 100";
  }
  if ((operator === "like" || operator === "ilike") && !column.is_text_like) {
    return `operator ${operator} requires a text-compatible column type, got ${column.sql_type}`;
  }
  return undefined;
}

/** Lets Postgres read the filter's value once, so that an invalid value is refused now and not at each change. */
async function tryFilter(database: Database, filter: ChangeFilter, sqlType: string): Promise<void> {
  const isPattern = filter.operator === "match" || filter.operator === "imatch";
  const parameters = new SqlParameters();
  // The value stands alone: a comparison with null reads it for some types only (not for enums, dates and intervals).
  const read = filter.operator === "is" || isPattern ? "" : `, ${valueSql(filter, sqlType, parameters)} is null`;
  // A comparison with null would not read the pattern.
  const condition = filterSql(filter, isPattern ? "text" : sqlType, isPattern ? "" : null, parameters);
  await database.query(statement("local_changes_check_filter", `select ${condition}${read}`), parameters.values);
}

function raised(message: string): string {
  return `P0001 (raise_exception) ${message}`;
}

function causeMessage(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
