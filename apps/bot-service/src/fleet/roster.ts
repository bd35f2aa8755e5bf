import { type Backoff, backoffDelayMs, type EpochMs, fullJitter, MINUTE_MS, type Rng, SECOND_MS } from "@shoal/kernel";

/** Crashes within `windowMs` after which a bot is quarantined. */
export const QUARANTINE = { crashes: 3, windowMs: 5 * MINUTE_MS, lengthMs: 10 * MINUTE_MS } as const;
const RESTART: Backoff = fullJitter(SECOND_MS, 30 * SECOND_MS);

/** A bot's place in the fleet: it keeps its number and name across crashes. */
export interface Place {
  readonly number: number;
  readonly crashesAtMs: readonly EpochMs[];
  readonly status:
    | { readonly kind: "free"; readonly fromMs: EpochMs }
    | { readonly kind: "taken" }
    | { readonly kind: "quarantined"; readonly untilMs: EpochMs };
}

export type Roster = readonly Place[];

/** The place after one more crash: free again after a jittered wait, or quarantined. */
export function afterCrash(place: Place, nowMs: EpochMs, rng: Rng): Place {
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

/** The place after a bot has stopped as asked: free at once, its crashes remembered. */
export function afterStop(place: Place, nowMs: EpochMs): Place {
  return { ...place, status: { kind: "free", fromMs: nowMs } };
}

/**
 * The place the next bot takes when `missing` bots are to be started: the lowest that is free now, else a new one,
 * unless the places that wait for their restart will do. A quarantined place is replaced by a new one, but there are
 * never more than `2 * maxCount` places: a kind that always crashes cannot breed quarantined bots.
 * Without a place, `retryAtMs` says when one comes free.
 */
export function nextPlace(
  roster: Roster,
  missing: number,
  maxCount: number,
  nowMs: EpochMs,
): { place: Place | null; retryAtMs: EpochMs } {
  let retryAtMs = Number.POSITIVE_INFINITY;
  let waiting = 0;
  for (const place of roster) {
    const freeAtMs = freeAt(place);
    if (freeAtMs <= nowMs) return { place: { ...place, status: { kind: "taken" } }, retryAtMs: nowMs };
    retryAtMs = Math.min(retryAtMs, freeAtMs);
    if (place.status.kind === "free") waiting += 1;
  }
  const usable = roster.length - quarantinedCount(roster, nowMs);
  if (missing <= waiting || usable >= maxCount || roster.length >= 2 * maxCount) return { place: null, retryAtMs };
  return { place: { number: roster.length + 1, crashesAtMs: [], status: { kind: "taken" } }, retryAtMs: nowMs };
}

function freeAt(place: Place): EpochMs {
  if (place.status.kind === "taken") return Number.POSITIVE_INFINITY;
  return place.status.kind === "free" ? place.status.fromMs : place.status.untilMs;
}

/** The roster with that place put in or replaced. */
export function withPlace(roster: Roster, place: Place): Roster {
  const others = roster.filter((entry) => entry.number !== place.number);
  return [...others, place].sort((left, right) => left.number - right.number);
}

export function quarantinedCount(roster: Roster, nowMs: EpochMs): number {
  return roster.filter((place) => place.status.kind === "quarantined" && place.status.untilMs > nowMs).length;
}
