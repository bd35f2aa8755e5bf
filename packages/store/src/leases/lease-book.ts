import type { Lease } from "./lease.ts";

/**
 * What a holder believes to hold, on its own monotonic clock. An entry counts from the moment before the request went
 * out, so it ends here no later than in the database: the holder stops before another one starts.
 */
export type LeaseBook = ReadonlyMap<string, Entry>;

interface Entry {
  readonly lease: Lease;
  /** Monotonic ms. */
  readonly validUntilMs: number;
}

/** With these leases won by a request sent at `sentAtMs`. Of two answers for one resource the later epoch counts, in whatever order they come. */
export function granted(book: LeaseBook, leases: readonly Lease[], sentAtMs: number, termMs: number): LeaseBook {
  const next = new Map(book);
  for (const lease of leases) {
    if ((next.get(lease.resource)?.lease.epoch ?? 0) > lease.epoch) continue;
    next.set(lease.resource, { lease, validUntilMs: sentAtMs + termMs });
  }
  return next;
}

/**
 * After a renewal of `asked`, sent at `sentAtMs`, that confirmed `confirmed`. What was asked for and not confirmed is
 * lost; what changed meanwhile (released, lost, won anew) is not touched by the late answer.
 */
export function renewed(
  book: LeaseBook,
  asked: readonly Lease[],
  confirmed: readonly string[],
  sentAtMs: number,
  termMs: number,
): { book: LeaseBook; lost: Lease[] } {
  const stillHeld = new Set(confirmed);
  const next = new Map(book);
  const lost: Lease[] = [];
  for (const lease of asked) {
    if (next.get(lease.resource)?.lease.epoch !== lease.epoch) continue;
    if (stillHeld.has(lease.resource)) {
      next.set(lease.resource, { lease, validUntilMs: sentAtMs + termMs });
    } else {
      next.delete(lease.resource);
      lost.push(lease);
    }
  }
  return { book: next, lost };
}

/** Without what has run out by `nowMs`. */
export function expire(book: LeaseBook, nowMs: number): { book: LeaseBook; lost: Lease[] } {
  const next = new Map(book);
  const lost: Lease[] = [];
  for (const [resource, { lease, validUntilMs }] of book) {
    if (validUntilMs > nowMs) continue;
    next.delete(resource);
    lost.push(lease);
  }
  return { book: next, lost };
}

/** Without these resources, and which leases that were. */
export function removed(book: LeaseBook, resources: Iterable<string>): { book: LeaseBook; leases: Lease[] } {
  const next = new Map(book);
  const leases: Lease[] = [];
  for (const resource of resources) {
    const entry = next.get(resource);
    if (!entry) continue;
    next.delete(resource);
    leases.push(entry.lease);
  }
  return { book: next, leases };
}

/** When the first entry runs out, in monotonic ms; undefined for an empty book. */
export function firstExpiryMs(book: LeaseBook): number | undefined {
  let first: number | undefined;
  for (const { validUntilMs } of book.values()) first = Math.min(first ?? validUntilMs, validUntilMs);
  return first;
}
