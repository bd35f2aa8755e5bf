import type { EventSource, Log, Unsubscribe } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";

type BreakerStatus = PoolEvents["breaker:changed"]["state"];

/** What each state of the pool's breaker means to whoever reads the log. `up` is said after another state only. */
const MEANING: Readonly<Record<Exclude<BreakerStatus, "unknown">, string>> = {
  up: "Realtime lets us in again",
  held: "a limit of the project was reached: nobody of the fleet joins for a while",
  away: "Realtime does not answer: one probe at a time looks for it",
  refused: "Realtime refuses the key or the project: it is looked at slowly; see what `shoal doctor` says",
};

/**
 * Writes down what the pool thinks of the server, which neither a closed socket nor a probe of health tells. One line for
 * each change, however many channels it concerns.
 */
export function logPool(events: EventSource<PoolEvents>, log: Log): Unsubscribe {
  let last: BreakerStatus = "unknown";
  const offs = [
    events.on("breaker:changed", ({ state, errorClass, nextProbeInMs }) => {
      const was = last;
      last = state;
      // Another class in the same state comes with any probe, and an outage has many.
      if (state === was || state === "unknown" || (state === "up" && was === "unknown")) return;
      const fields = {
        error_class: errorClass,
        ...(nextProbeInMs === null ? {} : { next_probe_in_ms: Math.round(nextProbeInMs) }),
      };
      if (state === "up") log.info({ was }, MEANING.up);
      else log.warn(fields, MEANING[state]);
    }),
    events.on("budget:throttled", ({ budget, ratio, coolDownMs }) => {
      log.warn({ budget, ratio, cool_down_ms: coolDownMs }, "the project is over a limit: the fleet takes less of it");
    }),
    events.on("token:failed", ({ reason }) => log.warn({ reason }, "the access token could not be renewed")),
  ];
  return () => {
    for (const off of offs) off();
  };
}
