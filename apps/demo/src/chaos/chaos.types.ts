import type { ChaosKind } from "./schedule.ts";

/** Effect of one fault. Times count from its end, in ms: 0 if all were back before, null if they never were. */
export interface FaultRecord {
  readonly kind: ChaosKind;
  readonly channelsLost: number;
  /** The most people out of the lobby at one time, and their channels and clients that failed. */
  readonly peopleLost: number;
  readonly peopleFailures: number;
  readonly joinsRefused: number;
  readonly channelsBackMs: number | null;
  readonly peopleBackMs: number | null;
  /** Whether all channels and people were back in time. */
  readonly isRecovered: boolean;
}

/** Current state of the faults, for the view. */
export interface ChaosView {
  readonly current: ChaosKind | "recovering" | "serving" | null;
  readonly number: number;
  readonly of: number;
  readonly records: readonly FaultRecord[];
}

/** Result of a run with faults. */
export interface ChaosResult {
  readonly records: readonly FaultRecord[];
  /** People who met a partner, or heard from theirs, after the last fault. */
  readonly peopleServed: number;
  readonly joinsRefusedBecauseOfUs: number;
  readonly channelsDead: number;
  /** False when it was ended early. */
  readonly isComplete: boolean;
  /** Failure beside the faults: a server that could not be broken or mended, say. Null without one. */
  readonly failure: string | null;
}
