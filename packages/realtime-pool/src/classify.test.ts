import { describe, expect, it } from "vitest";
import { classify, type Evidence } from "./classify.ts";

type Expected = readonly [errorClass: string, retry: string, minFloorMs: number, scope: string];

/** What the server really writes, and what it means. @source REALTIME.md 2.4 */
const TEXTS: readonly (readonly [text: string, expected: Expected])[] = [
  ["InvalidJWTToken: Token has expired 12 seconds ago", ["auth", "refresh", 0, "channel"]],
  ["InvalidJWTExpiration: Token has expired", ["auth", "refresh", 0, "channel"]],
  ["InvalidJWTToken: Token expiration time is invalid", ["auth", "never", 0, "channel"]],
  ["InvalidJWTToken: Fields `role` and `exp` are required in JWT", ["auth", "never", 0, "channel"]],
  ["MalformedJWT: The token provided is not a valid JWT", ["auth", "refresh-once", 0, "channel"]],
  ["JwtSignatureError: Failed to validate JWT signature", ["auth", "refresh-once", 0, "channel"]],
  ["JwtSignerError: Failed to generate JWT signer", ["auth", "backoff", 60_000, "project"]],
  ["API key is missing", ["configuration", "never", 0, "project"]],
  [
    "Unauthorized: You do not have permissions to read from this Channel topic: room:1",
    ["permission", "never", 0, "channel"],
  ],
  ["You no longer have permission to read from this topic", ["permission", "never", 0, "channel"]],
  ["PrivateOnly: This project only allows private channels", ["configuration", "never", 0, "channel"]],
  ["RealtimeDisabledForTenant: Realtime disabled for this tenant", ["configuration", "never", 0, "project"]],
  ["Realtime was disabled for this tenant", ["configuration", "never", 0, "project"]],
  ["TenantNotFound: Tenant with the given ID does not exist", ["configuration", "never", 0, "project"]],
  ["TopicNameRequired: You must provide a topic name", ["bad-request", "never", 0, "channel"]],
  ["unmatched topic", ["bad-request", "never", 0, "channel"]],
  ["RealtimeDisabledForConfiguration: no publication", ["configuration", "never", 0, "channel"]],
  ["UnableToReplayMessages: Replay params are not valid", ["bad-request", "never", 0, "channel"]],
  ["UnableToReplayMessages: Replay is not allowed for public channels", ["bad-request", "never", 0, "channel"]],
  ["UnableToReplayMessages: Realtime was unable to replay messages", ["server", "backoff", 0, "channel"]],
  ["mismatch between server and client bindings for postgres changes", ["bad-request", "never", 0, "channel"]],
  ["ChannelRateLimitReached: Too many channels", ["capacity", "backoff", 0, "socket"]],
  ["too many channels joined", ["capacity", "backoff", 0, "socket"]],
  ["ConnectionRateLimitReached: Too many connected users", ["capacity", "backoff", 30_000, "project"]],
  ["ClientJoinRateLimitReached: Too many joins per second", ["rate", "backoff", 5000, "project"]],
  ["Too many messages per second", ["rate", "backoff", 15_000, "channel"]],
  ["Too many presence messages per second", ["rate", "backoff", 5000, "channel"]],
  ["Client presence rate limit exceeded", ["rate", "backoff", 30_000, "channel"]],
  ["payload_size_exceeded", ["bad-request", "never", 0, "message"]],
  ["Payload size exceeds tenant limit", ["bad-request", "never", 0, "message"]],
  ["Track message size exceeded", ["bad-request", "never", 0, "message"]],
  ["Too many messages to broadcast, please reduce the batch size", ["bad-request", "never", 0, "message"]],
  ["You have exceeded your rate limit", ["rate", "backoff", 5000, "message"]],
  ["IncreaseConnectionPool: Please increase your connection pool size", ["capacity", "backoff", 30_000, "channel"]],
  ["DatabaseLackOfConnections: Database can't accept more connections", ["capacity", "backoff", 15_000, "channel"]],
  ["DatabaseConnectionRateLimitReached: too many attempts", ["server", "backoff", 5000, "channel"]],
  ["InitializingProjectConnection: Realtime is initializing", ["server", "backoff", 1000, "channel"]],
  ["Realtime was unable to connect to the project database", ["server", "backoff", 5000, "channel"]],
  ["QueryCanceled: Query was cancelled", ["server", "backoff", 5000, "channel"]],
  ["MissingPartition: no partition", ["server", "backoff", 30_000, "channel"]],
  ["TimeoutOnRpcCall: Node request timeout", ["server", "backoff", 1000, "channel"]],
  ["RealtimeRestarting: Realtime is restarting", ["server", "backoff", 2000, "channel"]],
  ["MusterJoinError: try again", ["server", "backoff", 1000, "channel"]],
  ["Unknown Error on Channel", ["unknown", "backoff", 0, "channel"]],
  ["join crashed", ["unknown", "backoff", 0, "channel"]],
  ["channel_crash", ["server", "backoff", 1000, "channel"]],
  ["heartbeat timeout", ["timeout", "backoff", 0, "socket"]],
  ["join timed out", ["timeout", "backoff", 0, "channel"]],
  ["nothing anybody has seen before", ["unknown", "backoff", 0, "channel"]],
];

const SHAPES: readonly (readonly [evidence: Evidence, expected: Expected])[] = [
  [{ where: "handshake", text: "", httpStatus: 401 }, ["auth", "never", 0, "project"]],
  [{ where: "handshake", text: "", httpStatus: 403 }, ["configuration", "never", 0, "project"]],
  [{ where: "handshake", text: "", httpStatus: 404 }, ["configuration", "never", 0, "project"]],
  [{ where: "handshake", text: "", httpStatus: 429 }, ["rate", "backoff", 5000, "project"]],
  [{ where: "handshake", text: "", httpStatus: 503 }, ["server", "backoff", 0, "socket"]],
  [{ where: "handshake", text: "", closeCode: 1006 }, ["network", "backoff", 0, "socket"]],
  [
    { where: "handshake", text: "Too many connected users", httpStatus: 429 },
    ["capacity", "backoff", 30_000, "project"],
  ],
  [{ where: "close", text: "", closeCode: 1001 }, ["server", "backoff", 0, "socket"]],
  [{ where: "close", text: "", closeCode: 1006 }, ["network", "backoff", 0, "socket"]],
  [{ where: "close", text: "", closeCode: 1012 }, ["server", "backoff", 0, "socket"]],
  [{ where: "close", text: "", closeCode: 4321 }, ["network", "backoff", 0, "socket"]],
  [{ where: "http", text: "", httpStatus: 422 }, ["bad-request", "never", 0, "message"]],
  [{ where: "http", text: "connection refused" }, ["network", "backoff", 0, "message"]],
  [{ where: "push", text: "" }, ["unknown", "backoff", 0, "message"]],
];

describe("classify", () => {
  it.each(TEXTS)("reads %j", (text, [errorClass, retry, floorMs, scope]) => {
    expect(classify({ where: "join", text })).toMatchObject({ errorClass, retry, floorMs, scope, reason: text });
  });

  it.each(SHAPES)("reads %j", (evidence, [errorClass, retry, floorMs, scope]) => {
    expect(classify(evidence)).toMatchObject({ errorClass, retry, floorMs, scope });
  });

  it("matches without regard to case", () => {
    expect(classify({ where: "join", text: "clientjoinratelimitreached" }).errorClass).toBe("rate");
  });

  it("never retries what only somebody's hand can mend", () => {
    const fatal = TEXTS.filter(([, [errorClass]]) =>
      ["permission", "bad-request", "configuration"].includes(errorClass),
    );
    expect(fatal.length).toBeGreaterThan(10);
    for (const [text] of fatal) expect(classify({ where: "join", text }).retry).toBe("never");
  });

  it("keeps the reason short enough for a log line", () => {
    expect(classify({ where: "join", text: "x".repeat(5000) }).reason.length).toBe(200);
  });
});
