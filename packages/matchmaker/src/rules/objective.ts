import type { WaitingTicket } from "../waiting-ticket.ts";
import { bucketNameOf } from "./bucket-name.ts";
import { readLine } from "./line.ts";
import { defaultMatchRules, type MatchRules } from "./rules.ts";

/** Name of all buckets beyond the limit. */
export const OTHER_BUCKETS = "other";

/** How those of one bucket wait now. */
export interface BucketWait {
  /** As `bucketNameOf` says it, or `other`. */
  readonly bucket: string;
  readonly waiting: number;
  readonly longestWaitMs: number;
  /** Number of those who have waited longer than the objective; 0 without one. */
  readonly missed: number;
}

export interface BucketNames {
  /** How many buckets have a name of their own. */
  readonly limit: number;
  /** Names given before, which stay. */
  readonly known: readonly string[];
}

/**
 * Returns the wait after which a person gets a bot at the latest, in ms, so that an objective holds: `marginMs` before it, which is what finding and
 * committing a bot may take. Pure.
 *
 * @param slaMs `MatchRules.slaMs`
 */
export function botDueMs(botAfterMs: number, slaMs: number | null, marginMs: number): number {
  return slaMs === null ? botAfterMs : Math.min(botAfterMs, Math.max(0, slaMs - marginMs));
}

/**
 * Returns how those of each bucket wait, in the order in which buckets got their names: those in `known`, also when nobody of them waits, then those with the
 * most people, then `other`. With the names of one answer as `known` of the next there are never more than `limit` and one, however many values people
 * send. Pure.
 *
 * @param nowMs the database's clock, epoch ms
 */
export function objectiveOf(
  tickets: readonly WaitingTicket[],
  rules: Pick<MatchRules, "equal" | "slaMs">,
  nowMs: number,
  { limit, known }: BucketNames,
): BucketWait[] {
  const waits = new Map<string, BucketWait>(known.map((bucket) => [bucket, noWait(bucket)]));
  for (const wait of waitsOf(tickets, rules, nowMs)) {
    waits.set(wait.bucket, sumOf(waits.get(wait.bucket) ?? noWait(wait.bucket), wait));
  }
  const isKnown = new Set(known);
  const named = known.filter((bucket) => bucket !== OTHER_BUCKETS).map((bucket) => waits.get(bucket) as BucketWait);
  const added = [...waits.values()]
    .filter(({ bucket }) => !isKnown.has(bucket))
    .sort((a, b) => b.waiting - a.waiting || (a.bucket < b.bucket ? -1 : 1));
  const room = Math.max(0, limit - named.length);
  const others = [...added.slice(room), ...(isKnown.has(OTHER_BUCKETS) ? [noWait(OTHER_BUCKETS)] : [])];
  return [
    ...named,
    ...added.slice(0, room),
    ...(others.length > 0 ? [others.reduce(sumOf, noWait(OTHER_BUCKETS))] : []),
  ];
}

/** Counts before naming, because naming costs more. Two buckets have one name where their values look the same. */
function waitsOf(
  given: readonly WaitingTicket[],
  { equal, slaMs }: Pick<MatchRules, "equal" | "slaMs">,
  nowMs: number,
): Iterable<BucketWait> {
  const { tickets, buckets } = readLine(given, { ...defaultMatchRules, equal, avoid: "nothing" }, nowMs);
  const waits = new Map<number, { -readonly [Part in keyof BucketWait]: BucketWait[Part] }>();
  tickets.forEach(({ attributes, queuedAtMs }, at) => {
    const bucket = buckets[at] as number;
    const waitedMs = Math.max(0, nowMs - queuedAtMs);
    // The first one is the oldest.
    const wait = waits.get(bucket) ?? { ...noWait(bucketNameOf(attributes, { equal })), longestWaitMs: waitedMs };
    wait.waiting += 1;
    if (slaMs !== null && waitedMs > slaMs) wait.missed += 1;
    waits.set(bucket, wait);
  });
  return waits.values();
}

const noWait = (bucket: string): BucketWait => ({ bucket, waiting: 0, longestWaitMs: 0, missed: 0 });

const sumOf = (one: BucketWait, two: BucketWait): BucketWait => ({
  bucket: one.bucket,
  waiting: one.waiting + two.waiting,
  longestWaitMs: Math.max(one.longestWaitMs, two.longestWaitMs),
  missed: one.missed + two.missed,
});
