/** Hears how each run of one loop ends. A run that had nothing left to do counts as a success. */
export interface LoopReport {
  succeeded(): void;
  /** It is tried again. What no retry mends is no failure of the loop. */
  failed(error: unknown): void;
}

/** Opens the report of a loop, by its name. Asked twice for one name, it answers with one report. */
export type ReportLoop = (name: string) => LoopReport;

/** For loops that no health is made of. */
export const unreported: ReportLoop = () => ({ succeeded() {}, failed() {} });
