import type { Lease } from "./lease.ts";

/**
 * The leases of a holder, on its own monotonic clock. A term counts from the moment before the request was sent, so it ends
 * here no later than in the database: the holder stops before another one starts.
 */
export type LeaseBook = ReadonlyMap<string, Entry>;

interface Entry {
  readonly lease: Lease;
  /** Monotonic ms. */
  readonly validUntilMs: number;
}

/** Adds leases won by a request sent at `sentAtMs`. Of two answers for one resource the later epoch wins, in either order. */
export function granted(book: LeaseBook, leases: readonly Lease[], sentAtMs: number, termMs: number): LeaseBook {
  const next = new Map(book);
  for (const lease of leases) {
    if ((next.get(lease.resource)?.lease.epoch ?? 0) > lease.epoch) continue;
    next.set(lease.resource, { lease, validUntilMs: sentAtMs + termMs });
  }
  return next;
}

/**
 * Applies the answer to a renewal of `asked`, sent at `sentAtMs`. Leases that were asked for and not confirmed are lost; those
 * that changed meanwhile (released, lost, won anew) stay as they are.
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

/** Removes the leases that have expired by `nowMs`. */
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

/** Removes the leases of these resources, and returns them. */
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

/** Returns when the first lease expires, in monotonic ms; undefined for an empty book. */
export function firstExpiryMs(book: LeaseBook): number | undefined {
  let first: number | undefined;
  for (const { validUntilMs } of book.values()) first = Math.min(first ?? validUntilMs, validUntilMs);
  return first;
}
