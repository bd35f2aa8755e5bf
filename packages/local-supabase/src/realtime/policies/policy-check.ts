import type { TokenClaims } from "../tokens.ts";

/** Whose rights are asked for, on which private topic. */
export interface PolicySubject {
  /** Without the `realtime:` prefix. */
  readonly topicName: string;
  readonly claims: TokenClaims;
  /** What a policy reads as `request.headers`: the `x-` headers of a socket, all headers of a request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What may be read. `presence` is undefined until it was asked for, which counts as no. */
export interface ReadRights {
  readonly broadcast: boolean;
  readonly presence: boolean | undefined;
}

/** What may be written. */
export interface WriteRights {
  readonly broadcast: boolean;
  readonly presence: boolean;
}

/**
 * Why a question to the database has no answer: a policy raised an error or the role does not exist, it took too long, it
 * waited too long for the connection, or the database cannot be reached.
 */
export type NoAnswer = "failed" | "canceled" | "exhausted" | "unavailable";

/** The answer of the database, or why there is none. */
export type Answer<Value> =
  | { readonly kind: "answer"; readonly value: Value }
  | { readonly kind: "none"; readonly why: NoAnswer };

/** Answers from the policies on `realtime.messages`. Never rejects. */
export interface PolicyCheck {
  /** Asks what the subject may read: broadcasts, and presence if `isPresenceAsked`. */
  read(subject: PolicySubject, isPresenceAsked: boolean): Promise<Answer<ReadRights>>;
  /** Asks what the subject may write. */
  write(subject: PolicySubject): Promise<Answer<WriteRights>>;
}

/** The rights on a public topic. */
export const OPEN: ReadRights & WriteRights = { broadcast: true, presence: true };

/** The check of a server without a database: all for the role that bypasses row security in a project, nothing for others. */
export const serviceRoleOnly: PolicyCheck = {
  async read({ claims }, isPresenceAsked) {
    const isAllowed = claims.role === "service_role";
    return { kind: "answer", value: { broadcast: isAllowed, presence: isPresenceAsked ? isAllowed : undefined } };
  },
  async write({ claims }) {
    const isAllowed = claims.role === "service_role";
    return { kind: "answer", value: { broadcast: isAllowed, presence: isAllowed } };
  },
};

export function canRead({ broadcast, presence }: ReadRights): boolean {
  return broadcast || presence === true;
}

/** Returns the message to a client that may not read at all. @source REALTIME-PRIVATE.md */
export function noReadText(topicName: string): string {
  return `You do not have permissions to read from this Channel topic: ${topicName}`;
}

const UNREACHABLE = "Realtime was unable to connect to the project database";
/** The part of the server's own report that does not name a statement. */
const CANCELED = `%Postgrex.Error{
  message: nil,
  postgres: %{
    code: :query_canceled,
    message: "canceling statement due to user request",
    unknown: "ERROR",
    severity: "ERROR",
    pg_code: "57014"
  }
}`;

/** Returns the `reason` of a join that got no answer. @source REALTIME-PRIVATE.md, 3c */
export function joinText(why: NoAnswer, topicName: string): string {
  const texts: Readonly<Record<NoAnswer, string>> = {
    failed: `Unauthorized: ${noReadText(topicName)}`,
    canceled: `QueryCanceled: ${CANCELED}`,
    exhausted: "IncreaseConnectionPool: Please increase your connection pool size",
    unavailable: `UnableToConnectToProject: ${UNREACHABLE}`,
  };
  return texts[why];
}

/** Returns the system message of a channel whose new token got no answer. @source REALTIME-PRIVATE.md, 3c-pool */
export function refreshText(why: NoAnswer, topicName: string): string {
  const texts: Readonly<Record<NoAnswer, string>> = {
    failed: noReadText(topicName),
    canceled: "Query was cancelled, please try again",
    exhausted: ":increase_connection_pool",
    unavailable: UNREACHABLE,
  };
  return texts[why];
}
