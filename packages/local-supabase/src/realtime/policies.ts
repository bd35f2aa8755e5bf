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

/** Decides what a token may do on a private topic. */
export interface Authorizer {
  authorize(topicName: string, claims: TokenClaims): Promise<TopicPolicies>;
}

/** Without a database there are no policies to ask: only the role that passes row security anyway gets in. */
export const serviceRoleOnly: Authorizer = {
  authorize: async (_topicName, claims) => (claims.role === "service_role" ? OPEN_POLICIES : CLOSED_POLICIES),
};
