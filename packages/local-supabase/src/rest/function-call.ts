import { type Sql, statement } from "@shoal/store";
import { quoteName } from "../realtime/changes/filter-sql.ts";
import { RestError } from "./rest-error.ts";
import { MAX_ROWS } from "./table-query.ts";

/** A function of the schema public, as the catalog has it. */
interface FunctionRow {
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  /** How many inputs have no default: the first ones. */
  readonly required_count: number;
  readonly is_void: boolean;
  readonly is_set: boolean;
  readonly is_composite: boolean;
}

/** A call in SQL. Its arguments are one JSON object, the parameter `$1[1]`. */
export interface FunctionCall {
  readonly statement: string;
  readonly isVoid: boolean;
  readonly isSet: boolean;
}

const FUNCTIONS_SQL = statement(
  "local_rest_functions",
  `
  select p.pronargs - p.pronargdefaults as required_count, p.proretset as is_set, t.typname = 'void' as is_void,
         t.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false) as is_composite,
         coalesce((
           select jsonb_agg(jsonb_build_object('name', coalesce(named.name, ''), 'type', format_type(a.type, null)) order by a.nr)
           from unnest(p.proargtypes) with ordinality as a (type, nr)
           left join (
             select n.name, row_number() over (order by n.nr) as nr
             from unnest(p.proargnames) with ordinality as n (name, nr)
             where coalesce((p.proargmodes::text[])[n.nr], 'i') in ('i', 'b', 'v')
           ) as named on named.nr = a.nr
         ), '[]') as inputs
  from pg_proc p join pg_type t on t.oid = p.prorettype
  where p.pronamespace = 'public'::regnamespace and p.proname = $1::text and p.prokind = 'f' and t.typname <> 'trigger'`,
);

/**
 * Finds the function of that name that takes these arguments, by name. Throws `RestError` when there is none, or several.
 * Whether the caller may execute it is for Postgres to say.
 */
export async function findFunction(sql: Sql, name: string, given: readonly string[]): Promise<FunctionCall> {
  const rows = await sql.query<FunctionRow>(FUNCTIONS_SQL, [name]);
  const fitting = rows.filter(({ inputs, required_count }) => {
    const names = inputs.map((input) => input.name);
    const isComplete = names.slice(0, required_count).every((each) => given.includes(each));
    return isComplete && given.every((each) => names.includes(each));
  });
  const [found, another] = fitting;
  if (!found) throw notFound(name, given);
  if (another) throw ambiguous(name, fitting);
  return { statement: callSql(name, found, given), isVoid: found.is_void, isSet: found.is_set };
}

function callSql(name: string, found: FunctionRow, given: readonly string[]): string {
  const passed = found.inputs.filter((input) => given.includes(input.name));
  const typed = passed.map((input) => `${quoteName(input.name)} ${input.type}`).join(", ");
  const values = passed.length > 0 ? `json_to_record(($1[1])::json) as given (${typed})` : "(select) as given";
  const list = passed.map((input) => `${quoteName(input.name)} => given.${quoteName(input.name)}`).join(", ");
  const call = `public.${quoteName(name)}(${list})`;
  const rows = found.is_composite ? `${call} as t` : `${call} as t (value)`;
  const source = `with t as (select t.* from ${values}, lateral ${rows} limit ${MAX_ROWS})`;
  return `${source} select ${bodySql(found)} as body, count(*)::integer as row_count from t`;
}

/** A row is the table itself, a single value its column. */
function bodySql({ is_void, is_set, is_composite }: FunctionRow): string {
  if (is_void) return "''";
  const result = is_composite ? "t" : "t.value";
  if (is_set) return `coalesce(json_agg(${result}), '[]')::text`;
  return `coalesce((select to_json(${result})::text from t), 'null')`;
}

function notFound(name: string, given: readonly string[]): RestError {
  const names = given.join(", ");
  const called = given.length > 0 ? `public.${name}(${names})` : `public.${name} without parameters`;
  const searched = given.length > 0 ? `with parameter${given.length > 1 ? "s" : ""} ${names}` : "without parameters";
  return new RestError(404, {
    code: "PGRST202",
    message: `Could not find the function ${called} in the schema cache`,
    details: `Searched for the function public.${name} ${searched}, but no matches were found in the schema cache.`,
  });
}

function ambiguous(name: string, rows: readonly FunctionRow[]): RestError {
  const signatures = rows.map(
    ({ inputs }) => `public.${name}(${inputs.map((input) => `${input.name} => ${input.type}`).join(", ")})`,
  );
  return new RestError(300, {
    code: "PGRST203",
    message: `Could not choose the best candidate function between: ${signatures.join(", ")}`,
    hint: "Try renaming the parameters or the function itself in the database so function overloading can be resolved",
  });
}
