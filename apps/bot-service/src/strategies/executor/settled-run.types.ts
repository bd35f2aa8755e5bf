import type { JsonObject } from "@shoal/strategy-runner";

/**
 * What became of claimed strategies, as shoal.strategy_turn takes it. Money and quantities are decimals as text; instants are epoch
 * ms. Texts hold neither the character 0 nor half of a surrogate pair.
 */
export type SettledRun = RanRun | SkippedTick | UnableRun | ReleasedRun;

interface Settled {
  /** Of the strategy. */
  readonly id: string;
  /** Of the claim: a claim that is out of date changes nothing. */
  readonly epoch: number;
  /**
   * The next tick of cron: after the planned one and the database's now, and not before `notBeforeMs` or `untilMs`; null if none will come, and
   * for an interval, whose grid the database knows.
   */
  readonly nextAtMs: number | null;
  /** Ticks of cron between the planned one and the database's now; 0 for an interval. */
  readonly missedCount: number;
  /** Not due before: backoff, cooldown. The next tick is not before it either, and those between are not missed. Default: none. */
  readonly notBeforeMs: number | null;
}

/** It ran, whatever came of it. */
export interface RanRun extends Settled {
  readonly kind: "run";
  /** uuid5 of strategy and epoch. */
  readonly runId: string;
  readonly version: number;
  readonly codeId: string;
  readonly buildId: string;
  readonly plannedAtMs: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** killed: ended from outside. */
  readonly outcome: "ok" | "failed" | "killed";
  readonly error: RunError | null;
  readonly fuel: number;
  readonly imageHash: string;
  /** Base64 of the journal, packed with zstd. */
  readonly journal: string | null;
  readonly logs: readonly RunLogLine[];
  readonly notifications: readonly string[];
  readonly equity: string | null;
  /** Keys take the place of those of the state; null deletes one. */
  readonly statePatch: JsonObject;
  /** The whole book; null: as it was. */
  readonly book: JsonObject | null;
  /** With a book, and only then. */
  readonly settledUntilMs: number | null;
  /** All that the book has, when there is a book: what is not among them is deleted. */
  readonly positions: readonly SettledPosition[];
  readonly balances: readonly SettledBalance[];
  /** Paper: new and changed ones. Of an exchange: new ones, as `intended`. */
  readonly orders: readonly SettledOrder[];
  /** Ids of orders at an exchange to be cancelled. */
  readonly cancels: readonly string[];
  /** On paper. */
  readonly fills: readonly SettledFill[];
  /** Ids of fills of an exchange that are now in the book. */
  readonly bookedFillIds: readonly string[];
  /** What those have realised, by their ids, in the quote currency. */
  readonly bookedProfits: Readonly<Record<string, string>>;
  /** No further run until somebody starts or resumes it; a strategy that is stopped can only be quarantined. */
  readonly pause: { readonly status: "paused" | "quarantined"; readonly reason: string } | null;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  readonly stack?: string;
}

export interface RunLogLine {
  readonly level: string;
  readonly text: string;
}

/** The tick needed no run. */
export interface SkippedTick extends Settled {
  readonly kind: "skip";
  /** A code: `no_new_candle`, `cooldown`, `low_frequency`, `market_closed`, `fuel_spent`. */
  readonly reason: string;
  /** The first moment at which a run could do something: the tick at or after it is the next one. */
  readonly untilMs: number;
}

/** The daemon could not run it, through no fault of the strategy: neither success nor failure. The tick is tried again. */
export interface UnableRun extends Settled {
  readonly kind: "unable";
  readonly code: string;
  readonly message: string;
  readonly retryInMs: number;
}

/** Given back, for another daemon to run at once. */
export interface ReleasedRun extends Settled {
  readonly kind: "release";
}

export interface SettledPosition {
  readonly symbol: string;
  readonly quantity: string;
  readonly cost: string;
  readonly realisedProfit: string;
  readonly paidFees: string;
}

export interface SettledBalance {
  readonly currency: string;
  readonly amount: string;
}

export interface SettledOrder {
  /** uuid5 of run and number; the exchange is told it, too. */
  readonly id: string;
  /** In which it was placed: not this one for an order that has changed since. */
  readonly runId: string;
  readonly number: number;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly type: "market" | "limit" | "stop";
  readonly quantity: string;
  readonly price: string | null;
  readonly status: "intended" | "open" | "filled" | "cancelled" | "rejected";
  /** A code, a colon and words. */
  readonly reason: string | null;
  readonly filled: string;
  readonly average: string | null;
  readonly fee: string;
  readonly placedAtMs: number;
}

export interface SettledFill {
  readonly id: string;
  /** Null for a liquidation, which nobody ordered. */
  readonly orderId: string | null;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: "maker" | "taker" | null;
  readonly realisedProfit: string | null;
  readonly filledAtMs: number;
}
