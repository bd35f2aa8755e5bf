import { type Backoff, backoffDelayMs, fullJitter, MINUTE_MS, type Rng, SECOND_MS } from "@shoal/kernel";

/** Crashes within `windowMs` after which a bot is quarantined. */
export const QUARANTINE = { crashes: 3, windowMs: 5 * MINUTE_MS, lengthMs: 10 * MINUTE_MS } as const;
const RESTART: Backoff = fullJitter(SECOND_MS, 30 * SECOND_MS);

/** A bot's place in the fleet: it keeps its number and name across crashes. All times are monotonic. */
export interface Place {
  readonly number: number;
  readonly crashesAtMs: readonly number[];
  readonly status:
    | { readonly kind: "free"; readonly fromMs: number }
    | { readonly kind: "taken" }
    | { readonly kind: "quarantined"; readonly untilMs: number };
}

/** The places whose bots have crashed here, by number: all others may start at once. */
export type Roster = ReadonlyMap<number, Place>;

/** Returns the place after one more crash: free again after a jittered wait, or quarantined. */
export function afterCrash(place: Place, nowMs: number, rng: Rng): Place {
  const crashesAtMs = [...place.crashesAtMs.filter((at) => nowMs - at < QUARANTINE.windowMs), nowMs];
  if (crashesAtMs.length >= QUARANTINE.crashes) {
    return {
      number: place.number,
      crashesAtMs: [],
      status: { kind: "quarantined", untilMs: nowMs + QUARANTINE.lengthMs },
    };
  }
  const fromMs = nowMs + backoffDelayMs(RESTART, crashesAtMs.length, rng);
  return { number: place.number, crashesAtMs, status: { kind: "free", fromMs } };
}

/** Returns the roster after a crash of the bot of that number. */
export function withCrash(roster: Roster, number: number, nowMs: number, rng: Rng): Roster {
  const place = roster.get(number) ?? { number, crashesAtMs: [], status: { kind: "taken" } };
  return new Map(roster).set(number, afterCrash(place, nowMs, rng));
}

/** Returns from when on the bot of that number may run; it may be past. */
export function freeAtMs(roster: Roster, number: number): number {
  const status = roster.get(number)?.status;
  if (status?.kind === "free") return status.fromMs;
  return status?.kind === "quarantined" ? status.untilMs : Number.NEGATIVE_INFINITY;
}

/** Returns the numbers of the bots that are quarantined. */
export function quarantinedNumbers(roster: Roster, nowMs: number): Set<number> {
  const numbers = new Set<number>();
  for (const { number, status } of roster.values()) {
    if (status.kind === "quarantined" && status.untilMs > nowMs) numbers.add(number);
  }
  return numbers;
}
