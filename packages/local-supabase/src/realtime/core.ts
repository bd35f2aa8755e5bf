import type { Emitter, Runtime } from "@shoal/kernel";
import type { Admission } from "./admission.ts";
import type { ChangeFeed } from "./changes/change-feed.ts";
import type { ActiveFaults } from "./faults/active-faults.ts";
import type { Limits } from "./limits.ts";
import type { MessageHistory } from "./messages/replay.ts";
import type { PolicyCheck } from "./policies/policy-check.ts";
import type { Tokens } from "./tokens.ts";
import type { Topics } from "./topics.ts";
import type { RealtimeEvents } from "./types.ts";

/** Settings of the project by its operator. Read at each use, and kept over a restart. */
export interface Project {
  limits: Limits;
  /** Whether upgrades and HTTP broadcasts are refused. */
  isSuspended: boolean;
  /** Whether joins of public channels are refused. */
  isPrivateOnly: boolean;
  /** Whether a client with presence that does not say whether it is enabled has it. */
  isPresenceOn: boolean;
}

/** Counts that only increase. */
export type Counters = ReturnType<typeof newCounters>;

/** Shared by every part of one server. */
export interface Core {
  readonly runtime: Runtime;
  readonly tokens: Tokens;
  readonly project: Project;
  readonly admission: Admission;
  readonly policies: PolicyCheck;
  readonly history: MessageHistory;
  readonly topics: Topics;
  readonly changes: ChangeFeed;
  readonly events: Emitter<RealtimeEvents>;
  readonly counters: Counters;
  readonly faults: ActiveFaults;
  /** Notes that the token of some channel expires at `expiresAtMs`. */
  expectExpiry(expiresAtMs: number): void;
}

export function newCounters() {
  return {
    socketsOpened: 0,
    socketsRefused: 0,
    joinsAccepted: 0,
    joinsRefused: 0,
    broadcasts: 0,
    deliveries: 0,
    presenceCalls: 0,
    databaseChanges: 0,
  };
}
