import type { Clock } from "@shoal/kernel";

export type DatabaseTime = ReturnType<typeof createDatabaseTime>;

/** The clock of the database, by which all daemons know how old an answer is. Before it is heard of it is taken for this machine's. */
export function createDatabaseTime(clock: Pick<Clock, "now" | "monotonicMs">) {
  let aheadMs: number | undefined;
  return {
    nowMs: () => (aheadMs === undefined ? clock.now() : clock.monotonicMs() + aheadMs),
    /** The database has just said that it is `nowMs`. When it was asked says nothing: most of a long wait is for a connection. */
    heard(nowMs: number): void {
      aheadMs = nowMs - clock.monotonicMs();
    },
  };
}
