import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";

export type ErrorClass =
  | "auth"
  | "permission"
  | "bad-request"
  | "rate"
  | "capacity"
  | "configuration"
  | "network"
  | "timeout"
  | "server"
  | "unknown";

/**
 * - `never`: the same call cannot succeed until the project or the call is changed
 * - `refresh-once`: once more, at once, with a fresh token, if there is one to be had
 * - `refresh`: like `refresh-once`, then later again and again: the source of tokens may be late with the next one
 * - `backoff`: later
 */
export type Retry = "never" | "refresh-once" | "refresh" | "backoff";

/** What it concerns: one message, one channel, all channels of a socket, or the whole project. */
export type Scope = "message" | "channel" | "socket" | "project";

/** Where a failure was seen. */
export type Place = "handshake" | "join" | "system" | "close" | "push" | "http";

/** What a failure means, independent of its words. */
export interface Meaning {
  readonly errorClass: ErrorClass;
  readonly retry: Retry;
  readonly scope: Scope;
  /** The next try comes not before and not after so many ms. The server sends no Retry-After. @source REALTIME.md 2.2 */
  readonly floorMs: number;
  readonly capMs: number;
  /** The project's limit per second that it came from: that budget is throttled, and the channel waits for it. */
  readonly limit?: "events" | "presence";
}

const later = (errorClass: ErrorClass, scope: Scope, floorSeconds: number, capSeconds: number): Meaning => ({
  errorClass,
  retry: "backoff",
  scope,
  floorMs: floorSeconds * SECOND_MS,
  capMs: capSeconds * SECOND_MS,
});

const never = (errorClass: ErrorClass, scope: Scope): Meaning => ({
  errorClass,
  retry: "never",
  scope,
  floorMs: 0,
  capMs: 0,
});

/** Only the project's owner can mend it: no channel joins, and the fleet looks again this often. */
const closedProject = (errorClass: ErrorClass, floorMinutes: number, capMinutes: number): Meaning => ({
  errorClass,
  retry: "never",
  scope: "project",
  floorMs: floorMinutes * MINUTE_MS,
  capMs: capMinutes * MINUTE_MS,
});

const withToken = (retry: Retry): Meaning => ({
  errorClass: "auth",
  retry,
  scope: "channel",
  floorMs: 0,
  capMs: MINUTE_MS,
});

/** Every meaning a failure can have; docs/classification.md is this table in words. @source REALTIME.md 2.3 and 2.4 */
export const MEANINGS = {
  tokenExpired: withToken("refresh"),
  tokenRejected: withToken("refresh-once"),
  tokenUnusable: never("auth", "channel"),
  tokenUnavailable: later("auth", "channel", 1, 60),
  keyRefused: closedProject("auth", 1, 5),
  signerBroken: later("auth", "project", 60, 300),
  keyMissing: closedProject("configuration", 1, 5),
  projectSuspended: closedProject("configuration", 5, 15),
  projectUnknown: closedProject("configuration", 1, 5),
  topicForbidden: never("permission", "channel"),
  privateOnly: never("configuration", "channel"),
  changesMisconfigured: never("configuration", "channel"),
  requestInvalid: never("bad-request", "channel"),
  messageInvalid: never("bad-request", "message"),
  socketFull: later("capacity", "socket", 0, 60),
  projectFull: later("capacity", "project", 30, 60),
  databasePoolSpent: later("capacity", "channel", 30, 120),
  databaseFull: later("capacity", "channel", 15, 60),
  databaseBusy: later("capacity", "channel", 5, 30),
  joinRate: later("rate", "project", 5, 60),
  messageRate: { ...later("rate", "channel", 15, 60), limit: "events" },
  presenceRate: { ...later("rate", "channel", 5, 15), limit: "presence" },
  presenceCallRate: later("rate", "channel", 30, 60),
  noticeRate: later("rate", "message", 5, 60),
  databaseAway: later("server", "channel", 5, 60),
  projectStarting: later("server", "channel", 1, 5),
  querySlow: later("server", "channel", 5, 30),
  partitionMissing: later("server", "channel", 30, 120),
  clusterSlow: later("server", "channel", 1, 10),
  serverStopping: later("server", "channel", 2, 10),
  replayFailed: later("server", "channel", 1, 30),
  changesSilent: later("server", "channel", 1, 30),
  topicForgotten: later("server", "channel", 0, 30),
  channelCrashed: later("server", "channel", 1, 30),
  serverRestarted: later("server", "socket", 1, 10),
  serverFailed: later("server", "socket", 0, 30),
  socketLost: later("network", "socket", 0, 30),
  noticeLost: later("network", "message", 0, 30),
  socketSilent: later("timeout", "socket", 0, 30),
  joinTimedOut: later("timeout", "channel", 0, 30),
  pushTimedOut: later("timeout", "message", 0, 30),
  frameTooLarge: later("bad-request", "socket", 0, 30),
  unknownToChannel: later("unknown", "channel", 0, 60),
  unknownToMessage: later("unknown", "message", 0, 60),
} as const satisfies Record<string, Meaning>;

export type MeaningName = keyof typeof MEANINGS;

interface TextRow {
  readonly text: RegExp;
  /** Only here. Default everywhere. */
  readonly at?: readonly Place[];
  readonly means: MeaningName;
}

/**
 * The server's words, most particular first; matched without regard to case. Its docs name some codes it does not send
 * and the other way round, so both the code and the words after it are listed.
 * @source REALTIME.md 2.4, REALTIME-FRAMES.md, https://supabase.com/docs/guides/realtime/error_codes
 */
export const TEXT_ROWS: readonly TextRow[] = [
  { text: /JwtSignerError|failed to generate jwt signer/i, means: "signerBroken" },
  { text: /token expiration time is invalid/i, means: "tokenRejected" },
  { text: /fields `role` and `exp` are required/i, means: "tokenUnusable" },
  {
    text: /MalformedJWT|not a valid JWT|JwtSignatureError|failed to validate jwt signature|:signature_error/i,
    means: "tokenRejected",
  },
  { text: /InvalidJWTToken|InvalidJWTExpiration|token has expired/i, means: "tokenExpired" },
  { text: /AccessTokenUnavailable/i, means: "tokenUnavailable" },
  { text: /API key is missing|MissingAPIKey|invalid api key|no api key found/i, means: "keyMissing" },
  { text: /permissions? to read|^Unauthorized\b/i, means: "topicForbidden" },
  { text: /PrivateOnly/i, means: "privateOnly" },
  { text: /RealtimeDisabledForTenant|realtime (was )?disabled for this tenant/i, means: "projectSuspended" },
  { text: /TenantNotFound|tenant not found/i, means: "projectUnknown" },
  { text: /unmatched topic/i, at: ["push", "system"], means: "topicForgotten" },
  { text: /TopicNameRequired|unmatched topic/i, means: "requestInvalid" },
  {
    text: /RealtimeDisabledForConfiguration|unable to subscribe to changes with given parameters|error parsing .*params|malformed.*param|invalid operator|publication.*(missing|not exist)/i,
    means: "changesMisconfigured",
  },
  { text: /UnableToReplayMessages: (Replay params|.*not allowed for public)/i, means: "requestInvalid" },
  { text: /UnableToReplayMessages/i, means: "replayFailed" },
  { text: /mismatch between server and client bindings/i, means: "requestInvalid" },
  { text: /ChannelRateLimitReached|too many channels/i, means: "socketFull" },
  { text: /\bConnectionRateLimitReached|too many connected users/i, means: "projectFull" },
  { text: /(Client)?Joins?RateLimitReached|too many joins per second/i, means: "joinRate" },
  { text: /too many presence messages per second/i, means: "presenceRate" },
  { text: /client presence rate limit exceeded/i, means: "presenceCallRate" },
  { text: /too many messages per second/i, means: "messageRate" },
  {
    text: /payload_size_exceeded|payload size exceeds|track message size exceeded|payload must be a map/i,
    means: "messageInvalid",
  },
  // Said of a batch larger than what is left of the limit. Our batches hold one message: nothing is left.
  { text: /reduce the batch size/i, means: "noticeRate" },
  { text: /exceeded your rate limit|too many requests/i, at: ["http", "push"], means: "noticeRate" },
  { text: /too many requests/i, means: "joinRate" },
  { text: /IncreaseConnectionPool|too many database timeouts/i, means: "databasePoolSpent" },
  { text: /DatabaseLackOfConnections/i, means: "databaseFull" },
  { text: /DatabaseConnectionRateLimitReached/i, means: "databaseBusy" },
  { text: /InitializingProjectConnection/i, means: "projectStarting" },
  { text: /UnableToConnectToProject|unable to connect to the project database/i, means: "databaseAway" },
  { text: /QueryCanceled|query was cancelled/i, means: "querySlow" },
  { text: /MissingPartition/i, means: "partitionMissing" },
  {
    text: /TimeoutOnRpcCall|ErrorOnRpcCall|node request timeout|rpc call error|MusterJoinError/i,
    means: "clusterSlow",
  },
  { text: /RealtimeRestarting/i, means: "serverStopping" },
  { text: /ChangesNotReady/i, means: "changesSilent" },
  { text: /UnknownErrorOnChannel|unknown error on channel|join crashed/i, means: "unknownToChannel" },
  { text: /server requested disconnect/i, means: "serverRestarted" },
  { text: /channel_crash/i, means: "channelCrashed" },
  { text: /error connecting to realtime/i, means: "serverFailed" },
  { text: /heartbeat timeout|handshake timed out/i, means: "socketSilent" },
  { text: /timed out|TIMED_OUT|AbortError/i, at: ["push", "http"], means: "pushTimedOut" },
  { text: /timed out|TIMED_OUT|AbortError/i, means: "joinTimedOut" },
  { text: /connection lost|transport failure|failed to connect/i, means: "socketLost" },
];

/** @source REALTIME.md 2.3 and 2.4; 401 to 404 are what the gateway or the server says to a wrong key or address */
export const STATUSES: Readonly<Record<number, MeaningName>> = {
  400: "messageInvalid",
  401: "keyRefused",
  403: "projectUnknown",
  404: "projectUnknown",
  413: "messageInvalid",
  415: "messageInvalid",
  422: "messageInvalid",
  429: "joinRate",
};

/** Over HTTP a rate limit concerns one notice. */
export const HTTP_STATUSES: Readonly<Record<number, MeaningName>> = { ...STATUSES, 429: "noticeRate" };

export const CLOSE_CODES: Readonly<Record<number, MeaningName>> = {
  1000: "serverFailed",
  1001: "serverFailed",
  1006: "socketLost",
  1009: "frameTooLarge",
  1011: "serverFailed",
  1012: "serverRestarted",
  1013: "serverFailed",
};

/** The meaning of what matches no row above. */
export const BY_PLACE: Readonly<Record<Place, MeaningName>> = {
  handshake: "socketLost",
  join: "unknownToChannel",
  system: "unknownToChannel",
  close: "socketLost",
  push: "unknownToMessage",
  http: "noticeLost",
};
