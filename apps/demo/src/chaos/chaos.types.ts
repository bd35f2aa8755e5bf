import type { ChaosKind } from "./schedule.ts";

/** What one fault did. Times count from its end, in ms: 0 when all were back before, null when they never were. */
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

/** What is going on now, for the view. */
export interface ChaosView {
  readonly current: ChaosKind | "recovering" | "serving" | null;
  readonly number: number;
  readonly of: number;
  readonly records: readonly FaultRecord[];
}

/** What came of it all. */
export interface ChaosResult {
  readonly records: readonly FaultRecord[];
  /** People who met a partner, or heard from theirs, after the last fault. */
  readonly peopleServed: number;
  readonly joinsRefusedBecauseOfUs: number;
  readonly channelsDead: number;
  /** False when it was ended early. */
  readonly isComplete: boolean;
  /** What went wrong beside the faults: a server that could not be broken or mended, say. Null when nothing did. */
  readonly failure: string | null;
}
