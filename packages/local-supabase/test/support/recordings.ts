import type { AccessRule } from "../../src/realtime/policies.ts";

/** The policies of the recorded project: role authenticated may read topics priv%, and write all of them but priv-ro. */
const recordedAccess: AccessRule = (topicName, { role }) => {
  const canRead = role === "authenticated" && topicName.startsWith("priv");
  const canWrite = canRead && topicName !== "priv-ro";
  return { broadcastRead: canRead, broadcastWrite: canWrite, presenceRead: canRead, presenceWrite: canWrite };
};

/** The recordings that need no database, with the rule for private topics where it is not the default. */
export const RECORDINGS: Readonly<Record<string, { readonly access?: AccessRule }>> = {
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
  private: { access: recordedAccess },
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
