import { type EventSource, logOutage, type Runtime, type Unsubscribe } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";
import { minuteWarning, oncePerMinute } from "../minute-warning.ts";
import { isHeldByLimit, whyKeptOut } from "./causes.ts";

type Breaker = PoolEvents["breaker:changed"];
type BreakerStatus = Breaker["state"];

/** Log texts by state of the pool's breaker. `up` is logged only after another state. */
const MEANING: Readonly<Record<Exclude<BreakerStatus, "unknown">, string>> = {
  up: "Realtime accepts connections and joins again",
  held: "a limit of the project was reached: the fleet joins no channels until it is let in again",
  away: "Realtime does not answer: the fleet sends one probe at a time until it does",
  refused:
    "Realtime refuses the key or the project: the fleet tries again at long intervals; run `shoal doctor` for the cause",
};

const DROPPED =
  "presence entries were dropped: larger than 4,096 characters, nested deeper than 32 levels, under a key of more than 1,024 or malformed; all others are read";

const DROPPED_MESSAGES =
  "messages in rooms were dropped unread: larger than 131,072 characters or nested deeper than 64 levels; all others are answered";

const NO_TOKEN =
  "the access token could not be renewed: channels end when the one they have runs out, and no new ones are joined; trying again";

/** Refusals of joins that last until the operator does something. */
const REFUSALS = [
  {
    reason: /PrivateOnly/i,
    message:
      "the project allows private channels only, and CHANNEL_ACCESS is public: the lobby and rooms cannot be joined and nobody is matched; set CHANNEL_ACCESS=private",
  },
  {
    reason: /permissions? to read/i,
    message:
      "Realtime does not let the daemon's key join private channels: the lobby and rooms cannot be joined; SUPABASE_SERVICE_ROLE_KEY must be the service-role or secret key of the project",
  },
];

type LogParts = Pick<Runtime, "log" | "clock">;

/**
 * Logs the server's state as the pool sees it, which neither a closed socket nor a health probe shows. Writes one line per
 * change, for any number of channels.
 */
export function logPool(events: EventSource<PoolEvents>, { log, clock }: LogParts): Unsubscribe {
  let last: BreakerStatus = "unknown";
  const droppedPresence = minuteWarning({ log, clock }, DROPPED);
  const droppedMessages = minuteWarning({ log, clock }, DROPPED_MESSAGES);
  const token = logOutage({ log, level: "warn", failing: NO_TOKEN, over: "the access token is renewed again" });
  const offs = [
    events.on("breaker:changed", (breaker) => {
      const { errorClass, nextProbeInMs } = breaker;
      const state = meaningOf(breaker);
      const why = whyKeptOut(breaker);
      const was = last;
      last = state;
      // Another error class in the same state is not logged: an outage has many probes, and each may bring one.
      if (state === was || state === "unknown" || (state === "up" && was === "unknown")) return;
      const fields = {
        error_class: errorClass,
        ...(why === undefined ? {} : { why }),
        ...(nextProbeInMs === null ? {} : { next_probe_in_ms: Math.round(nextProbeInMs) }),
      };
      if (state === "up") log.info({ was }, MEANING.up);
      else log.warn(fields, MEANING[state]);
    }),
    events.on("budget:throttled", ({ budget, ratio, coolDownMs }) => {
      log.warn(
        { budget, ratio, cool_down_ms: coolDownMs },
        "the project is over a limit: the fleet uses less of it for a while",
      );
    }),
    events.on("token:failed", ({ reason }) => token.failed({ reason })),
    events.on("token:refreshed", token.worked),
    events.on("presence:dropped", ({ topic, count }) => droppedPresence(count, { topic })),
    events.on("message:dropped", ({ topic }) => droppedMessages(1, { topic })),
    ...REFUSALS.map((refusal) => logRefusal(events, { log, clock }, refusal)),
  ];
  return () => {
    for (const off of offs) off();
  };
}

/** A server that refused for a limit until now has taken the sockets along, and answers all the same. */
function meaningOf(breaker: Breaker): BreakerStatus {
  return breaker.state === "away" && isHeldByLimit(breaker) ? "held" : breaker.state;
}

/** Logs one line a minute: every bot that joins is refused alike. */
function logRefusal(events: EventSource<PoolEvents>, { log, clock }: LogParts, refusal: (typeof REFUSALS)[number]) {
  const mayLog = oncePerMinute(clock);
  return events.on("channel:refused", ({ topic, reason }) => {
    if (refusal.reason.test(reason) && mayLog()) log.error({ topic, reason }, refusal.message);
  });
}
