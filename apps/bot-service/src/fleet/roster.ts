import { type Backoff, backoffDelayMs, fullJitter, MINUTE_MS, type Rng, SECOND_MS } from "@shoal/kernel";

/** Crashes within `windowMs` after which a bot is quarantined. */
export const QUARANTINE = { crashes: 3, windowMs: 5 * MINUTE_MS, lengthMs: 10 * MINUTE_MS } as const;
const RESTART: Backoff = fullJitter(SECOND_MS, 30 * SECOND_MS);

/** What is remembered of a bot across its crashes. All times are monotonic. */
export interface Place {
  readonly crashesAtMs: readonly number[];
  readonly status:
    | { readonly kind: "free"; readonly fromMs: number }
    | { readonly kind: "taken" }
    | { readonly kind: "quarantined"; readonly untilMs: number };
}

/** The place of a bot that has not crashed. */
export const NEW_PLACE: Place = { crashesAtMs: [], status: { kind: "taken" } };

/** The places whose bots have crashed here, by number: all others may start at once. */
export type Roster = ReadonlyMap<number, Place>;

/** Returns the place after one more crash: free again after a jittered wait, or quarantined. */
export function afterCrash(place: Place, nowMs: number, rng: Rng): Place {
  const crashesAtMs = [...place.crashesAtMs.filter((at) => nowMs - at < QUARANTINE.windowMs), nowMs];
  if (crashesAtMs.length >= QUARANTINE.crashes) {
    return { crashesAtMs: [], status: { kind: "quarantined", untilMs: nowMs + QUARANTINE.lengthMs } };
  }
  const fromMs = nowMs + backoffDelayMs(RESTART, crashesAtMs.length, rng);
  return { crashesAtMs, status: { kind: "free", fromMs } };
}

/** Returns the roster after a crash of the bot of that number. */
export function withCrash(roster: Roster, number: number, nowMs: number, rng: Rng): Roster {
  const place = roster.get(number) ?? NEW_PLACE;
  return new Map(roster).set(number, afterCrash(place, nowMs, rng));
}

/** Returns from when on the bot of a place may run; it may be past. */
export function freeAtMs({ status }: Place = NEW_PLACE): number {
  if (status.kind === "free") return status.fromMs;
  return status.kind === "quarantined" ? status.untilMs : Number.NEGATIVE_INFINITY;
}

/** Returns the numbers of the bots that are quarantined. */
export function quarantinedNumbers(roster: Roster, nowMs: number): Set<number> {
  const numbers = new Set<number>();
  for (const [number, { status }] of roster) {
    if (status.kind === "quarantined" && status.untilMs > nowMs) numbers.add(number);
  }
  return numbers;
}
