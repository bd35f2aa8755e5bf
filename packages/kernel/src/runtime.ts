import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";
import type { Log } from "./log.ts";
import type { Rng } from "./rng.ts";

/** Time, randomness, ids and the log, given to every shell in place of globals. */
export interface Runtime {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ids: Ids;
  readonly log: Log;
  /**
   * Asks the platform to collect, beside what goes on, the memory that is not used any more; for callers who know that it has become
   * much. Absent: it does so when it finds it necessary.
   */
  readonly collectGarbage?: () => void;
}
