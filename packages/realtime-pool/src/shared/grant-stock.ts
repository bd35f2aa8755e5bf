import type { LedgerAnswer } from "./join-ledger.ts";

/** Joins that were granted and not sent yet. */
export interface GrantStock {
  add(grants: Pick<LedgerAnswer, "urgent" | "idle" | "sliceAtMs">, usableUntilMs: number): void;
  /** Takes one that may still be used; those that are kept for urgent joins serve no others. */
  take(isUrgent: boolean, nowMs: number): boolean;
  /** Removes what may not be used after `nowMs` any more, all by default, and returns how many were counted in which slice. */
  remove(nowMs?: number): [sliceAtMs: number, count: number][];
  /** Until when the oldest may be used; null when there is none. */
  readonly usableUntilMs: number | null;
}

interface Batch {
  readonly sliceAtMs: number;
  readonly usableUntilMs: number;
  urgent: number;
  idle: number;
}

export function createGrantStock(): GrantStock {
  /** The oldest first. */
  let batches: Batch[] = [];
  return {
    add({ urgent, idle, sliceAtMs }, usableUntilMs) {
      if (urgent + idle > 0) batches.push({ urgent, idle, sliceAtMs, usableUntilMs });
    },
    take(isUrgent, nowMs) {
      const usable = batches.filter(({ usableUntilMs }) => usableUntilMs > nowMs);
      const kept = isUrgent ? usable.find(({ urgent }) => urgent > 0) : undefined;
      const batch = kept ?? usable.find(({ idle }) => idle > 0);
      if (!batch) return false;
      batch[kept ? "urgent" : "idle"] -= 1;
      if (batch.urgent + batch.idle === 0) batches = batches.filter((other) => other !== batch);
      return true;
    },
    remove(nowMs = Number.POSITIVE_INFINITY) {
      const over = batches.filter(({ usableUntilMs }) => usableUntilMs <= nowMs);
      batches = batches.filter(({ usableUntilMs }) => usableUntilMs > nowMs);
      return over.map(({ sliceAtMs, urgent, idle }) => [sliceAtMs, urgent + idle]);
    },
    get usableUntilMs() {
      return batches[0]?.usableUntilMs ?? null;
    },
  };
}
