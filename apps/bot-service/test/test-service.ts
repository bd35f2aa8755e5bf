import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Log, LogFields } from "@shoal/kernel";
import { createLineRelay, createLog } from "@shoal/monitor";
import { testDatabase, throwawayRoot } from "@shoal/testkit";
import { type Environment, parseConfig } from "../src/config.ts";
import { startService } from "../src/service.ts";
import type { DrainReport, Service } from "../src/service.types.ts";
import { TestPerson, testClient } from "./test-person.ts";

export { until } from "@shoal/testkit";

/** Short times in place of those that people wait, so that tests are quick; and public channels, as `TestPerson` does not sign in. */
const QUICK = {
  CHANNEL_ACCESS: "public",
  START_MODE: "quota",
  HTTP_PORT: "0",
  MATCH_BOT_AFTER_MS: "300",
  CONVERSATION_IDLE_MS: "600000",
};

/** Makes a directory that is removed at the end. */
export function testDirectory() {
  const path = mkdtempSync(join(throwawayRoot(), "shoal-service-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface TestService extends Service, AsyncDisposable {
  /** The daemon's own. */
  readonly log: Log;
  /** Brings a person into the lobby. */
  person(id: string): Promise<TestPerson>;
  /** Signs a person in and brings it into the lobby. For private channels. */
  signIn(): Promise<TestPerson>;
  get(path: string): Promise<Response>;
  api(method: string, path: string, body?: unknown): Promise<Response>;
  /** Returns the state and error code of a dependency, as `/readyz` reports them. */
  dependency(name: string): Promise<{ readonly state?: string; readonly errorCode?: string }>;
  /** Returns the ticket, as the HTTP API shows it. */
  ticket(id: string): Promise<TicketBody>;
}

export interface TicketBody {
  readonly id: string;
  readonly status: string;
  readonly closed_reason: string | null;
  readonly match_id: string | null;
  readonly rule: string | null;
}

interface ReadyBody {
  readonly dependencies: readonly { readonly name: string; readonly state: string; readonly errorCode?: string }[];
}

/**
 * Starts the whole daemon on the embedded backend, in this process. Its state is in a new database of the run's Postgres unless
 * `DATABASE_URL` names another: with a Postgres of its own, which takes seconds to make, it is tested by signals.e2e and start.e2e.
 * `onLogged` receives its lines from the level info on.
 */
export async function startTestService(
  environment: Environment = {},
  onLogged?: (fields: LogFields, message: string) => void,
): Promise<TestService> {
  await using undo = new AsyncDisposableStack();
  const directory = undo.use(testDirectory()).path;
  const { DATABASE_URL = undo.use(await testDatabase()).url } = environment;
  const { config } = parseConfig({ ...QUICK, SHOAL_DIRECTORY: directory, ...environment, DATABASE_URL });
  const lines = createLineRelay();
  const log = onLogged ? listeningLog(onLogged) : createLog({ level: "info", destination: { write() {} }, tee: lines });
  const service = await startService({
    config,
    log,
    lines,
    pid: process.pid,
    onFatal: (error) => {
      throw error;
    },
  });
  const made = undo.move();
  const { SHOAL_URL, SHOAL_API_TOKEN } = service.environment;
  const get = (path: string) => fetch(`${SHOAL_URL}${path}`);
  const api: TestService["api"] = (method, path, body) =>
    fetch(`${SHOAL_URL}${path}`, {
      method,
      headers: { authorization: `Bearer ${SHOAL_API_TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const drain = (): Promise<DrainReport> => service.drain();
  return {
    log,
    environment: service.environment,
    realtime: service.realtime,
    pool: service.pool,
    snapshot: service.snapshot,
    spoken: service.spoken,
    opened: service.opened,
    consoleLink: service.consoleLink,
    drain,
    person: (id) => new TestPerson(id, testClient(service.environment)).enter(),
    signIn: async () => (await TestPerson.signIn(service.environment)).enter(),
    get,
    api,
    async dependency(wanted) {
      const { dependencies } = (await (await get("/readyz")).json()) as ReadyBody;
      return dependencies.find(({ name }) => name === wanted) ?? {};
    },
    ticket: async (id) => (await (await api("GET", `/api/match/tickets/${id}`)).json()) as TicketBody,
    async [Symbol.asyncDispose]() {
      await drain();
      await made.disposeAsync();
    },
  };
}

/** Returns the environment of another daemon on the project of this one, which must outlive it. */
export function sameProject({ environment }: Service): Environment {
  const { SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, SHOAL_API_TOKEN } = environment;
  return {
    SUPABASE_URL,
    SUPABASE_ANON_KEY: SUPABASE_ANON_KEY ?? undefined,
    SUPABASE_SERVICE_ROLE_KEY,
    SHOAL_API_TOKEN,
  };
}

function listeningLog(onLogged: (fields: LogFields, message: string) => void): Log {
  const log: Log = { debug() {}, info: onLogged, warn: onLogged, error: onLogged, child: () => log };
  return log;
}
