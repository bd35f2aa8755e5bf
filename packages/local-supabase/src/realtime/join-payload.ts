/** A `postgres_changes` entry as the client wrote it: echoed with an id, validated only when it is subscribed. */
export type ChangeParams = Readonly<Record<string, unknown>>;

/** What a client asks for in `phx_join`. */
export interface JoinConfig {
  readonly isPrivate: boolean;
  /** Receive one's own broadcasts. */
  readonly selfBroadcast: boolean;
  /** Have each broadcast acknowledged. */
  readonly ackBroadcast: boolean;
  readonly isReplayAsked: boolean;
  readonly isReplicationReadyAsked: boolean;
  readonly isPresenceEnabled: boolean;
  /** Undefined: the server makes one up. */
  readonly presenceKey: string | undefined;
  readonly postgresChanges: readonly ChangeParams[];
}

/** What a join payload says. */
export interface JoinPayload {
  readonly config: JoinConfig;
  readonly accessToken: string | undefined;
  /** The one shape that the server cannot get past, once every other check is passed: a config that is no object. */
  readonly isUnreadable: boolean;
}

/**
 * Reads a join payload as forgivingly as the server: a malformed part is passed over and its default used. A payload
 * without `config` is the oldest form of all, in which the topic's name is `schema:table:filter`.
 */
export function readJoinPayload(payload: unknown, topicName: string): JoinPayload {
  const fields = asRecord(payload) ?? {};
  const hasConfig = "config" in fields;
  const config = asRecord(fields["config"]);
  const broadcast = asRecord(config?.["broadcast"]);
  const presence = asRecord(config?.["presence"]);
  return {
    isUnreadable: hasConfig && fields["config"] !== null && !config,
    accessToken: readToken(fields),
    config: {
      isPrivate: readFlag(config?.["private"]),
      selfBroadcast: readFlag(broadcast?.["self"]),
      ackBroadcast: readFlag(broadcast?.["ack"]),
      isReplayAsked: broadcast !== undefined && "replay" in broadcast,
      isReplicationReadyAsked: readFlag(broadcast?.["replication_ready"]),
      isPresenceEnabled: readFlag(presence?.["enabled"]),
      presenceKey: readKey(presence?.["key"]),
      postgresChanges: hasConfig ? readChanges(config?.["postgres_changes"]) : [legacyChange(topicName)],
    },
  };
}

/** The value if it is a plain JSON object. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : undefined;
}

// `user_token` goes before `access_token`; keys in the new `sb_` format are no tokens and leave the socket's in place.
function readToken(fields: Readonly<Record<string, unknown>>): string | undefined {
  const shown = fields["access_token"] ?? fields["user_token"];
  if (typeof shown === "string" && shown.startsWith("sb_")) return undefined;
  for (const token of [fields["user_token"], fields["access_token"]]) if (typeof token === "string") return token;
  return undefined;
}

function readFlag(value: unknown): boolean {
  return value === true || value === "true";
}

function readKey(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function readChanges(value: unknown): ChangeParams[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const params = asRecord(entry);
    return params ? [params] : [];
  });
}

function legacyChange(topicName: string): ChangeParams {
  const [schema, table, ...filter] = topicName.split(":");
  return {
    schema,
    ...(table === undefined ? {} : { table }),
    ...(filter.length === 0 ? {} : { filter: filter.join(":") }),
  };
}
