import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { ErrorClass } from "./types.ts";

/** What was seen of a failure, before anybody says what it means. */
export interface Evidence {
  readonly where: "handshake" | "join" | "system" | "close" | "push" | "http";
  /** The server's or the runtime's own words. */
  readonly text: string;
  /** The WebSocket close code, where there was one. */
  readonly closeCode?: number;
  /** The HTTP status of a handshake or a request, where the runtime tells. */
  readonly httpStatus?: number;
}

/**
 * - `never`: the same call cannot succeed until somebody changes something
 * - `refresh-once`: once more, at once, with a fresh token, if there is one to be had
 * - `refresh`: the same, and later again and again: whoever hands out tokens may be late with the next one
 * - `backoff`: later
 */
export type Retry = "never" | "refresh-once" | "refresh" | "backoff";

/** Whom it concerns: one message, one channel, all channels of a socket, or everybody in the project. */
export type Scope = "message" | "channel" | "socket" | "project";

/** What a failure means and what to do about it. */
export interface Failure {
  readonly errorClass: ErrorClass;
  readonly retry: Retry;
  /** Not before this many ms. The server sends no Retry-After anywhere. @source REALTIME.md 2.2 */
  readonly floorMs: number;
  readonly scope: Scope;
  readonly reason: string;
}

type Meaning = readonly [errorClass: ErrorClass, retry: Retry, floorMs: number, scope: Scope];

/**
 * Server texts, most particular first; matched without regard to case. The docs name some codes the server does not
 * send and the other way round, so both the code and the words after it are listed.
 * @source REALTIME.md 2.4, https://supabase.com/docs/guides/realtime/error_codes
 */
const TEXTS: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [/JwtSignerError|failed to generate jwt signer/i, ["auth", "backoff", MINUTE_MS, "project"]],
  [/token expiration time is invalid|fields `role` and `exp` are required/i, ["auth", "never", 0, "channel"]],
  [
    /MalformedJWT|not a valid JWT|JwtSignatureError|failed to validate jwt signature/i,
    ["auth", "refresh-once", 0, "channel"],
  ],
  [/InvalidJWTToken|InvalidJWTExpiration|token has expired/i, ["auth", "refresh", 0, "channel"]],
  [/API key is missing|MissingAPIKey|invalid api key/i, ["configuration", "never", 0, "project"]],
  [/permissions? to read|^Unauthorized\b/i, ["permission", "never", 0, "channel"]],
  [/PrivateOnly/i, ["configuration", "never", 0, "channel"]],
  [/RealtimeDisabledForTenant|realtime was disabled for this tenant/i, ["configuration", "never", 0, "project"]],
  [/TenantNotFound|tenant not found/i, ["configuration", "never", 0, "project"]],
  [/TopicNameRequired|unmatched topic/i, ["bad-request", "never", 0, "channel"]],
  [
    /RealtimeDisabledForConfiguration|malformed.*param|invalid operator|publication.*(missing|not exist)/i,
    ["configuration", "never", 0, "channel"],
  ],
  [/UnableToReplayMessages: (Replay params|.*not allowed for public)/i, ["bad-request", "never", 0, "channel"]],
  [/UnableToReplayMessages/i, ["server", "backoff", 0, "channel"]],
  [/mismatch between server and client bindings/i, ["bad-request", "never", 0, "channel"]],
  [/ChannelRateLimitReached|too many channels/i, ["capacity", "backoff", 0, "socket"]],
  [/\bConnectionRateLimitReached|too many connected users/i, ["capacity", "backoff", 30 * SECOND_MS, "project"]],
  [/(Client)?Joins?RateLimitReached|too many joins per second/i, ["rate", "backoff", 5 * SECOND_MS, "project"]],
  [/too many presence messages per second/i, ["rate", "backoff", 5 * SECOND_MS, "channel"]],
  [/client presence rate limit exceeded/i, ["rate", "backoff", 30 * SECOND_MS, "channel"]],
  [/too many messages per second/i, ["rate", "backoff", 15 * SECOND_MS, "channel"]],
  [
    /payload_size_exceeded|payload size exceeds|track message size exceeded|reduce the batch size/i,
    ["bad-request", "never", 0, "message"],
  ],
  [/exceeded your rate limit|too many requests/i, ["rate", "backoff", 5 * SECOND_MS, "message"]],
  [/IncreaseConnectionPool|too many database timeouts/i, ["capacity", "backoff", 30 * SECOND_MS, "channel"]],
  [/DatabaseLackOfConnections/i, ["capacity", "backoff", 15 * SECOND_MS, "channel"]],
  [/DatabaseConnectionRateLimitReached/i, ["server", "backoff", 5 * SECOND_MS, "channel"]],
  [/InitializingProjectConnection/i, ["server", "backoff", SECOND_MS, "channel"]],
  [
    /UnableToConnectToProject|unable to connect to the project database/i,
    ["server", "backoff", 5 * SECOND_MS, "channel"],
  ],
  [/QueryCanceled|query was cancelled/i, ["server", "backoff", 5 * SECOND_MS, "channel"]],
  [/MissingPartition/i, ["server", "backoff", 30 * SECOND_MS, "channel"]],
  [/TimeoutOnRpcCall|ErrorOnRpcCall|node request timeout|rpc call error/i, ["server", "backoff", SECOND_MS, "channel"]],
  [/RealtimeRestarting/i, ["server", "backoff", 2 * SECOND_MS, "channel"]],
  [/MusterJoinError/i, ["server", "backoff", SECOND_MS, "channel"]],
  [/UnknownErrorOnChannel|unknown error on channel|join crashed/i, ["unknown", "backoff", 0, "channel"]],
  [/server requested disconnect/i, ["server", "backoff", 0, "channel"]],
  [/channel_crash/i, ["server", "backoff", SECOND_MS, "channel"]],
  [/error connecting to realtime/i, ["server", "backoff", 0, "socket"]],
  [/heartbeat timeout/i, ["timeout", "backoff", 0, "socket"]],
  [/timed out|TIMED_OUT|AbortError/i, ["timeout", "backoff", 0, "channel"]],
];

/** @source REALTIME.md 2.4; 401 to 404 are what the gateway or the server says to a wrong key, tenant or address */
const STATUSES: Readonly<Record<number, Meaning>> = {
  400: ["bad-request", "never", 0, "message"],
  401: ["auth", "never", 0, "project"],
  403: ["configuration", "never", 0, "project"],
  404: ["configuration", "never", 0, "project"],
  413: ["bad-request", "never", 0, "message"],
  415: ["bad-request", "never", 0, "message"],
  422: ["bad-request", "never", 0, "message"],
  429: ["rate", "backoff", 5 * SECOND_MS, "project"],
};

/** A restart (1012) has no floor here: the pool sends one jittered probe for all of its sockets instead. */
const CLOSE_CODES: Readonly<Record<number, Meaning>> = {
  1000: ["server", "backoff", 0, "socket"],
  1001: ["server", "backoff", 0, "socket"],
  1006: ["network", "backoff", 0, "socket"],
  1009: ["bad-request", "backoff", 0, "socket"],
  1011: ["server", "backoff", 0, "socket"],
  1012: ["server", "backoff", 0, "socket"],
  1013: ["server", "backoff", 0, "socket"],
};

const BY_PLACE: Readonly<Record<Evidence["where"], Meaning>> = {
  handshake: ["network", "backoff", 0, "socket"],
  join: ["unknown", "backoff", 0, "channel"],
  system: ["unknown", "backoff", 0, "channel"],
  close: ["network", "backoff", 0, "socket"],
  push: ["unknown", "backoff", 0, "message"],
  http: ["network", "backoff", 0, "message"],
};

/** Reasons go to logs and events: long enough for every server text, too short to carry a payload. */
const MAX_REASON_LENGTH = 200;

/** One failure, one meaning: the text decides, then the HTTP status, then the close code, then where it was seen. */
export function classify(evidence: Evidence): Failure {
  const { text, httpStatus, closeCode, where } = evidence;
  const byText = TEXTS.find(([pattern]) => pattern.test(text))?.[1];
  const byStatus = httpStatus === undefined ? undefined : statusMeaning(httpStatus);
  const byCode = closeCode === undefined ? undefined : CLOSE_CODES[closeCode];
  const [errorClass, retry, floorMs, scope] = byText ?? byStatus ?? byCode ?? BY_PLACE[where];
  return { errorClass, retry, floorMs, scope, reason: text.slice(0, MAX_REASON_LENGTH) || errorClass };
}

function statusMeaning(status: number): Meaning | undefined {
  if (status >= 500) return ["server", "backoff", 0, "socket"];
  return STATUSES[status];
}
