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

/** Place n stands at n - 1; places are added at the end and never removed. */
export type Roster = readonly Place[];

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

/** Returns the place after a bot has stopped as asked: free at once, its crashes remembered. */
export function afterStop(place: Place, nowMs: number): Place {
  return { ...place, status: { kind: "free", fromMs: nowMs } };
}

/**
 * Takes places for the next bots, `atMost` of them, when `missing` bots are to be started: the lowest that are free now,
 * then new ones, unless the places that wait for their restart will do. A quarantined place is replaced by a new one, but
 * there are never more than `2 * maxCount` places: a kind that always crashes cannot breed quarantined bots.
 * `retryAtMs` says when the next place comes free. One pass, because a fleet may start ten thousand at once.
 */
export function takePlaces(
  roster: Roster,
  missing: number,
  atMost: number,
  maxCount: number,
  nowMs: number,
): { readonly roster: Roster; readonly taken: readonly Place[]; readonly retryAtMs: number } {
  const taken: Place[] = [];
  const take = (place: Place): Place => {
    const mine: Place = { ...place, status: { kind: "taken" } };
    taken.push(mine);
    return mine;
  };
  let retryAtMs = Number.POSITIVE_INFINITY;
  let waiting = 0;
  const next = roster.map((place) => {
    const freeAtMs = freeAt(place);
    if (freeAtMs <= nowMs) return taken.length < atMost ? take(place) : place;
    retryAtMs = Math.min(retryAtMs, freeAtMs);
    if (place.status.kind === "free") waiting += 1;
    return place;
  });
  const mostPlaces = Math.min(2 * maxCount, maxCount + quarantinedCount(roster, nowMs));
  while (taken.length < atMost && missing - taken.length > waiting && next.length < mostPlaces) {
    next.push(take({ number: next.length + 1, crashesAtMs: [], status: { kind: "free", fromMs: nowMs } }));
  }
  return { roster: next, taken, retryAtMs };
}

function freeAt(place: Place): number {
  if (place.status.kind === "taken") return Number.POSITIVE_INFINITY;
  return place.status.kind === "free" ? place.status.fromMs : place.status.untilMs;
}

/** Returns the roster with that place replaced. */
export function withPlace(roster: Roster, place: Place): Roster {
  return roster.with(place.number - 1, place);
}

export function quarantinedCount(roster: Roster, nowMs: number): number {
  return roster.filter((place) => place.status.kind === "quarantined" && place.status.untilMs > nowMs).length;
}
