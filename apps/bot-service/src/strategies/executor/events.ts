/** What the executor says of its work, for metrics and log lines. All names but `strategies:failed` are of what the database has by then. */
export interface StrategyEvents {
  /** A batch was claimed. `dueForMs`: how long each of its strategies had been due. */
  "strategies:claimed": { readonly count: number; readonly dueForMs: readonly number[] };
  /** A run was settled. */
  "strategy:ran": {
    readonly strategyId: string;
    readonly runId: string;
    readonly outcome: "ok" | "failed" | "killed";
    /** Of the error; null if it ended well. */
    readonly code: string | null;
    readonly durationMs: number;
    readonly fuel: number;
    /** Ticks that passed meanwhile, or before it was claimed, and are made up for by this run. */
    readonly missedCount: number;
  };
  /** A tick needed nothing. `reason`: no_new_candle and the like. */
  "strategy:skipped": { readonly strategyId: string; readonly reason: string; readonly missedCount: number };
  /** It could not be run, through no fault of its own; its tick is kept. */
  "strategy:unable": { readonly strategyId: string; readonly code: string; readonly retryInMs: number };
  /** Handed back unrun. */
  "strategy:released": { readonly strategyId: string };
  /** What was done of it is out of date, or others have it: nothing was written. */
  "strategy:lost": { readonly strategyId: string };
  /** Its runs failed or were killed too often. */
  "strategy:halted": { readonly strategyId: string; readonly status: "paused" | "quarantined"; readonly code: string };
  /** A run was given older candles, because the market could not be asked. */
  "market:stale": { readonly market: string; readonly code: string };
  /** The market could not be asked, and there were no candles to go on with. */
  "market:failed": { readonly market: string; readonly code: string };
  /** One statement was answered. */
  "strategies:turn": { readonly durationMs: number; readonly settledCount: number; readonly claimedCount: number };
  /** A statement failed; it is sent again after a pause. */
  "strategies:failed": { readonly code: string };
}
