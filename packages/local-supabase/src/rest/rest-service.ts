import { errorFields, isStorableText, type Runtime } from "@shoal/kernel";
import { type Database, type Sql, statement } from "@shoal/store";
import { bearerOf } from "../gateway/bearer.ts";
import { readJsonBody } from "../gateway/request-body.ts";
import { asRecord } from "../realtime/join-payload.ts";
import type { Tokens } from "../realtime/tokens.ts";
import { type Caller, type RestResult, type RestStatement, runAsCaller } from "./as-caller.ts";
import { findFunction } from "./function-call.ts";
import { insertSql } from "./insert-sql.ts";
import { badQuery, failedInDatabase, RestError, refusedToken } from "./rest-error.ts";
import { readTableQuery, type TableShape } from "./table-query.ts";

export interface RestServiceParts {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly tokens: Tokens;
}

/** The tables and views that clients of the project use. */
const TABLES: readonly string[] = [
  ...["bot_control", "bot_deployments", "strategies", "strategy_runs", "strategy_orders", "strategy_fills"],
  ...["strategy_positions", "strategy_balances", "strategy_equity", "match_blocks"],
];
const BODY_LIMITS = { bytes: 1_000_000, levels: 100 };
const OBJECT_TYPE = "application/vnd.pgrst.object+json";
const ACCEPTED_TYPES = ["*/*", "application/*", "application/json", OBJECT_TYPE];

/**
 * The part of PostgREST that Shoal and its clients use: calls of functions of the schema public, and insert and select on a
 * few tables. Each request is one transaction under the role and the claims of its token.
 *
 * @source https://docs.postgrest.org/en/v14; the client is @supabase/postgrest-js
 */
export class RestService {
  readonly #parts: RestServiceParts;

  constructor(parts: RestServiceParts) {
    this.#parts = parts;
  }

  /** Answers one request; `path` is what comes after `/rest/v1`. `key` counts where there is no token of a user. */
  async answer(request: Request, path: string, key: string): Promise<Response> {
    try {
      return await this.#answer(request, path, key);
    } catch (thrown) {
      if (thrown instanceof RestError) return errorResponse(thrown);
      this.#parts.runtime.log.error(errorFields(thrown), "a request to the embedded /rest/v1 failed");
      return errorResponse(failedInDatabase(thrown));
    }
  }

  async #answer(request: Request, path: string, key: string): Promise<Response> {
    const { method, headers } = request;
    const query = new URL(request.url).searchParams;
    const caller = { claims: await this.#claims(request, key), method, path, headers };
    checkHeaders(headers);
    if (!isStorableText([...query].flat().join())) throw badQuery("a character of the query cannot be stored");
    const [, functionName, tableName] = /^\/(?:rpc\/([^/]+)|([^/]+))$/.exec(path) ?? [];
    if (functionName !== undefined) return this.#call(request, caller, decodeName(functionName), query);
    const table = decodeName(tableName ?? "");
    if (!TABLES.includes(table)) throw noTable(table);
    if (method === "GET" || method === "HEAD") return this.#select(caller, table, query);
    if (method === "POST") return this.#insert(request, caller, table, query);
    throw notSupported(method);
  }

  async #claims({ headers }: Request, key: string): Promise<Caller["claims"]> {
    const verdict = await this.#parts.tokens.verify(bearerOf(headers) ?? key);
    if (verdict.kind === "refused") throw refusedToken(verdict.refusal);
    return verdict.claims;
  }

  async #call(request: Request, caller: Caller, name: string, query: URLSearchParams): Promise<Response> {
    const isPost = caller.method === "POST";
    if (!isPost && caller.method !== "GET" && caller.method !== "HEAD") throw notSupported(caller.method);
    query.delete("apikey");
    if (isPost && query.size > 0) throw badQuery("the embedded Supabase neither filters nor selects from results");
    const given = isPost ? await readBody(request) : Object.fromEntries(query);
    const values = asRecord(given ?? {});
    if (!values) throw new RestError(400, { code: "PGRST102", message: "The arguments are to be one JSON object" });
    let [isVoid, isSet] = [false, false];
    const plan = async (sql: Sql) => {
      const call = await findFunction(sql, name, Object.keys(values));
      ({ isVoid, isSet } = call);
      return { statement: call.statement, values: [JSON.stringify(values)] };
    };
    const isSingle = () => isSet && wantsObject(caller);
    const result = await this.#run(caller, plan, (rows) => isSingle() && checkSingle(rows));
    if (isVoid) return new Response(null, { status: 204 });
    return bodyResponse(caller, 200, isSingle() ? onlyItem(result) : result.body);
  }

  async #select(caller: Caller, name: string, query: URLSearchParams): Promise<Response> {
    const plan = async (sql: Sql) => {
      const table = await readTable(sql, name);
      const { select, tail, values } = readTableQuery(table, query);
      return { statement: asBody(`select ${select} from public."${name}" as t ${tail}`), values };
    };
    const isSingle = wantsObject(caller);
    const result = await this.#run(caller, plan, (rows) => isSingle && checkSingle(rows));
    const response = bodyResponse(caller, 200, isSingle ? onlyItem(result) : result.body);
    response.headers.set("content-range", result.rowCount === 0 ? "*/*" : `0-${result.rowCount - 1}/*`);
    return response;
  }

  async #insert(request: Request, caller: Caller, name: string, query: URLSearchParams): Promise<Response> {
    if (query.has("on_conflict") || /resolution=/.test(caller.headers.get("prefer") ?? "")) {
      throw badQuery("the embedded Supabase has no upsert");
    }
    const isReturned = /\breturn=representation\b/.test(caller.headers.get("prefer") ?? "");
    const body = await readBody(request);
    const plan = async (sql: Sql) => {
      const table = await readTable(sql, name);
      const { select } = readTableQuery(table, new URLSearchParams({ select: query.get("select") ?? "*" }));
      const insertion = insertSql(table, body, query.get("columns"));
      const returned = isReturned ? select : "1 as inserted";
      const rows = insertion ? `${insertion} returning ${returned}` : "select where false";
      return { statement: asBody(rows), values: [JSON.stringify(body)] };
    };
    const isSingle = isReturned && wantsObject(caller);
    const result = await this.#run(caller, plan, (rows) => isSingle && checkSingle(rows));
    if (!isReturned) return new Response(null, { status: 201 });
    return bodyResponse(caller, 201, isSingle ? onlyItem(result) : result.body);
  }

  #run(caller: Caller, plan: (sql: Sql) => Promise<RestStatement>, check: (result: RestResult) => void) {
    return runAsCaller(this.#parts.database, caller, plan, check);
  }
}

async function readTable(sql: Sql, name: string): Promise<TableShape> {
  const columns = await sql.query<{ name: string; type: string }>(
    statement(
      "local_rest_columns",
      `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = to_regclass(format('public.%I', $1::text)) and attnum > 0 and not attisdropped order by attnum`,
    ),
    [name],
  );
  if (columns.length === 0) throw noTable(name);
  return { name, columns: new Map(columns.map((column) => [column.name, column.type])) };
}

function asBody(rows: string): string {
  return `with r as (${rows}) select coalesce(json_agg(r), '[]')::text as body, count(*)::integer as row_count from r`;
}

function checkHeaders(headers: Headers): void {
  const profile = headers.get("accept-profile") ?? headers.get("content-profile") ?? "public";
  if (profile !== "public") {
    const hint = "Only the following schemas are exposed: public";
    throw new RestError(406, { code: "PGRST106", message: `Invalid schema: ${profile}`, hint });
  }
  const types = (headers.get("accept") ?? "*/*").split(",").map((type) => type.split(";")[0]?.trim() ?? "");
  if (!types.some((type) => ACCEPTED_TYPES.includes(type))) {
    throw new RestError(406, { code: "PGRST107", message: `None of these media types are available: ${types}` });
  }
}

async function readBody(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "application/json";
  if (!/^application\/(json|vnd\.pgrst\.\w+\+json)\s*(;|$)/i.test(type)) {
    throw new RestError(415, { code: "PGRST102", message: `Content-Type not acceptable: ${type}` });
  }
  const body = await readJsonBody(request, BODY_LIMITS);
  if (body.kind === "read") return body.value;
  throw new RestError(body.status, { code: "PGRST102", message: body.reason });
}

function wantsObject({ headers }: Caller): boolean {
  return headers.get("accept")?.includes(OBJECT_TYPE) ?? false;
}

function checkSingle({ rowCount }: RestResult): void {
  if (rowCount === 1) return;
  const message = "Cannot coerce the result to a single JSON object";
  throw new RestError(406, { code: "PGRST116", message, details: `The result contains ${rowCount} rows` });
}

/** The text of a list of one item, without its brackets: numbers keep their digits. */
function onlyItem({ body }: RestResult): string {
  return body.slice(1, -1);
}

function bodyResponse({ method, headers }: Caller, status: number, body: string): Response {
  const type = headers.get("accept")?.includes(OBJECT_TYPE) ? OBJECT_TYPE : "application/json";
  return new Response(method === "HEAD" ? null : body, {
    status,
    headers: { "content-type": `${type}; charset=utf-8` },
  });
}

function errorResponse({ status, body }: RestError): Response {
  const headers = status === 401 ? { "www-authenticate": "Bearer" } : undefined;
  return Response.json(body, { status, ...(headers && { headers }) });
}

function noTable(name: string): RestError {
  const message = `Could not find the table 'public.${name}' in the schema cache`;
  const hint = `The embedded Supabase serves ${TABLES.join(", ")}`;
  return new RestError(404, { code: "PGRST205", message, hint });
}

function notSupported(method: string): RestError {
  return new RestError(405, { code: "PGRST117", message: `Unsupported HTTP method: ${method}` });
}

function decodeName(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
