import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classify, type Evidence } from "./classify.ts";
import { MEANINGS } from "./failure-table.ts";

/** Class, retry, scope, floor and cap of the wait in seconds. */
type Expected = readonly [errorClass: string, retry: string, scope: string, floorSeconds: number, capSeconds: number];
type Row = readonly [says: string, evidence: Evidence, expected: Expected];

const join = (text: string): Evidence => ({ where: "join", text });
const system = (text: string): Evidence => ({ where: "system", text });
const upgrade = (httpStatus: number, text = ""): Evidence => ({ where: "handshake", text, httpStatus });
const http = (httpStatus: number, text = ""): Evidence => ({ where: "http", text, httpStatus });
const closed = (closeCode: number, text = ""): Evidence => ({ where: "close", text, closeCode });
const push = (text: string): Evidence => ({ where: "push", text });

const EXPIRED: Expected = ["auth", "refresh", "channel", 0, 60];
const REJECTED: Expected = ["auth", "refresh-once", "channel", 0, 60];
const UNUSABLE: Expected = ["auth", "never", "channel", 0, 0];
const KEY_REFUSED: Expected = ["auth", "never", "project", 60, 300];
const NO_SIGNER: Expected = ["auth", "backoff", "project", 60, 300];
const KEY_MISSING: Expected = ["configuration", "never", "project", 60, 300];
const FORBIDDEN: Expected = ["permission", "never", "channel", 0, 0];
const SUSPENDED: Expected = ["configuration", "never", "project", 300, 900];
const UNKNOWN_PROJECT: Expected = ["configuration", "never", "project", 60, 300];
const MISCONFIGURED: Expected = ["configuration", "never", "channel", 0, 0];
const INVALID: Expected = ["bad-request", "never", "channel", 0, 0];
const BAD_MESSAGE: Expected = ["bad-request", "never", "message", 0, 0];
const PROJECT_FULL: Expected = ["capacity", "backoff", "project", 30, 60];
const SOCKET_FULL: Expected = ["capacity", "backoff", "socket", 0, 60];
const JOIN_RATE: Expected = ["rate", "backoff", "project", 5, 60];
const MESSAGE_RATE: Expected = ["rate", "backoff", "channel", 15, 60];
const PRESENCE_RATE: Expected = ["rate", "backoff", "channel", 5, 15];
const PRESENCE_CALLS: Expected = ["rate", "backoff", "channel", 30, 60];
const NOTICE_RATE: Expected = ["rate", "backoff", "message", 5, 60];
const DATABASE_AWAY: Expected = ["server", "backoff", "channel", 5, 60];
const CLUSTER_SLOW: Expected = ["server", "backoff", "channel", 1, 10];
const RESTARTED: Expected = ["server", "backoff", "socket", 1, 10];
const SERVER_FAILED: Expected = ["server", "backoff", "socket", 0, 30];
const LOST: Expected = ["network", "backoff", "socket", 0, 30];
const UNKNOWN: Expected = ["unknown", "backoff", "channel", 0, 60];

const pleaseCheck =
  "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: nope, filters: [], select: nil]";
const anException =
  'Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: [event: *, schema: public, table: test_tenant, filters: [{"zzz", "eq", "1", false}], select: nil]. Exception: ERROR P0001 (raise_exception) invalid column for filter zzz';

/** In the order of the document. @source REALTIME.md 2.4; texts: REALTIME-FRAMES.md and the server's own source */
const TAXONOMY: readonly Row[] = [
  ["expired, join", join("InvalidJWTToken: Token has expired 60 seconds ago"), EXPIRED],
  ["expired, as the docs name it", join("InvalidJWTExpiration: Token has expired"), EXPIRED],
  ["expired, system", system("Token has expired 0 seconds ago"), EXPIRED],
  ["expired key, upgrade", upgrade(401, "Token has expired"), KEY_REFUSED],
  ["no readable expiry", join("InvalidJWTToken: Token expiration time is invalid"), REJECTED],
  ["no role, join", join("InvalidJWTToken: Fields `role` and `exp` are required in JWT"), UNUSABLE],
  ["no role, system", system("Fields `role` and `exp` are required in JWT"), UNUSABLE],
  ["no role, upgrade", upgrade(401, "Fields `role` and `exp` are required in JWT"), KEY_REFUSED],
  ["malformed, join", join("MalformedJWT: The token provided is not a valid JWT"), REJECTED],
  ["malformed, system", system("The token provided is not a valid JWT"), REJECTED],
  ["malformed, upgrade", upgrade(401, "The token provided is not a valid JWT"), KEY_REFUSED],
  ["signature, join", join("JwtSignatureError: Failed to validate JWT signature"), REJECTED],
  ["signature, system", system(":signature_error"), REJECTED],
  ["signature, upgrade", upgrade(401, "Failed to validate JWT signature"), KEY_REFUSED],
  [
    "signer, join",
    join("JwtSignerError: Failed to generate JWT signer, check your JWT secret or JWKS configuration"),
    NO_SIGNER,
  ],
  [
    "signer, upgrade",
    upgrade(401, "Failed to generate JWT signer, check your JWT secret or JWKS configuration"),
    NO_SIGNER,
  ],
  ["no key", upgrade(401, "API key is missing"), KEY_MISSING],
  ["no key, gateway", upgrade(401, "No API key found in request"), KEY_MISSING],
  [
    "no right to read, join",
    join("Unauthorized: You do not have permissions to read from this Channel topic: t1"),
    FORBIDDEN,
  ],
  ["right withdrawn", system("You no longer have permission to read from this Channel topic: t1"), FORBIDDEN],
  ["private only", join("PrivateOnly: This project only allows private channels"), MISCONFIGURED],
  ["suspended, join", join("RealtimeDisabledForTenant: Realtime disabled for this tenant"), SUSPENDED],
  ["suspended, upgrade", upgrade(403, "Realtime was disabled for this tenant"), SUSPENDED],
  ["unknown project, join", join("TenantNotFound: Tenant with the given ID does not exist"), UNKNOWN_PROJECT],
  ["unknown project, upgrade", upgrade(404, "Tenant not found"), UNKNOWN_PROJECT],
  ["unknown project, HTTP", http(401, '{"message":"Tenant not found in database"}'), UNKNOWN_PROJECT],
  ["no topic", join("TopicNameRequired: You must provide a topic name"), INVALID],
  ["foreign topic", join("unmatched topic"), INVALID],
  ["topic the server dropped", push("unmatched topic"), ["server", "backoff", "channel", 0, 30]],
  ["changes, table", system(pleaseCheck), MISCONFIGURED],
  ["changes, column", system(anException), MISCONFIGURED],
  ["changes, filter", system('Error parsing `filter` params: ["garbage"]'), MISCONFIGURED],
  ["changes, code", system("RealtimeDisabledForConfiguration: no publication"), MISCONFIGURED],
  ["replay, wrong params", join("UnableToReplayMessages: Replay params are not valid"), INVALID],
  ["replay, public", join("UnableToReplayMessages: Replay is not allowed for public channels"), INVALID],
  [
    "replay, failed",
    join("UnableToReplayMessages: Realtime was unable to replay messages"),
    ["server", "backoff", "channel", 1, 30],
  ],
  ["bindings", join("mismatch between server and client bindings for postgres changes"), INVALID],
  ["full socket", join("ChannelRateLimitReached: Too many channels"), SOCKET_FULL],
  ["full transport", join("too many channels joined"), SOCKET_FULL],
  ["full project, join", join("ConnectionRateLimitReached: Too many connected users"), PROJECT_FULL],
  ["full project, upgrade", upgrade(429, "Too many connected users"), PROJECT_FULL],
  ["joins, join", join("ClientJoinRateLimitReached: Too many joins per second"), JOIN_RATE],
  ["joins, upgrade", upgrade(429, "Too many joins per second"), JOIN_RATE],
  [
    "joins, the close after it",
    closed(1001, "ClientJoinRateLimitReached: Too many joins per second"),
    ["rate", "backoff", "socket", 5, 60],
  ],
  ["messages", system("Too many messages per second"), MESSAGE_RATE],
  ["presence", system("Too many presence messages per second"), PRESENCE_RATE],
  ["presence calls", system("Client presence rate limit exceeded"), PRESENCE_CALLS],
  ["payload, ack", push("payload_size_exceeded"), BAD_MESSAGE],
  [
    "payload, HTTP",
    http(422, '{"errors":{"messages":[{"payload":["Payload size exceeds tenant limit"]}]}}'),
    BAD_MESSAGE,
  ],
  ["payload, presence", system("Track message size exceeded"), BAD_MESSAGE],
  ["batch", http(429, '{"message":"Too many messages to broadcast, please reduce the batch size"}'), NOTICE_RATE],
  [
    "pool, join",
    join("IncreaseConnectionPool: Please increase your connection pool size"),
    ["capacity", "backoff", "channel", 30, 120],
  ],
  ["pool, changes", system("Too many database timeouts"), ["capacity", "backoff", "channel", 30, 120]],
  [
    "database full",
    join("DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect"),
    ["capacity", "backoff", "channel", 15, 60],
  ],
  [
    "database busy",
    join("DatabaseConnectionRateLimitReached: Too many database connections attempts per second"),
    ["capacity", "backoff", "channel", 5, 30],
  ],
  [
    "starting",
    join("InitializingProjectConnection: Realtime is initializing the project connection"),
    ["server", "backoff", "channel", 1, 5],
  ],
  [
    "database away, code",
    join("UnableToConnectToProject: Realtime was unable to connect to the project database"),
    DATABASE_AWAY,
  ],
  ["database away, words", system("Realtime was unable to connect to the project database"), DATABASE_AWAY],
  ["cancelled, join", join("QueryCanceled: canceling statement"), ["server", "backoff", "channel", 5, 30]],
  ["cancelled, system", system("Query was cancelled, please try again"), ["server", "backoff", "channel", 5, 30]],
  [
    "partition",
    join("MissingPartition: Realtime was unable to find the expected messages partition"),
    ["server", "backoff", "channel", 30, 120],
  ],
  ["node timeout, join", join("TimeoutOnRpcCall: Node request timeout"), CLUSTER_SLOW],
  ["node timeout, system", system("Node request timeout"), CLUSTER_SLOW],
  ["node error", join("ErrorOnRpcCall: RPC call error: :nodedown"), CLUSTER_SLOW],
  [
    "stopping",
    join("RealtimeRestarting: Realtime is restarting, please standby"),
    ["server", "backoff", "channel", 2, 10],
  ],
  ["muster", join("MusterJoinError: timed out after 1000ms"), CLUSTER_SLOW],
  ["unknown, code", join("UnknownErrorOnChannel: no function clause matching in Access.get/3"), UNKNOWN],
  ["unknown, words", join("Unknown Error on Channel"), UNKNOWN],
  ["unknown, crash while joining", join("join crashed"), UNKNOWN],
  ["operator", closed(1012, "Server requested disconnect"), RESTARTED],
  ["crash", system("channel_crash"), ["server", "backoff", "channel", 1, 30]],
  ["upgrade 500", upgrade(500, "Error connecting to Realtime"), SERVER_FAILED],
  ["upgrade 502", upgrade(502), SERVER_FAILED],
  ["upgrade 503", upgrade(503), SERVER_FAILED],
  ["upgrade 504", upgrade(504), SERVER_FAILED],
  ["close 1001", closed(1001), SERVER_FAILED],
  ["close 1012", closed(1012), RESTARTED],
  ["close 1006", closed(1006), LOST],
  ["transport failure", closed(1006, "channel error: transport failure"), LOST],
  ["Node, refused", { where: "handshake", text: "Received network error or non-101 status code." }, LOST],
  ["Bun, refused", upgrade(429, "WebSocket connection failed: Expected 101 status code: 429"), JOIN_RATE],
  [
    "Bun, no peer",
    { where: "handshake", text: "WebSocket connection to 'the server' failed: Failed to connect" },
    LOST,
  ],
  ["heartbeat", { where: "close", text: "heartbeat timeout" }, ["timeout", "backoff", "socket", 0, 30]],
  ["join without an answer", join("join timed out"), ["timeout", "backoff", "channel", 0, 30]],
  ["connection lost", { where: "close", text: "channel error: connection lost" }, LOST],
  ["send without an answer", push("timed out"), ["timeout", "backoff", "message", 0, 30]],
  ["send aborted", http(0, "AbortError"), ["timeout", "backoff", "message", 0, 30]],
  ["send failed for a hidden cause", push("error"), ["unknown", "backoff", "message", 0, 60]],
];

/** In the order of the document, where the row is not one of the taxonomy's. @source REALTIME.md 2.3 */
const LIMITS: readonly Row[] = [
  ["upgrade 401", upgrade(401), KEY_REFUSED],
  ["upgrade 403, a protocol version nobody speaks", upgrade(403), UNKNOWN_PROJECT],
  ["upgrade 404", upgrade(404), UNKNOWN_PROJECT],
  ["upgrade 429 without a word", upgrade(429), JOIN_RATE],
  ["HTTP, too many", http(429, '{"message":"Too many requests"}'), NOTICE_RATE],
  ["HTTP, over the limit", http(429, '{"message":"You have exceeded your rate limit"}'), NOTICE_RATE],
  ["HTTP 429 without a word", http(429), NOTICE_RATE],
  ["HTTP 400", http(400), BAD_MESSAGE],
  ["HTTP 413", http(413), BAD_MESSAGE],
  ["HTTP 415", http(415), BAD_MESSAGE],
  ["HTTP 422", http(422), BAD_MESSAGE],
  ["HTTP 503", http(503), SERVER_FAILED],
  ["HTTP, no peer", { where: "http", text: "connection refused" }, ["network", "backoff", "message", 0, 30]],
  ["presence that is no object", push("Presence track payload must be a map"), BAD_MESSAGE],
  ["frame too large", closed(1009), ["bad-request", "backoff", "socket", 0, 30]],
  ["idle", closed(1000), SERVER_FAILED],
  ["crash of the server", closed(1011), SERVER_FAILED],
  ["an unheard-of code", closed(4321), LOST],
  ["a close without a word", system("closed by the server"), UNKNOWN],
  [
    "rows that do not come",
    system("ChangesNotReady: no rows within 30000 ms"),
    ["server", "backoff", "channel", 1, 30],
  ],
  ["no token to join with", join("AccessTokenUnavailable: no answer"), ["auth", "backoff", "channel", 1, 60]],
  ["a close after words about one channel", closed(1001, "Unauthorized: no permissions to read"), SERVER_FAILED],
  ["nothing anybody has seen before", join("a new sorrow"), UNKNOWN],
];

const actual = (evidence: Evidence): Expected => {
  const { errorClass, retry, scope, floorMs, capMs } = classify(evidence);
  return [errorClass, retry, scope, floorMs / 1000, capMs / 1000];
};

describe("what a failure means", () => {
  it.each(TAXONOMY)("taxonomy: %s", (_, evidence, expected) => {
    expect(actual(evidence)).toEqual(expected);
  });

  it.each(LIMITS)("limits: %s", (_, evidence, expected) => {
    expect(actual(evidence)).toEqual(expected);
  });

  it("does not depend on case", () => {
    for (const [, evidence, expected] of TAXONOMY) {
      expect(actual({ ...evidence, text: evidence.text.toUpperCase() }).slice(0, 2)).toEqual(expected.slice(0, 2));
    }
  });

  it("never retries what only somebody's hand can mend", () => {
    for (const [, evidence] of TAXONOMY) {
      const { errorClass, retry, scope } = classify(evidence);
      const isByHand = ["permission", "configuration"].includes(errorClass) || errorClass === "bad-request";
      if (isByHand && scope !== "socket") expect(retry).toBe("never");
    }
  });

  it("leaves room for jitter between every floor and its cap", () => {
    for (const { retry, floorMs, capMs } of Object.values(MEANINGS)) {
      if (retry === "backoff" || floorMs > 0) expect(capMs).toBeGreaterThanOrEqual(floorMs * 2);
    }
  });

  it("keeps the reason short enough for a log line", () => {
    expect(classify(join("x".repeat(5000))).reason.length).toBe(200);
    expect(classify(join("")).reason).toBe("unknown");
  });

  it("is what docs/classification.md says", () => {
    const doc = readFileSync(new URL("../docs/classification.md", import.meta.url), "utf8");
    const said = [...doc.matchAll(/^\| `(\w+)` \| ([\w-]+) \| ([\w-]+) \| (\w+) \| (.*?) \|/gm)].map((row) =>
      row.slice(1),
    );
    const meant = Object.entries(MEANINGS).map(([name, { errorClass, retry, scope, floorMs, capMs }]) => [
      name,
      errorClass,
      retry,
      scope,
      capMs === 0 ? "" : `${floorMs / 1000} to ${capMs / 1000} s`,
    ]);
    expect(said).toEqual(meant);
  });
});
