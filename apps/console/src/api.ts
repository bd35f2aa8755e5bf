import { signal } from "@preact/signals";
import { type SendOptions, send } from "./adapters/http.ts";
import { isProblem } from "./problem.ts";

/** A refusal of the daemon, or `CONSOLE_UNREACHABLE` where none answers. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  constructor(status: number, { code, detail, field }: { code: string; detail: string; field?: string | undefined }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** What was thrown, as an error that can be shown: what is none of the daemon's is a fault of the console. */
export const asApiError = (thrown: unknown): ApiError =>
  thrown instanceof ApiError
    ? thrown
    : new ApiError(0, { code: "CONSOLE_FAULT", detail: thrown instanceof Error ? thrown.message : String(thrown) });

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Who is logged in; null before a login and after its end. */
export const role = signal<"operator" | "reader" | null>(null);

/** Why one has to log in, where it was not by one's own wish. */
export const loginReason = signal<string | null>(null);

/** Shows the login, and why. */
export function endSession(reason: string | null): void {
  loginReason.value = reason;
  role.value = null;
}

const addressOf = (path: string, query: Query = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return path.replace(/^\//, "") + (text === "" ? "" : `?${text}`);
};

const SILENT = "The daemon does not answer.";
const SILENT_AT_CHANGE = `${SILENT} Whether this was done is not known: look before you do it again.`;

/** Sends a request, and returns the body of the answer. Paths are those of the HTTP API: `/api/jobs`. @throws ApiError */
async function request<T>(method: string, path: string, body?: unknown, more: SendOptions = {}): Promise<T> {
  const { signal } = more;
  const answer = await send(method, path, body, more).catch((thrown) => {
    if (signal?.aborted) throw thrown;
    throw new ApiError(0, { code: "CONSOLE_UNREACHABLE", detail: method === "GET" ? SILENT : SILENT_AT_CHANGE });
  });
  const isJson = /json/.test(answer.headers.get("content-type") ?? "");
  const content = await (isJson ? answer.json() : answer.text()).catch(() => {
    throw new ApiError(answer.status, {
      code: "CONSOLE_ANSWER_BROKEN",
      detail: "The answer of the daemon ended too early.",
    });
  });
  if (answer.ok) return content as T;
  const problem = isProblem(content)
    ? content
    : { code: `HTTP_${answer.status}`, detail: `The daemon answered with status ${answer.status}.` };
  // A token or a ticket that is refused ends no login that there is.
  if (answer.status === 401 && path !== LOGIN && role.value !== null) endSession(problem.detail);
  throw new ApiError(answer.status, problem);
}

const LOGIN = "login";

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    request<T>("GET", addressOf(path, query), undefined, signal && { signal }),
  /** `key`: an Idempotency-Key, with which the same request may be sent again. */
  post: <T>(path: string, body: unknown = {}, key?: string) =>
    request<T>("POST", addressOf(path), body, key === undefined ? {} : { key }),
  put: <T>(path: string, body: unknown) => request<T>("PUT", addressOf(path), body),
  delete: <T>(path: string) => request<T>("DELETE", addressOf(path)),
};

/** Logs in with a token, or with the ticket of a link. @throws ApiError */
export async function logIn(by: { readonly token: string } | { readonly ticket: string }): Promise<void> {
  role.value = (await request<{ role: "operator" | "reader" }>("POST", LOGIN, by)).role;
}

export async function logOut(): Promise<void> {
  await request("POST", "logout", {});
  endSession(null);
}

/** Finds out whether the browser is logged in already. @throws ApiError */
export async function resume(): Promise<void> {
  role.value = (await request<{ role: "operator" | "reader" | null }>("GET", "session")).role;
}
