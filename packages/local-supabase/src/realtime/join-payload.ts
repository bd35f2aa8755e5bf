/** A `postgres_changes` entry as the client wrote it. Echoed with an id, and validated only when it is subscribed. */
export type ChangeParams = Readonly<Record<string, unknown>>;

/** What a client asks for in `phx_join`. */
export interface JoinConfig {
  readonly isPrivate: boolean;
  /** Whether the sender receives its own broadcasts. */
  readonly selfBroadcast: boolean;
  /** Whether each broadcast is acknowledged. */
  readonly ackBroadcast: boolean;
  readonly isReplayAsked: boolean;
  /** What `broadcast.replay` says, unread. */
  readonly replay: unknown;
  readonly isReplicationReadyAsked: boolean;
  readonly isPresenceEnabled: boolean;
  /** Undefined: the server makes one. */
  readonly presenceKey: string | undefined;
  readonly postgresChanges: readonly ChangeParams[];
}

/** The content of a join payload. */
export interface JoinPayload {
  readonly config: JoinConfig;
  readonly accessToken: string | undefined;
  /** Whether the config is not an object: the one shape on which the server fails, after every other check. */
  readonly isUnreadable: boolean;
}

/**
 * Reads a join payload as tolerantly as the server: a malformed part is ignored and its default used. A payload without
 * `config` is the oldest form, in which the name of the topic is `schema:table:filter`. Clients before realtime-js 2.12 have
 * presence without saying that it is enabled: `isPresenceOn`, the setting of the project, counts for them.
 */
export function readJoinPayload(payload: unknown, topicName: string, isPresenceOn = true): JoinPayload {
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
      replay: broadcast?.["replay"],
      isReplicationReadyAsked: readFlag(broadcast?.["replication_ready"]),
      isPresenceEnabled: presence && !("enabled" in presence) ? isPresenceOn : readFlag(presence?.["enabled"]),
      presenceKey: readKey(presence?.["key"]),
      postgresChanges: hasConfig ? readChanges(config?.["postgres_changes"]) : [legacyChange(topicName)],
    },
  };
}

/** Returns the value if it is a plain JSON object. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : undefined;
}

// `user_token` wins over `access_token`. Keys in the new `sb_` format are not tokens: the socket's token stays in use.
function readToken(fields: Readonly<Record<string, unknown>>): string | undefined {
  const shown = fields["access_token"] ?? fields["user_token"];
  if (typeof shown === "string" && shown.startsWith("sb_")) return undefined;
  for (const token of [fields["user_token"], fields["access_token"]]) if (typeof token === "string") return token;
  return undefined;
}

/** Whether a flag is set, as JSON or as text. @source supabase/realtime, changeset_normalizer.ex */
export function readFlag(value: unknown): boolean {
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
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
