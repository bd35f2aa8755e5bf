import { type Clock, createSystemRuntime, type Runtime } from "@shoal/kernel";
import { type SimulatedClock, testRuntime } from "@shoal/testkit";
import { SignJWT } from "jose";
import { makeKeys, type ProjectKeys } from "../../src/keys.ts";
import { startRealtimeServer } from "../../src/realtime/server.ts";
import type { RealtimeServer, RealtimeServerOptions } from "../../src/realtime/types.ts";

type ServerOverrides = Partial<Pick<RealtimeServerOptions, "databaseUrl" | "limits" | "access">>;

export const USER_ID = "11111111-1111-4111-8111-111111111111";
const JWT_SECRET = "a secret for tests that is long enough to sign with";

/** A server, its keys, and any token a recording shows. */
export interface TestServer<C extends Clock = Clock> extends AsyncDisposable {
  readonly server: RealtimeServer;
  readonly clock: C;
  readonly keys: ProjectKeys;
  token(name: string): Promise<string>;
}

/** On simulated time. */
export function startTestServer(overrides: ServerOverrides = {}): Promise<TestServer<SimulatedClock>> {
  return startOn(testRuntime(), overrides);
}

/** On real time, because a database does not wait for ours. */
export function startDatabaseServer(databaseUrl: string): Promise<TestServer> {
  return startOn(createSystemRuntime(), { databaseUrl });
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
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** `ENDS_IN_4`: an anon token with four seconds to live; `EXPIRED_60`: one that ran out a minute ago; and so on. */
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
  throw new Error(`a recording shows a token nobody knows how to make: ${name}`);
}

function signToken(claims: Record<string, unknown>, secret = JWT_SECRET): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
}
