/** Receives how each run of one loop ends. A run that had nothing left to do counts as a success. */
export interface LoopReport {
  succeeded(): void;
  /** A run failed and is retried. An error that no retry mends is no failure of the loop. */
  failed(error: unknown): void;
}

/** Returns the report of the loop of that name, always the same one for a name. */
export type ReportLoop = (name: string) => LoopReport;

/** Drops the reports, for loops whose health is not shown. */
export const unreported: ReportLoop = () => ({ succeeded() {}, failed() {} });
