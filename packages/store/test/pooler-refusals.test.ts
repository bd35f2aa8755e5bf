import { faultProxy, testDatabase, testRuntime } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { mapDriverError } from "../src/adapters/bun-sql/map-error.ts";
import { refusedByServer, type ServerRefusal } from "../src/errors.ts";
import { createDatabase } from "../src/index.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

/** A database behind a proxy that forwards. */
async function behindProxy() {
  const test = cleanUp.use(await testDatabase({ migrate: false }));
  const url = new URL(test.url);
  const proxy = cleanUp.use(await faultProxy(Number(url.port)));
  await proxy.open();
  url.port = String(proxy.port);
  const database = createDatabase<string>({ url: url.toString(), runtime: testRuntime(), maxConnections: 2 });
  cleanUp.defer(() => database.close());
  return { database, proxy };
}

const FATAL = { severity: "FATAL" };
const ERROR = { severity: "ERROR", routine: "exec_bind_message" };

describe("what the server refuses", () => {
  it.each<[sqlstate: string, said: string, from: Partial<ServerRefusal>, code: string, retryable: boolean]>([
    // The connection.
    ["XX000", "MaxClientsInSessionMode: max clients reached", FATAL, "STORE_UNAVAILABLE", true],
    ["XX000", "(EDBHANDLEREXITED) DbHandler exited. Check logs", FATAL, "STORE_UNAVAILABLE", true],
    ["XX000", "Authentication error, reason: :timeout", FATAL, "STORE_UNAVAILABLE", true],
    ["XX000", "Tenant or user not found", FATAL, "STORE_ACCESS_DENIED", false],
    ["XX000", "(ENOTFOUND) tenant/user postgres.abc not found", FATAL, "STORE_ACCESS_DENIED", false],
    ["XX000", "(ESSLREQUIRED) SSL connection is required for user: a", FATAL, "STORE_ACCESS_DENIED", false],
    ["08P01", "no such database: x", FATAL, "STORE_ACCESS_DENIED", false],
    ["08P01", "no such user", FATAL, "STORE_ACCESS_DENIED", false],
    ["08P01", "unsupported startup parameter: supa", FATAL, "STORE_ACCESS_DENIED", false],
    ["08P01", "unsupported startup parameter in options: x", FATAL, "STORE_ACCESS_DENIED", false],
    ["08P01", "SASL authentication failed", FATAL, "STORE_ACCESS_DENIED", false],
    ["08P01", "no such database: x", { severity: "ERROR" }, "STORE_ACCESS_DENIED", false],
    ["08P01", "query_wait_timeout", FATAL, "STORE_UNAVAILABLE", true],
    ["08P01", "pgbouncer cannot connect to server", { severity: "ERROR" }, "STORE_UNAVAILABLE", true],
    ["08P01", "server login has been failing, cached error: no such user", FATAL, "STORE_UNAVAILABLE", true],
    ["08006", "connection failure during authentication", FATAL, "STORE_UNAVAILABLE", true],
    ["53300", "too many clients already", FATAL, "STORE_UNAVAILABLE", true],
    ["57P03", "the database system is starting up", FATAL, "STORE_UNAVAILABLE", true],
    ["28P01", "password authentication failed", FATAL, "STORE_ACCESS_DENIED", false],
    ["3D000", 'database "x" does not exist', FATAL, "STORE_ACCESS_DENIED", false],
    ["42704", "unrecognized configuration parameter", FATAL, "STORE_ACCESS_DENIED", false],
    ["22023", 'invalid value for parameter "x"', FATAL, "STORE_ACCESS_DENIED", false],
    ["42P05", "prepared statement already exists", FATAL, "STORE_QUERY", true],
    ["25P03", "idle-in-transaction timeout", FATAL, "STORE_UNAVAILABLE", true],
    // A statement.
    ["XX000", "tuple concurrently updated", ERROR, "STORE_UNAVAILABLE", true],
    ["ZZ123", "a class of tomorrow", ERROR, "STORE_UNAVAILABLE", true],
    ["72000", "snapshot too old", ERROR, "STORE_UNAVAILABLE", true],
    ["53100", "could not extend file", ERROR, "STORE_UNAVAILABLE", true],
    ["58030", "could not read block", ERROR, "STORE_UNAVAILABLE", true],
    ["25006", "cannot execute INSERT in a read-only transaction", ERROR, "STORE_UNAVAILABLE", true],
    ["55006", "database is being accessed", ERROR, "STORE_UNAVAILABLE", true],
    ["40P01", "deadlock detected", ERROR, "STORE_CONFLICT", true],
    ["57014", "canceling statement", ERROR, "STORE_QUERY", true],
    ["08P01", "bind message supplies 1 parameters", ERROR, "STORE_QUERY", false],
    ["0A000", "not supported", ERROR, "STORE_QUERY", false],
    ["22P02", "invalid input syntax", ERROR, "STORE_QUERY", false],
    ["42601", "syntax error", ERROR, "STORE_QUERY", false],
    ["54001", "stack depth limit exceeded", ERROR, "STORE_QUERY", false],
    ["P0001", "raised", ERROR, "STORE_QUERY", false],
    ["23505", "duplicate key", ERROR, "STORE_CONSTRAINT", false],
    ["42501", "permission denied", ERROR, "STORE_ACCESS_DENIED", false],
  ])("%s, %s (%o): %s, retryable %s", (sqlstate, message, from, code, retryable) => {
    expect(refusedByServer({ sqlstate, message, ...from }, new Error("cause"))).toMatchObject({ code, retryable });
  });
});

describe("a pooler that refuses connections", () => {
  it("is away for as long as it lasts, and the next query after it is answered", async () => {
    const { database, proxy } = await behindProxy();
    await database.query("select 1");
    await proxy.refuse({ sqlstate: "XX000", message: "DbHandler exited" });
    // The driver may learn of the connections it lost from the first of these.
    for (let ask = 0; ask < 3; ask += 1) {
      await expect(database.query("select 1")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    }
    expect(proxy.refusedCount).toBeGreaterThan(0);
    await proxy.open();
    expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
  });

  it("is asked in vain where it does not know the database, and the variable is named", async () => {
    const { database, proxy } = await behindProxy();
    await proxy.refuse({ sqlstate: "08P01", message: "no such database: x" });
    await expect(database.query("select 1")).rejects.toMatchObject({
      code: "STORE_ACCESS_DENIED",
      retryable: false,
      message: expect.stringMatching(/no such database: x.*DATABASE_URL/),
    });
  });

  it("is away where it ends in the middle of the handshake", async () => {
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end() } });
    cleanUp.defer(() => server.stop(true));
    const url = `postgres://a:b@127.0.0.1:${server.port}/c`;
    // The driver connects again by itself until its own limit, which is no longer than ours.
    const database = createDatabase<string>({ url, runtime: testRuntime(), prepare: false, queryLimitMs: 1000 });
    cleanUp.defer(() => database.close());
    await expect(database.query("select 1")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
  });
});

describe("what the driver gives up by itself", () => {
  it.each([
    ["ERR_POSTGRES_CONNECTION_CLOSED", true],
    ["ERR_POSTGRES_UNEXPECTED_MESSAGE", true],
    ["ERR_POSTGRES_INVALID_MESSAGE", true],
    ["ERR_POSTGRES_SERVER_ERROR", true],
    ["ERR_POSTGRES_TLS_UPGRADE_FAILED", true],
    ["ERR_POSTGRES_TLS_NOT_AVAILABLE", false],
    ["ERR_POSTGRES_CHANNEL_BINDING_REQUIRED", false],
    ["ERR_POSTGRES_TOO_MANY_PARAMETERS", false],
    ["ERR_POSTGRES_UNSUPPORTED_BYTEA_FORMAT", false],
  ])("%s: retryable %s", (code, retryable) => {
    expect(mapDriverError(new Bun.SQL.PostgresError("said", { code }))).toMatchObject({ retryable });
  });

  it.each([
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "CERT_HAS_EXPIRED",
  ])("%s, which TLS reports, names the variable and is for good", (code) => {
    const mapped = mapDriverError(Object.assign(new Error("self signed certificate"), { code }));
    expect(mapped).toMatchObject({
      code: "STORE_ACCESS_DENIED",
      retryable: false,
      message: expect.stringMatching(/DATABASE_URL.*sslrootcert/),
    });
  });
});
