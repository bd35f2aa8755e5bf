import { type EventSource, MINUTE_MS, type Runtime, type Unsubscribe } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";

type BreakerStatus = PoolEvents["breaker:changed"]["state"];

/** What each state of the pool's breaker means to whoever reads the log. `up` is said after another state only. */
const MEANING: Readonly<Record<Exclude<BreakerStatus, "unknown">, string>> = {
  up: "Realtime lets us in again",
  held: "a limit of the project was reached: nobody of the fleet joins for a while",
  away: "Realtime does not answer: one probe at a time looks for it",
  refused: "Realtime refuses the key or the project: it is looked at slowly; see what `shoal doctor` says",
};

const DROPPED =
  "presence entries were left out: larger than 4,096 characters, nested deeper than 32 levels or malformed; everybody else is seen";

type LogParts = Pick<Runtime, "log" | "clock">;

/**
 * Writes down what the pool thinks of the server, which neither a closed socket nor a probe of health tells. One line for
 * each change, however many channels it concerns.
 */
export function logPool(events: EventSource<PoolEvents>, { log, clock }: LogParts): Unsubscribe {
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
    logDroppedPresence(events, { log, clock }),
  ];
  return () => {
    for (const off of offs) off();
  };
}

/** Anybody may send such entries without end: one line a minute, with how many there were since the last one. */
function logDroppedPresence(events: EventSource<PoolEvents>, { log, clock }: LogParts): Unsubscribe {
  let droppedCount = 0;
  let quietUntilMs = 0;
  return events.on("presence:dropped", ({ topic, count }) => {
    droppedCount += count;
    if (clock.monotonicMs() < quietUntilMs) return;
    quietUntilMs = clock.monotonicMs() + MINUTE_MS;
    log.warn({ topic, dropped_count: droppedCount }, DROPPED);
    droppedCount = 0;
  });
}
