import { silentLog } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { createHttpApp } from "../http/app.ts";
import { makeApp, TOKEN } from "../http/http.test-support.ts";
import type { bundleDocument } from "./adapters/bundle.ts";
import { createConsolePart } from "./part.ts";

export const READ_TOKEN = "may-look-and-change-nothing";
export const ORIGIN = "http://localhost:8787";

/** What a page of the console sends with what it changes. */
export const PAGE = { origin: ORIGIN, "x-shoal-console": "1", "sec-fetch-site": "same-origin" };

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: unknown;
  /** The address that the request comes from. */
  readonly peer?: string;
}

interface ConsoleOfTest {
  readonly basePath?: string;
  readonly hosts?: readonly string[];
  readonly apiToken?: string;
  readonly readToken?: string | null;
  readonly supabaseUrl?: string;
  readonly anonKey?: string | null;
  readonly channelAccess?: "private" | "public";
  readonly httpHost?: string;
  readonly clock?: ReturnType<typeof createSimulatedClock>;
  readonly bundle?: typeof bundleDocument;
}

/** The console, over the whole HTTP API of the tests. Requests have the Host `localhost:8787` unless they say otherwise. */
export function makeConsole(given: ConsoleOfTest = {}) {
  const { basePath = "/console", hosts = [], apiToken = TOKEN, readToken = READ_TOKEN } = given;
  const {
    supabaseUrl = "http://127.0.0.1:54321",
    anonKey = "public-key",
    channelAccess = "private",
    httpHost = "127.0.0.1",
  } = given;
  const clock = given.clock ?? createSimulatedClock();
  const lines: string[] = [];
  const line = (_: object, message: string) => void lines.push(message);
  const part = createConsolePart({
    config: { consoleBasePath: basePath, consoleHosts: hosts, readToken, httpHost, channelAccess },
    backend: { apiToken, supabaseUrl, anonKey },
    runtime: { clock, log: { ...silentLog, info: line, warn: line, error: line } },
    ...(given.bundle && { bundle: given.bundle }),
  });
  const api = makeApp();
  const own = part.routes?.() ?? [];
  const isOwn = (path: string) => own.some((route) => route.path === path);
  const routes = [...api.options.routes.filter(({ path }) => !isOwn(path)), ...own];
  const app = createHttpApp({ ...api.options, apiToken, readToken, routes });
  const answer = part.serve(app.fetch);
  /** As the server does: what is not for the console goes to the API. */
  const ask = async (path: string, { method = "GET", headers = {}, body, peer = "127.0.0.1" }: Asked = {}) => {
    const sent = {
      host: "localhost:8787",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    };
    const request = new Request(`http://localhost:8787${path}`, {
      method,
      headers: Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await answer(request, { peer })) ?? app.fetch(request, { peer });
  };
  const logIn = async (by: object, asked: Asked = {}) =>
    ask(`${basePath}/login`, { method: "POST", body: by, ...asked, headers: { ...PAGE, ...asked.headers } });
  const cookieOf = async (by: object) => (await logIn(by)).headers.get("set-cookie")?.split(";")[0] ?? "";
  return { part, api, app, routes, ask, logIn, cookieOf, clock, lines };
}

export const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code;
