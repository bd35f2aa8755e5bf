import { isFleetError } from "@shoal/kernel";
import { type Database, type Sql, statement } from "@shoal/store";
import type { TokenClaims } from "../realtime/tokens.ts";
import { RestError, type RestErrorBody, refusedByPostgres } from "./rest-error.ts";

/** Who asks, and how. */
export interface Caller {
  readonly claims: TokenClaims;
  readonly method: string;
  /** What comes after `/rest/v1`. */
  readonly path: string;
  readonly headers: Headers;
}

/** One statement that returns `body`, a JSON text, and `row_count`. `values` are `$1[1]`, `$1[2]` and so on. */
export interface RestStatement {
  readonly statement: string;
  readonly values: readonly string[];
}

export interface RestResult {
  readonly body: string;
  readonly rowCount: number;
}

/** @source Supabase's default for the role `authenticated` */
const STATEMENT_LIMIT_MS = 8000;
const SEARCH_PATH = "public, extensions";

/**
 * Runs what `plan` makes of the catalog in one transaction as the caller, with the settings that policies and functions read.
 * The session is that of `authenticator`, so that no function gets further than to the roles of API clients.
 *
 * @throws RestError what Postgres refused, and what `check` throws: nothing is then written
 */
export function runAsCaller(
  database: Database,
  caller: Caller,
  plan: (sql: Sql) => Promise<RestStatement>,
  check: (result: RestResult) => void,
): Promise<RestResult> {
  return database.transaction(async (tx) => {
    const { statement: text, values } = await plan(tx);
    await becomeCaller(tx, caller);
    const [row] = await tx.query<RunRow>(
      statement("local_rest_run", "select body, row_count, refusal from local_rest.run($1, $2::text[])"),
      [text, values],
    );
    if (row?.refusal) throw refusedByPostgres(row.refusal, caller.claims.role);
    const result = { body: row?.body ?? "", rowCount: row?.row_count ?? 0 };
    check(result);
    return result;
  });
}

interface RunRow {
  readonly body: string | null;
  readonly row_count: number | null;
  readonly refusal: RestErrorBody | null;
}

/** @source https://docs.postgrest.org/en/v14/references/transactions.html#transaction-scoped-settings */
async function becomeCaller(tx: Sql, { claims, method, path, headers }: Caller): Promise<void> {
  const subject = claims["sub"];
  const settings: readonly (readonly [string, string])[] = [
    ["search_path", SEARCH_PATH],
    ["statement_timeout", String(STATEMENT_LIMIT_MS)],
    ["request.jwt.claims", JSON.stringify(claims)],
    ["request.jwt.claim.sub", typeof subject === "string" ? subject : ""],
    ["request.method", method],
    ["request.path", path],
    ["request.headers", JSON.stringify(Object.fromEntries(headers))],
    ...(method === "POST" ? [] : [["transaction_read_only", "on"] as const]),
    ["session_authorization", "authenticator"],
    ["role", claims.role],
  ];
  const calls = settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, true)`);
  try {
    await tx.query(statement("local_rest_assume", `select ${calls.join(", ")}`), settings.flat());
  } catch (thrown) {
    throw roleRefused(thrown, claims.role) ?? thrown;
  }
}

/** The role of a token is refused where it does not exist, and where `authenticator` may not become it. */
function roleRefused(thrown: unknown, role: string): RestError | undefined {
  if (!isFleetError(thrown)) return undefined;
  const code = thrown.details["sqlstate"];
  if (code === "42501") return refusedByPostgres(bodyOf(code, `permission denied to set role "${role}"`), role);
  if (code === "22023") return new RestError(401, bodyOf(code, `role "${role}" does not exist`));
  return undefined;
}

function bodyOf(code: string, message: string): RestErrorBody {
  return { code, message, details: null, hint: null };
}
