import { type Clock, createSystemRuntime, type Runtime } from "@shoal/kernel";
import { createSimulatedClock, type SimulatedClock, testRuntime } from "@shoal/testkit";
import { SignJWT } from "jose";
import { makeKeys, type ProjectKeys } from "../../src/keys.ts";
import { startRealtimeServer } from "../../src/realtime/server.ts";
import type { RealtimeServer, RealtimeServerOptions } from "../../src/realtime/types.ts";

type ServerOverrides = Partial<Pick<RealtimeServerOptions, "databaseUrl" | "limits" | "policies">>;

export const USER_ID = "11111111-1111-4111-8111-111111111111";
const JWT_SECRET = "a secret for tests that is long enough to sign with";

/** A server, its keys, and a way to make the tokens of recordings. */
export interface TestServer<C extends Clock = Clock> extends AsyncDisposable {
  readonly server: RealtimeServer;
  readonly clock: C;
  readonly keys: ProjectKeys;
  token(name: string): Promise<string>;
  /** Makes a token of an hour with these claims. */
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Starts a server on simulated time. */
export function startTestServer(overrides: ServerOverrides = {}): Promise<TestServer<SimulatedClock>> {
  return startOn(testRuntime(), overrides);
}

/** Starts a server on real time, because the database runs on real time. */
export function startDatabaseServer(databaseUrl: string): Promise<TestServer> {
  return startOn(createSystemRuntime(), { databaseUrl });
}

/**
 * Starts a server on simulated time over a database. The database runs on real time, so the simulated time begins there; and
 * ids are real ones, because replication slots are shared by all databases of a Postgres.
 */
export function startSimulatedDatabaseServer(databaseUrl: string): Promise<TestServer<SimulatedClock>> {
  const { clock, ids } = createSystemRuntime();
  const runtime = { ...testRuntime(), ids, clock: createSimulatedClock(clock.now()) };
  return startOn(runtime, { databaseUrl, limits: "unlimited" });
}

async function startOn<C extends Clock>(
  runtime: Runtime & { readonly clock: C },
  overrides: ServerOverrides,
): Promise<TestServer<C>> {
  const { clock } = runtime;
  const server = await startRealtimeServer({ runtime, jwtSecret: JWT_SECRET, ...overrides });
  const keys = await makeKeys({ jwtSecret: JWT_SECRET, now: () => clock.now() });
  return {
    server,
    clock,
    keys,
    token: (name) => makeToken(name, keys, Math.floor(clock.now() / 1000)),
    sign: (claims) => signToken({ exp: Math.floor(clock.now() / 1000) + 3600, ...claims }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Makes a token by its name: `ENDS_IN_4` is an anon token that expires in four seconds, `EXPIRED_60` one that expired a minute ago. */
async function makeToken(name: string, keys: ProjectKeys, nowSeconds: number): Promise<string> {
  const [, kind, seconds] = /^(ENDS_IN|EXPIRED)_(\d+)$/.exec(name) ?? [];
  if (kind === "ENDS_IN") return signToken({ role: "anon", exp: nowSeconds + Number(seconds) });
  if (kind === "EXPIRED") return signToken({ role: "anon", exp: nowSeconds - Number(seconds) });
  if (name === "ANON") return keys.anon;
  if (name === "SERVICE") return keys.serviceRole;
  if (name === "USER" || name === "USER_JWT") return keys.authenticated(USER_ID);
  if (name === "NO_ROLE") return signToken({ exp: nowSeconds + 60 });
  if (name === "NO_EXP") return signToken({ role: "anon" });
  if (name === "ALG_NONE") return "eyJhbGciOiJub25lIn0.e30.";
  if (name === "WRONG_SIGNATURE") return signToken({ role: "anon", exp: nowSeconds + 60 }, "another secret entirely");
  throw new Error(`a recording shows an unknown token: ${name}`);
}

function signToken(claims: Record<string, unknown>, secret = JWT_SECRET): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
}
