import type { PolicyCheck } from "../../src/realtime/policies/policy-check.ts";

/** The policies of the recorded project: role authenticated may read topics priv%, and write all of them but priv-ro. */
const recordedPolicies: PolicyCheck = {
  async read({ topicName, claims }, isPresenceAsked) {
    const isAllowed = claims.role === "authenticated" && topicName.startsWith("priv");
    return { kind: "answer", value: { broadcast: isAllowed, presence: isPresenceAsked ? isAllowed : undefined } };
  },
  async write({ topicName }) {
    const isAllowed = topicName !== "priv-ro";
    return { kind: "answer", value: { broadcast: isAllowed, presence: isAllowed } };
  },
};

/** The recordings that need no database, with the policies where they are not the default. */
export const RECORDINGS: Readonly<Record<string, { readonly policies?: PolicyCheck }>> = {
  broadcast: {},
  channels: {},
  "connect-errors": {},
  events: {},
  "events-self": {},
  heartbeat: {},
  http: {},
  idle: {},
  join: {},
  "join-block": {},
  "join-errors": {},
  joins: {},
  malformed: {},
  "no-channel-sweep": {},
  "payload-size": {},
  presence: {},
  "presence-abrupt": {},
  "presence-rate": {},
  "presence-samekey": {},
  private: { policies: recordedPolicies },
  "private-only": {},
  rejoin: {},
  reload: {},
  "replication-ready": {},
  "suspend-live": {},
  "token-expiry": {},
  users: {},
};

/** The recordings with rows of a database, replayed on each backend. */
export const DATABASE_RECORDINGS = ["pg", "v1"] as const;
