import type { SimulatedClock, TestDatabase } from "@shoal/testkit";
import { streamedDatabase } from "./database-setting.ts";
import { POLICY_RULES } from "./policy-rules.ts";
import { RawClient } from "./raw-client.ts";
import { startSimulatedDatabaseServer, type TestServer } from "./test-server.ts";

/** What a join is answered with: the payload of the reply, `phx_reply` in either format. */
export interface JoinReply {
  readonly status: string;
  readonly response: Readonly<Record<string, unknown>>;
}

export interface JoinOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  readonly ref?: string;
}

/** A database with `POLICY_RULES` and a Realtime server on simulated time over it, for all tests of a file. */
export interface PolicySetting extends AsyncDisposable {
  readonly test: TestServer<SimulatedClock>;
  readonly database: TestDatabase["database"];
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /** Makes a token of a signed-in user. */
  user(id: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  open(token: string, vsn?: string, headers?: Readonly<Record<string, string>>): Promise<RawClient>;
  /** Joins a private topic. A refusal must come after exactly five seconds. */
  join(client: RawClient, topic: string, options?: JoinOptions): Promise<JoinReply>;
}

const PENALTY_MS = 5000;

export async function startPolicySetting(): Promise<PolicySetting> {
  const { database, url, ...rest } = await streamedDatabase(POLICY_RULES);
  const undo = new AsyncDisposableStack();
  undo.use(rest);
  try {
    const test = undo.use(await startSimulatedDatabaseServer(url));
    return {
      test,
      database,
      sql: (statement) => database.query(statement),
      user: (id, claims) => test.sign({ role: "authenticated", sub: id, ...claims }),
      open: (token, vsn, headers) => RawClient.open(test.server.url, token, vsn, headers),
      join: (client, topic, options) => join(test, client, topic, options),
      [Symbol.asyncDispose]: () => undo.disposeAsync(),
    };
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

async function join(
  { server, clock }: TestServer<SimulatedClock>,
  client: RawClient,
  topic: string,
  { config, token, ref = "1" }: JoinOptions = {},
): Promise<JoinReply> {
  const decided = new AbortController();
  const isOurs = (event: { readonly topic: string }) => event.topic === `realtime:${topic}`;
  const outcome = Promise.race([
    server.events.next("join:accepted", isOurs, decided.signal).then(() => "accepted"),
    server.events.next("join:refused", isOurs, decided.signal).then(() => "refused"),
  ]);
  const access = token === undefined ? {} : { access_token: token };
  client.push(`realtime:${topic}`, "phx_join", { config: { private: true, ...config }, ...access }, ref, ref);
  const isRefused = (await outcome) === "refused";
  decided.abort();
  if (isRefused) {
    const waiting = clock.pendingTimers;
    await clock.advance(PENALTY_MS - 1);
    if (clock.pendingTimers !== waiting) throw new Error("the refusal came before its five seconds were over");
    await clock.advance(1);
  }
  const frame = await client.nextJson();
  return (Array.isArray(frame) ? frame[4] : (frame as { payload: unknown }).payload) as JoinReply;
}

/** Broadcasts over HTTP. @returns status and body of the answer */
export async function postBroadcast(
  { test }: PolicySetting,
  path: string,
  body: object,
  token: string,
): Promise<[status: number, body: string]> {
  const headers = { apikey: token, "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${test.server.url}/api/broadcast${path}`, request);
  return [response.status, await response.text()];
}

/** Makes policies of the rule `slow` wait until `work` is over. */
export function whileSlow({ database }: PolicySetting, work: () => Promise<void>): Promise<void> {
  return database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(1)");
    await work();
  });
}

/** Resolves when a policy waits. */
export async function someoneWaits({ sql }: PolicySetting): Promise<void> {
  const database = "database = (select oid from pg_database where datname = current_database())";
  const waiting = () => sql(`select from pg_locks where locktype = 'advisory' and not granted and ${database}`);
  while ((await waiting()).length === 0) await sql("select pg_sleep(0.01)");
}
