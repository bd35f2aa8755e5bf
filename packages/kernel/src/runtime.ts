import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";
import type { Log } from "./log.ts";
import type { Rng } from "./rng.ts";

/** Time, chance, ids and the log: what every shell is given instead of reaching for globals. */
export interface Runtime {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ids: Ids;
  readonly log: Log;
}
