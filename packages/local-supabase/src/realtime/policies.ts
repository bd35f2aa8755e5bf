import { errorFields, type Runtime } from "@shoal/kernel";
import type { TokenClaims } from "../keys.ts";

/** What a token may do on one topic. */
export interface TopicPolicies {
  readonly broadcastRead: boolean;
  readonly broadcastWrite: boolean;
  readonly presenceRead: boolean;
  readonly presenceWrite: boolean;
}

/** Public topics know no policies. */
export const OPEN_POLICIES: TopicPolicies = {
  broadcastRead: true,
  broadcastWrite: true,
  presenceRead: true,
  presenceWrite: true,
};

export const CLOSED_POLICIES: TopicPolicies = {
  broadcastRead: false,
  broadcastWrite: false,
  presenceRead: false,
  presenceWrite: false,
};

/**
 * Decides what a token may do on a private topic, whose name comes without the `realtime:` prefix: the place of the
 * policies on `realtime.messages`. Asked at each join, token refresh and private HTTP broadcast. A rule that throws
 * grants nothing, as a policy that fails does.
 */
export type AccessRule = (topicName: string, claims: TokenClaims) => TopicPolicies | Promise<TopicPolicies>;

/** Without a rule only the role that passes row security anyway gets in. */
export const serviceRoleOnly: AccessRule = (_topicName, claims) =>
  claims.role === "service_role" ? OPEN_POLICIES : CLOSED_POLICIES;

/** What `claims` may do on a topic, public or private. */
export async function policiesFor(
  { access, runtime }: { readonly access: AccessRule; readonly runtime: Runtime },
  topic: { readonly topicName: string; readonly isPrivate: boolean },
  claims: TokenClaims,
): Promise<TopicPolicies> {
  if (!topic.isPrivate) return OPEN_POLICIES;
  try {
    return await access(topic.topicName, claims);
  } catch (error) {
    runtime.log.error({ ...errorFields(error), topic: topic.topicName }, "the access rule of realtime threw");
    return CLOSED_POLICIES;
  }
}

export function canRead(policies: TopicPolicies): boolean {
  return policies.broadcastRead || policies.presenceRead;
}

/** What the server says to who may not read at all. @source REALTIME-FRAMES.md, join-errors */
export function noReadText(topicName: string): string {
  return `You do not have permissions to read from this Channel topic: ${topicName}`;
}
