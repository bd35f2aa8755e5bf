import { errorFields, type Runtime } from "@shoal/kernel";
import type { TokenClaims } from "./tokens.ts";

/** What a token may do on one topic. */
export interface TopicPolicies {
  readonly broadcastRead: boolean;
  readonly broadcastWrite: boolean;
  readonly presenceRead: boolean;
  readonly presenceWrite: boolean;
}

function allPolicies(isAllowed: boolean): TopicPolicies {
  return {
    broadcastRead: isAllowed,
    broadcastWrite: isAllowed,
    presenceRead: isAllowed,
    presenceWrite: isAllowed,
  };
}

/** The policies of public topics. */
export const OPEN_POLICIES = allPolicies(true);
export const CLOSED_POLICIES = allPolicies(false);

/**
 * Decides what a token may do on a private topic, in place of the policies on `realtime.messages`. The name of the topic
 * comes without the `realtime:` prefix. Called at each join, token refresh and private HTTP broadcast. A rule that throws
 * grants nothing, as a policy that fails does.
 */
export type AccessRule = (topicName: string, claims: TokenClaims) => TopicPolicies | Promise<TopicPolicies>;

/** The rule by default: admits only the role to which row security does not apply. */
export const serviceRoleOnly: AccessRule = (_topicName, claims) =>
  claims.role === "service_role" ? OPEN_POLICIES : CLOSED_POLICIES;

/** Returns what `claims` may do on a topic, public or private. */
export async function policiesFor(
  { access, runtime }: { readonly access: AccessRule; readonly runtime: Runtime },
  topic: { readonly topicName: string; readonly isPrivate: boolean },
  claims: TokenClaims,
): Promise<TopicPolicies> {
  if (!topic.isPrivate) return OPEN_POLICIES;
  try {
    return await access(topic.topicName, claims);
  } catch (error) {
    runtime.log.error(
      { ...errorFields(error), topic: topic.topicName },
      "the access rule of realtime threw an error, so access was denied",
    );
    return CLOSED_POLICIES;
  }
}

export function canRead(policies: TopicPolicies): boolean {
  return policies.broadcastRead || policies.presenceRead;
}

/** Returns the message to a client that may not read at all. @source REALTIME-FRAMES.md, join-errors */
export function noReadText(topicName: string): string {
  return `You do not have permissions to read from this Channel topic: ${topicName}`;
}
