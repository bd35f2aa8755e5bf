import type { Emitter, Runtime } from "@shoal/kernel";
import type { Admission } from "./admission.ts";
import type { ChangeFeed } from "./changes/change-feed.ts";
import type { ActiveFaults } from "./faults/active-faults.ts";
import type { AccessRule } from "./policies.ts";
import type { Project } from "./project.ts";
import type { Tokens } from "./tokens.ts";
import type { Topics } from "./topics.ts";
import type { RealtimeEvents } from "./types.ts";

/** Counts that only grow. */
export interface Counters {
  socketsOpened: number;
  socketsRefused: number;
  joinsAccepted: number;
  joinsRefused: number;
  broadcasts: number;
  deliveries: number;
  presenceCalls: number;
  databaseChanges: number;
}

/** What every part of one server shares. */
export interface Core {
  readonly runtime: Runtime;
  readonly tokens: Tokens;
  readonly project: Project;
  readonly admission: Admission;
  readonly access: AccessRule;
  readonly topics: Topics;
  readonly changes: ChangeFeed;
  readonly events: Emitter<RealtimeEvents>;
  readonly counters: Counters;
  readonly faults: ActiveFaults;
  /** Somebody stands under a token that runs out at `expiresAtMs`. */
  expectExpiry(expiresAtMs: number): void;
}

export function newCounters(): Counters {
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
