import type { Clock } from "@shoal/kernel";

export type DatabaseTime = ReturnType<typeof createDatabaseTime>;

/** The clock of the database, by which all daemons know how old an answer is. Before it is heard of it is taken for this machine's. */
export function createDatabaseTime(clock: Pick<Clock, "now" | "monotonicMs">) {
  let aheadMs: number | undefined;
  return {
    nowMs: () => (aheadMs === undefined ? clock.now() : clock.monotonicMs() + aheadMs),
    /** The database said that it is `nowMs`, in answer to what was asked at `askedMs` of the monotonic clock. */
    heard(nowMs: number, askedMs: number): void {
      aheadMs = nowMs - (askedMs + clock.monotonicMs()) / 2;
    },
  };
}
