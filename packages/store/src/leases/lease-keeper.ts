import {
  createEmitter,
  type EventSource,
  errorFields,
  every,
  invariant,
  type LoopReport,
  type Runtime,
  type Timer,
} from "@shoal/kernel";
import type { Database } from "../database.ts";
import type { Lease, LeaseEvents, LeaseLossReason } from "./lease.ts";
import { expire, firstExpiryMs, granted, type LeaseBook, removed, renewed } from "./lease-book.ts";
import { type LeaseTable, sqlLeaseTable } from "./lease-sql.ts";

/** Options of `createLeaseKeeper`. */
export interface LeaseKeeperOptions extends KeepOptions {
  readonly database: Database;
}

interface KeepOptions {
  readonly runtime: Runtime;
  /** An id that no other live process uses. */
  readonly holder: string;
  /**
   * How long a lease lasts, in ms, more than 0; 12,000 by default, so that a dead replica is replaced within 15 s. Renewed at a
   * third of it.
   */
  readonly termMs?: number;
  /** Hears how each renewal ends. */
  readonly report?: LoopReport;
}

/** Holds leases for a process and renews them until they are released. */
export interface LeaseKeeper {
  readonly events: EventSource<LeaseEvents>;
  /** Leases held now. */
  readonly count: number;
  /** Takes those resources that no other holder has; returns all of them that are held then. None after `close`. Errors as `Sql.query`. */
  acquire(resources: readonly string[]): Promise<Lease[]>;
  /** Returns the lease if it is held at this moment. */
  held(resource: string): Lease | undefined;
  /** Releases them: here at once, in the database when it can be reached, otherwise when they expire. Idempotent. */
  release(resources: readonly string[]): Promise<void>;
  /** Releases all leases. */
  releaseAll(): Promise<void>;
  /** Releases all leases and stops all timers. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_TERM_MS = 12_000;

/**
 * Makes a keeper that holds no lease yet. It emits `lease:lost` at the latest when the term is over on its own clock, so also
 * while the database cannot be reached: work under the lease must stop then.
 */
export function createLeaseKeeper({ database, ...options }: LeaseKeeperOptions): LeaseKeeper {
  return keepLeases(sqlLeaseTable(database), options);
}

/** Makes a keeper over any table of leases; tests drive it with a simulated clock. */
export function keepLeases(
  table: LeaseTable,
  { runtime, holder, termMs = DEFAULT_TERM_MS, report }: KeepOptions,
): LeaseKeeper {
  invariant(termMs > 0, "the term of a lease is more than 0 ms");
  const { clock } = runtime;
  const log = runtime.log.child({ part: "leases", holder });
  const events = createEmitter<LeaseEvents>();
  let book: LeaseBook = new Map();
  let expiryTimer: Timer | undefined;
  let closing: Promise<void> | undefined;

  const apply = (next: LeaseBook, lost: readonly Lease[] = [], reason: LeaseLossReason = "expired") => {
    book = next;
    expiryTimer?.cancel();
    const atMs = firstExpiryMs(book);
    expiryTimer = atMs === undefined ? undefined : clock.after(atMs - clock.monotonicMs(), dropExpired);
    for (const lease of lost) {
      log.warn({ resource: lease.resource, epoch: lease.epoch, reason }, "lease lost");
      events.emit("lease:lost", { ...lease, reason });
    }
  };

  const dropExpired = () => {
    const { book: next, lost } = expire(book, clock.monotonicMs());
    apply(next, lost, "expired");
  };

  const renewAll = async () => {
    const asked = [...book.values()].map((entry) => entry.lease);
    const sentAtMs = clock.monotonicMs();
    const confirmed = await table.renew(holder, asked, termMs);
    const { book: next, lost } = renewed(book, asked, confirmed, sentAtMs, termMs);
    apply(next, lost, "taken");
    // The answer may arrive after the end of the term it confirms.
    dropExpired();
    report?.succeeded();
  };

  const renewal = every(clock, termMs / 3, renewAll, (error) => {
    const { error_code } = errorFields(error);
    report?.failed(error);
    log.debug({ error_code, count: book.size }, "leases could not be renewed");
    events.emit("lease:renewal_failed", { count: book.size, error_code });
  });

  const release = async (resources: readonly string[]) => {
    const { book: next, leases } = removed(book, resources);
    apply(next);
    for (const lease of leases) events.emit("lease:released", lease);
    await table.release(holder, leases);
  };

  const releaseAll = () => release([...book.keys()]);

  return {
    events,
    get count() {
      return book.size;
    },
    held(resource) {
      const entry = book.get(resource);
      return entry && entry.validUntilMs > clock.monotonicMs() ? entry.lease : undefined;
    },
    async acquire(resources) {
      if (closing) return [];
      const wanted = resources.filter((resource) => !book.has(resource));
      const sentAtMs = clock.monotonicMs();
      const leases = await table.acquire({ resources: wanted, holder, termMs });
      if (closing) {
        await table.release(holder, leases);
        return [];
      }
      apply(granted(book, leases, sentAtMs, termMs));
      for (const lease of leases) events.emit("lease:acquired", lease);
      // The answer may arrive after the end of the term it grants.
      dropExpired();
      return resources.flatMap((resource) => book.get(resource)?.lease ?? []);
    },
    release,
    releaseAll,
    close() {
      renewal.cancel();
      closing ??= releaseAll();
      return closing;
    },
  };
}
